"""The URLs of the app's pages."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from crm.views import accounts, companies, contacts, invoices, mail

urlpatterns = [
    path("sign-in", accounts.SignIn.as_view(), name="sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("", contacts.index, name="contacts"),
    path("contacts/new", contacts.create, name="contact-new"),
    path("contacts/<int:pk>", contacts.show, name="contact"),
    path("contacts/<int:pk>/edit", contacts.edit, name="contact-edit"),
    path("contacts/<int:pk>/invoices/new", invoices.issue, name="invoice-new"),
    path("invoices/<int:pk>", invoices.show, name="invoice"),
    path("invoices/<int:pk>/pay", invoices.pay, name="invoice-pay"),
    path("companies/", companies.index, name="companies"),
    path("companies/<int:pk>", companies.show, name="company"),
    path("mail", mail.receive, name="mail"),
]
