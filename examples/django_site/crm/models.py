"""Companies, contacts and invoices. `@track` is all it takes to record how rows are created, changed and deleted."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.auth.models import Group
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from activitylog_django import SubjectMixin, TrackedQuerySet, track


@track()
class Company(models.Model):
    name = models.CharField(_("Name"), max_length=100)
    city = models.CharField(_("City"), max_length=100, blank=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("Company")
        verbose_name_plural = _("Companies")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("company", args=[self.pk])


class ContactQuerySet(TrackedQuerySet):
    def seen_by(self, user: Any) -> Self:
        """Return the contacts of the teams of a user."""
        return self.filter(team__in=user.groups.all())


@track(type="contact")
class Contact(models.Model):
    name = models.CharField(_("Name"), max_length=100)
    email = models.EmailField(_("E-mail"), max_length=200, blank=True, db_index=True)
    phone = models.CharField(_("Phone"), max_length=50, blank=True)
    city = models.CharField(_("City"), max_length=100, blank=True)
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("Company"), null=True, blank=True)
    team = models.ForeignKey(Group, models.PROTECT, verbose_name=_("Team"))

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        verbose_name = _("Contact")
        verbose_name_plural = _("Contacts")

    def __str__(self) -> str:
        """What activities call this contact, also when it is gone."""
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("contact", args=[self.pk])


class Invoice(SubjectMixin, models.Model):
    contact = models.ForeignKey(Contact, models.PROTECT, verbose_name=_("Contact"), related_name="invoices")
    purpose = models.CharField(_("For"), max_length=200)
    total = models.DecimalField(_("Amount in euros"), max_digits=9, decimal_places=2)
    issued_on = models.DateField(_("Issued on"))
    paid = models.BooleanField(_("paid"), default=False)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("Invoice")
        verbose_name_plural = _("Invoices")

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"{self.issued_on.year}-{self.pk:04}"

    def get_absolute_url(self) -> str:
        return reverse("invoice", args=[self.pk])
