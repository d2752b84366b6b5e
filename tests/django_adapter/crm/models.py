"""A small CRM."""

from __future__ import annotations

from uuid import uuid4

import django
from django.db import models
from django.utils.translation import gettext_lazy

from activitylog_django import SubjectMixin, TrackedQuerySet, track


class Company(SubjectMixin, models.Model):
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.name


@track(mask=["iban"])
class Contact(models.Model):
    STATUSES = (("new", "New contact"), ("won", "Customer"))

    name = models.CharField(max_length=200)
    city = models.CharField(max_length=50, blank=True)
    status = models.CharField(max_length=10, choices=STATUSES, default="new")
    iban = models.CharField(max_length=34, blank=True)
    company = models.ForeignKey(Company, models.SET_NULL, null=True, related_name="contacts")
    tags = models.ManyToManyField(Tag, related_name="contacts")
    visits = models.IntegerField(default=0)
    born = models.DateField(null=True)
    seen_at = models.DateTimeField(null=True)
    limit = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    extra = models.JSONField(default=dict)
    photo = models.FileField(upload_to="photos", blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TrackedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/contacts/{self.pk}/"


@track(fields=["street"], subject="contact", type="address")
class Address(models.Model):
    contact = models.ForeignKey(Contact, models.CASCADE)
    street = models.CharField(max_length=100)
    floor = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.street


@track(subject=lambda invoice: [invoice.contact, invoice.contact and invoice.contact.company])
class Invoice(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4)
    number = models.CharField(max_length=20)
    contact = models.ForeignKey(Contact, models.CASCADE, null=True)

    def __str__(self) -> str:
        return self.number


@track(subject=lambda letter: [letter, letter.company])
class Letter(models.Model):
    company = models.ForeignKey(Company, models.CASCADE)

    def __str__(self) -> str:
        return f"letter to {self.company}"

    def get_absolute_url(self) -> str:
        return f"/letters/{self.pk}/"


@track()
class Party(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.name


class Person(Party):
    nickname = models.CharField(max_length=50, blank=True)


class Colleague(Person):
    class Meta:
        proxy = True


class Dated(models.Model):
    code = models.DateField(primary_key=True)


class Named(models.Model):
    name = models.CharField(max_length=50)

    def __activity_ref__(self):
        from activitylog import Ref

        return Ref("thing", f"n{self.pk}", self.name)


@track(mask=["tags"])
class Key(models.Model):
    """Nothing of it has to be there."""

    owner = models.CharField(max_length=50, null=True)
    password = models.CharField(max_length=50, null=True)
    day = models.CharField(max_length=3, choices=(("mon", gettext_lazy("Monday")),), null=True)
    tags = models.ManyToManyField(Tag)

    def __str__(self) -> str:
        return "key"


if django.VERSION >= (5, 2):

    @track()
    class Line(models.Model):
        pk = models.CompositePrimaryKey("order", "position")
        order = models.CharField(max_length=10)
        position = models.IntegerField()
        text = models.CharField(max_length=50)

        def __str__(self) -> str:
            return self.text
