"""Incoming mail: a message that is pasted or uploaded finds its contact by the address."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from activitylog.mail import draft_from
from activitylog_django import get_log
from crm.forms import MailForm
from crm.models import Contact
from sample_crm.people import OWN_ADDRESS


def receive(request: HttpRequest) -> HttpResponse:
    form = MailForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        contact = _add(request, form.cleaned_data["bytes"])
        if contact is not None:
            messages.success(request, _("The message is in the timeline."))
            return redirect(contact)
        form.add_error("message", _("None of your contacts has an address of this message."))
    return render(request, "crm/mail.html", {"form": form})


def _add(request: HttpRequest, message: bytes) -> Contact | None:
    """Record a message, and return whose it is; one that is there already is there once."""
    mine = Contact.objects.seen_by(request.user)

    def known(address: str, name: str) -> Contact | None:
        return mine.filter(email__iexact=address).first()

    draft = draft_from(message, own=OWN_ADDRESS, contact=known)
    contacts = [subject for subject in draft.subjects if subject.kind == "crm.contact"]
    if not contacts:
        return None
    get_log(request).record(draft.replace(note=draft.what.snippet))
    return mine.get(pk=contacts[0].id)
