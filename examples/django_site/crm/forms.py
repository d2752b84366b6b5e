"""The forms of the site's pages; those of the timeline are its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.models import Contact, Invoice

MAIL_BYTES = 25_000_000


class ContactForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = ("name", "email", "phone", "city", "company", "team")

    def __init__(self, *given: Any, user: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["company"].empty_label = "–"
        self.fields["team"].queryset = user.groups.order_by("name")
        self.fields["team"].empty_label = None
        self.fields["team"].label_from_instance = lambda team: _(team.name)
        if self.instance.pk:  # what is recorded of a contact belongs to the team of that time: it stays there
            del self.fields["team"]


class InvoiceForm(forms.ModelForm):
    total = forms.DecimalField(label=_("Amount in euros"), min_value=0.01, max_value=1_000_000, decimal_places=2)

    class Meta:
        model = Invoice
        fields = ("purpose", "total")


class MailForm(forms.Form):
    message = forms.CharField(
        label=_("Message as text, with its headers"), required=False, widget=forms.Textarea({"rows": 12})
    )
    file = forms.FileField(
        label=_("or a file (.eml)"),
        required=False,
        widget=forms.FileInput({"accept": ".eml,message/rfc822"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > MAIL_BYTES:
            raise forms.ValidationError(_("This file is too large: messages have up to 25 MB."))
        return file

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        file, text = given.get("file"), given.get("message", "").strip()
        given["bytes"] = file.read() if file else text.encode()
        if not given["bytes"] and not self.errors:
            self.add_error("message", _("Paste a message, or choose a file."))
        return given
