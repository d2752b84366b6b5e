"""The host's own model."""

from __future__ import annotations

from django.db import models

__all__ = ["BaseContact", "Contact"]


class BaseContact(models.Model):
    """What a contact of the host has."""

    name = models.CharField(max_length=200)
    city = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    visits = models.IntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Contact(BaseContact):
    """A contact that nobody watches."""
