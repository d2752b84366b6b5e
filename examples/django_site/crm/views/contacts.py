"""Contacts: found, shown with their timeline, created and edited."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.forms import ContactForm
from crm.models import Contact


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    found = Contact.objects.seen_by(request.user).select_related("company", "team")
    if words := request.GET.get("q", "").strip():
        found = found.filter(Q(name__icontains=words) | Q(email__icontains=words) | Q(city__icontains=words))
    return render(request, "crm/contacts.html", {"contacts": found, "words": words})


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "crm/contact.html", {"contact": contact_or_404(request, pk)})


def create(request: HttpRequest) -> HttpResponse:
    return _form(request, Contact())


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, contact_or_404(request, pk))


def contact_or_404(request: HttpRequest, pk: int) -> Contact:
    """Return a contact; one of another team is as one that is not there."""
    return get_object_or_404(Contact.objects.seen_by(request.user).select_related("company", "team"), pk=pk)


def _form(request: HttpRequest, contact: Contact) -> HttpResponse:
    """Nothing is recorded here: `@track` sees to that."""
    form = ContactForm(request.POST or None, instance=contact, user=request.user)
    if not form.is_valid():
        return render(request, "crm/contact_form.html", {"form": form})
    form.save()
    messages.success(request, _("Contact saved."))
    return redirect(contact)
