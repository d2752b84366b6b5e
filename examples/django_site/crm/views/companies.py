"""Companies, each with the timeline of its contacts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from crm.models import Company, Contact


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "crm/companies.html", {"companies": Company.objects.all()})


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    company = get_object_or_404(Company, pk=pk)
    contacts = Contact.objects.seen_by(request.user).filter(company=company).select_related("company", "team")
    return render(request, "crm/company.html", {"company": company, "contacts": contacts})
