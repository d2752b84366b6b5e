"""The app's own texts in German and English. The timeline brings its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency
from flask import request, session

from activitylog.middleware import negotiated_language

LANGUAGES = {"en": "English", "de": "Deutsch"}


def language() -> str:
    """Return the language of the request: the one that was chosen, else what the browser likes best."""
    chosen = session.get("language")
    liked = request.headers.get("Accept-Language", "")
    return chosen if chosen in LANGUAGES else negotiated_language(liked, tuple(LANGUAGES)) or "en"


def text(english: str, **values: object) -> str:
    """Return a text in the language of the request."""
    found = GERMAN.get(english, english) if language() == "de" else english
    return found.format(**values)


def day(given: date) -> str:
    return format_date(given, "medium", locale=language())


def money(given: Decimal) -> str:
    return format_currency(given, "EUR", locale=language())


GERMAN = {
    # navigation
    "Activities": "Aktivitäten",
    "Companies": "Firmen",
    "Contacts": "Kontakte",
    "Incoming mail": "Eingehende Mail",
    "Language": "Sprache",
    "Main": "Hauptmenü",
    "Sign in": "Anmelden",
    "Sign out": "Abmelden",
    "Skip to content": "Zum Inhalt",
    # teams
    "Team": "Team",
    "north": "Nord",
    "south": "Süd",
    # signing in
    "Demo accounts": "Demo-Zugänge",
    "Name and password do not fit.": "Name und Passwort passen nicht zusammen.",
    "Password": "Passwort",
    "This is a demonstration: choose a person.": "Dies ist eine Vorführung: Wählen Sie eine Person.",
    "User name": "Benutzername",
    "administrator": "Verwaltung",
    # contacts and companies
    "City": "Ort",
    "Company": "Firma",
    "Contact saved.": "Kontakt gespeichert.",
    "E-mail": "E-Mail",
    "Edit": "Bearbeiten",
    "Edit {name}": "{name} bearbeiten",
    "Name": "Name",
    "New contact": "Neuer Kontakt",
    "Nobody found.": "Niemand gefunden.",
    "Phone": "Telefon",
    "Save": "Speichern",
    "Cancel": "Abbrechen",
    "Search": "Suchen",
    "Search contacts": "Kontakte suchen",
    "none": "keine",
    "{count} contacts": "{count} Kontakte",
    # invoices
    "Amount in euros": "Betrag in Euro",
    "For": "Wofür",
    "Invoice": "Rechnung",
    "Invoice for {name}": "Rechnung an {name}",
    "Invoice {number} issued.": "Rechnung {number} gestellt.",
    "Invoices": "Rechnungen",
    "Issue": "Stellen",
    "Issue an invoice": "Rechnung stellen",
    "Mark as paid": "Als bezahlt vermerken",
    "No invoices yet.": "Noch keine Rechnungen.",
    "open": "offen",
    "paid": "bezahlt",
    # mail
    "Add to the contact": "Dem Kontakt zuordnen",
    "Message as text, with its headers": "Nachricht als Text, mit ihren Kopfzeilen",
    "None of your contacts has an address of this message.": "Keiner Ihrer Kontakte hat eine Adresse dieser Nachricht.",
    "Paste a message, or choose a file.": "Fügen Sie eine Nachricht ein, oder wählen Sie eine Datei.",
    "The message is in the timeline.": "Die Nachricht steht im Verlauf.",
    "or a file (.eml)": "oder eine Datei (.eml)",
    "A message finds its contact by the address. The same message is never there twice.": (
        "Eine Nachricht findet ihren Kontakt über die Adresse. Zweimal kommt dieselbe nie hinein."
    ),
    # what is wrong
    "All that happened, in both teams.": "Alles, was geschehen ist, in beiden Teams.",
    "Not for you": "Nicht für Sie",
    "Not here": "Nicht hier",
    "Only an administrator sees this page.": "Diese Seite sieht nur die Verwaltung.",
    "There is no such page, or it belongs to another team.": (
        "Diese Seite gibt es nicht, oder sie gehört einem anderen Team."
    ),
    "This form is too old, or was not made here: go back, load the page again, and send it once more.": (
        "Dieses Formular ist zu alt oder nicht von hier: Laden Sie die Seite davor neu und senden Sie es noch einmal."
    ),
    "Too old": "Zu alt",
}
