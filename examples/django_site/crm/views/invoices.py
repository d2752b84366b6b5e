"""Invoices: the row and what is told of it are written in one transaction, or neither is."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from activitylog_django import get_log
from crm.forms import InvoiceForm
from crm.models import Contact, Invoice
from crm.views.contacts import contact_or_404
from sample_crm.activities import InvoiceIssued


def issue(request: HttpRequest, pk: int) -> HttpResponse:
    contact = contact_or_404(request, pk)
    form = InvoiceForm(request.POST or None, instance=Invoice(contact=contact, issued_on=timezone.localdate()))
    if not form.is_valid():
        return render(request, "crm/invoice_form.html", {"form": form, "contact": contact})
    with transaction.atomic():
        invoice = form.save()
        issued = InvoiceIssued(number=invoice.number, total=invoice.total)
        get_log(request).record(issued, contact, title=invoice.purpose, source=invoice)
    messages.success(request, _("Invoice {number} issued.").format(number=invoice.number))
    return redirect(contact)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "crm/invoice.html", {"invoice": _invoice_or_404(request, pk)})


@require_POST
def pay(request: HttpRequest, pk: int) -> HttpResponse:
    invoice, log = _invoice_or_404(request, pk), get_log(request)
    with transaction.atomic():
        invoice.paid = True
        invoice.save(update_fields=["paid"])
        log.transition(log.timeline(invoice).filter(types="invoice.issued").first(), "paid")
    return redirect(invoice)


def _invoice_or_404(request: HttpRequest, pk: int) -> Invoice:
    visible = Invoice.objects.filter(contact__in=Contact.objects.seen_by(request.user))
    return get_object_or_404(visible.select_related("contact"), pk=pk)
