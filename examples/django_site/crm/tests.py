"""The site's own tests: `manage.py test crm`, with the data wherever $STORE says.

A `TestCase` never commits: `recorded_activities` runs what waits for that, and gives what was recorded.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, TestCase, override_settings
from django.urls import reverse

from activitylog import Activity, signals
from activitylog.errors import Refused
from activitylog_django import get_log
from activitylog_django.testing import recorded_activities
from crm.forms import MAIL_BYTES
from crm.models import Company, Contact, Invoice
from sample_crm.people import PASSWORDS

MESSAGE = """\
From: {sender}
To: hello@kontor.example
Subject: A question
Date: Mon, 2 Mar 2026 10:00:00 +0100
Message-ID: <{id}@mail.example>

Are you there on Saturday?
"""


@override_settings(
    ACTIVITYLOG={**settings.ACTIVITYLOG, "FILES": "memory://kontor-tests"},
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
)
class SiteTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        with recorded_activities():
            call_command("seed", verbosity=0)
        with get_log().paused():
            north = Group.objects.get(name="north")
            acme = Company.objects.get(name="ACME Werkzeuge")
            cls.nele = Contact.objects.create(name="Nele", email="nele@mail.example", team=north, company=acme)

    def setUp(self) -> None:
        self.word = uuid4().hex
        self.lea = self.signed_in("lea")

    def signed_in(self, login: str, **options: Any) -> Client:
        client = Client(**options)
        client.force_login(User.objects.get(username=login))
        return client

    def send(self, client: Client, url: str, **fields: Any) -> tuple[HttpResponse, list[Activity]]:
        """Send a form; give what is answered and what was recorded."""
        with recorded_activities() as recorded:
            answer = client.post(url, fields)
        return answer, recorded

    def write(self, client: Client, page: str, note: str) -> tuple[HttpResponse, list[Activity]]:
        """Send the timeline's own form of a page."""
        html = client.get(page).content.decode()
        given = {name: field(html, name) for name in ("al-back", "al-subjects")}
        return self.send(client, timeline_of(html) + "record", **given, **{"al-type": "note", "al-note": note})

    # -- signing in --

    def test_who_is_not_signed_in_sees_nothing(self) -> None:
        nobody = Client()
        entries = timeline_of(self.shown(self.lea, self.nele)) + "entries.json"
        for path in ("/", self.nele.get_absolute_url(), "/companies/", "/mail", entries):
            self.assertRedirects(nobody.get(path), f"/sign-in?next={path}", fetch_redirect_response=False)
        self.assertContains(nobody.post("/sign-in", {"username": "lea", "password": "wrong"}), "correct username")
        self.assertRedirects(nobody.post("/sign-in", {"username": "lea", "password": PASSWORDS["lea"]}), "/")
        self.assertContains(nobody.get("/"), "Kim Weber")
        nobody.post("/sign-out")
        self.assertRedirects(nobody.get("/"), "/sign-in?next=/")

    def test_it_speaks_german_where_that_is_chosen_or_liked(self) -> None:
        page = self.nele.get_absolute_url()
        for text in ('<html lang="de">', "Verlauf", "Rechnung stellen", "Nord"):
            self.assertContains(self.lea.get(page, headers={"Accept-Language": "de-CH, en;q=0.5"}), text)
        self.assertRedirects(self.lea.post("/language", {"language": "de", "next": page}), page)
        self.assertContains(self.lea.get(page), "Verlauf")
        self.assertRedirects(self.lea.post("/language", {"language": "en", "next": "//example.net"}), "/")

    # -- contacts and companies --

    def test_creating_and_editing_a_contact_is_recorded_by_itself(self) -> None:
        acme, north = Company.objects.get(name="ACME Werkzeuge"), Group.objects.get(name="north")
        answer, [created] = self.send(self.lea, "/contacts/new", name="Kim", company=acme.pk, team=north.pk)
        contact = Contact.objects.latest("pk")
        self.assertRedirects(answer, contact.get_absolute_url())
        self.assertEqual((created.type, created.actor.label), ("contact.created", "Lea Müller"))
        other = Company.objects.get(name="Studio Sieben")
        _, [changed] = self.send(self.lea, f"{contact.get_absolute_url()}/edit", name="Kim Meier", company=other.pk)
        self.assertEqual((changed.type, changed.actor.label), ("contact.changed", "Lea Müller"))
        told = {change.field: (change.old, change.new) for change in changed.changes}
        self.assertEqual(told, {"name": ("Kim", "Kim Meier"), "company": ("ACME Werkzeuge", "Studio Sieben")})
        self.assertContains(self.lea.get(contact.get_absolute_url()), "Kim Meier")

    def test_a_contact_that_does_not_fit_is_not_saved(self) -> None:
        north, south = (Group.objects.get(name=name).pk for name in ("north", "south"))
        for wrong in ({"name": ""}, {"email": "no address"}, {"team": south}, {"company": 999_999}):
            answer, recorded = self.send(self.lea, "/contacts/new", **{"name": "x", "team": north, **wrong})
            self.assertContains(answer, 'aria-invalid="true"')
            self.assertEqual((recorded, Contact.objects.count()), ([], 13))

    # -- invoices --

    def test_an_invoice_and_its_entry_are_one(self) -> None:
        url = f"{self.nele.get_absolute_url()}/invoices/new"
        answer, [issued] = self.send(self.lea, url, purpose="Lamps", total="12.50")
        invoice = self.nele.invoices.get()
        self.assertRedirects(answer, self.nele.get_absolute_url())
        self.assertEqual((issued.data.number, str(issued.data.total)), (invoice.number, "12.50"))
        self.assertEqual((issued.source.id, issued.status), (str(invoice.pk), "open"))
        self.assertContains(self.lea.get(self.nele.get_absolute_url()), f"Invoice {invoice.number} issued")
        for _ in range(2):
            self.send(self.lea, f"{invoice.get_absolute_url()}/pay")
        paid = get_log().timeline(invoice).first()
        self.assertEqual((paid.id, paid.status, paid.version), (issued.id, "paid", 2))

    def test_what_is_rolled_back_leaves_neither_row_nor_entry(self) -> None:
        url = f"{self.nele.get_absolute_url()}/invoices/new"
        with recorded_activities() as recorded, self.assertRaisesMessage(RuntimeError, "printer"), transaction.atomic():
            self.lea.post(url, {"purpose": self.word, "total": "12.50"})
            self.assertEqual(Invoice.objects.filter(purpose=self.word).count(), 1)
            raise RuntimeError("the printer is on fire")
        self.assertEqual((recorded, Invoice.objects.filter(purpose=self.word).count()), ([], 0))
        self.assertEqual(get_log().everything().filter(search=self.word).count(), 0)

        def refuse(sender: object, **_: Any) -> None:
            raise Refused("not today")

        with signals.recording.connected_to(refuse), self.assertRaisesMessage(Refused, "not today"):
            self.send(self.lea, url, purpose=self.word, total="12.50")
        self.assertEqual(Invoice.objects.filter(purpose=self.word).count(), 0)
        for wrong in ("0", "-1", "NaN", "1e9", "x", ""):
            self.assertContains(self.send(self.lea, url, purpose="x", total=wrong)[0], 'aria-invalid="true"')

    # -- mail --

    def test_a_mail_finds_its_contact_and_is_there_once(self) -> None:
        message = MESSAGE.format(sender="Nele <NELE@mail.example>", id=self.word)
        answer, [mail] = self.send(self.lea, "/mail", message=message)
        self.assertRedirects(answer, self.nele.get_absolute_url())
        self.assertEqual((mail.title, mail.note), ("A question", "Are you there on Saturday?"))
        self.assertEqual((mail.actor.kind, mail.actor.label), ("customer", "Nele"))
        file = SimpleUploadedFile("question.eml", message.replace("\n", "\r\n").encode(), "message/rfc822")
        answer, recorded = self.send(self.lea, "/mail", file=file)
        self.assertRedirects(answer, self.nele.get_absolute_url())
        self.assertEqual(recorded, [])

    def test_a_mail_of_nobody_known_is_not_kept(self) -> None:
        for sender in ("stranger@example.net", "jo@mail.example"):  # the second is a contact of team south
            answer, recorded = self.send(self.lea, "/mail", message=MESSAGE.format(sender=sender, id=self.word))
            self.assertContains(answer, "None of your contacts")
            self.assertEqual(recorded, [])
        self.assertContains(self.send(self.lea, "/mail", message=" ")[0], "Paste a message")
        large = SimpleUploadedFile("large.eml", b"x" * (MAIL_BYTES + 1))
        self.assertContains(self.send(self.lea, "/mail", file=large)[0], "too large")

    # -- teams --

    def test_each_team_sees_its_own_and_a_company_shows_what_its_contacts_do(self) -> None:
        jo = Contact.objects.get(name="Jo Klein")
        clients = {login: self.signed_in(login) for login in PASSWORDS}
        self.write(clients["lea"], self.nele.get_absolute_url(), f"north {self.word}")
        self.write(clients["tom"], jo.get_absolute_url(), f"south {self.word}")
        for login, teams in {"lea": ["north"], "tom": ["south"], "ida": ["north", "south"]}.items():
            page = self.shown(clients[login], jo.company)
            self.assertEqual([team for team in ("north", "south") if f"{team} {self.word}" in page], teams, login)
        self.assertNotContains(clients["lea"].get("/"), "Jo Klein")
        self.assertContains(clients["ida"].get("/?q=jo"), "Jo Klein")

    def test_a_contact_of_another_team_is_not_there(self) -> None:
        _, [note] = self.write(self.lea, self.nele.get_absolute_url(), self.word)
        self.send(self.lea, f"{self.nele.get_absolute_url()}/invoices/new", purpose="Lamps", total="1")
        page, tom = self.shown(self.lea, self.nele), self.signed_in("tom")
        for path in (self.nele.get_absolute_url(), self.nele.invoices.get().get_absolute_url()):
            self.assertEqual(tom.get(path).status_code, 404)
        for path in ("edit", "invoices/new"):
            self.assertEqual(tom.post(f"{self.nele.get_absolute_url()}/{path}").status_code, 404)
        url = timeline_of(page)
        self.assertEqual(tom.get(f"{url}entries.json").json()["items"], [])
        given = {"al-note": "x", "al-version": "1"}
        self.assertEqual(self.send(tom, f"{url}entries/{note.id}/edit", **given)[0].status_code, 404)
        given = {**given, "al-type": "note", "al-subjects": field(page, "al-subjects")}
        answer, recorded = self.send(tom, f"{url}record", **given)
        self.assertEqual((answer.status_code, recorded), (403, []))

    def test_a_forged_form_is_refused_and_writes_nothing(self) -> None:
        lea = self.signed_in("lea", enforce_csrf_checks=True)
        forms = {
            "/contacts/new": {"name": "x", "team": Group.objects.get(name="north").pk},
            f"{self.nele.get_absolute_url()}/invoices/new": {"purpose": "x", "total": "1"},
            "/mail": {"message": MESSAGE.format(sender="nele@mail.example", id=self.word)},
            timeline_of(self.shown(lea, self.nele)) + "record": {"al-type": "note", "al-note": "x"},
        }
        before = Contact.objects.count(), Invoice.objects.count()
        for url, given in forms.items():
            answer, recorded = self.send(lea, url, **given)
            self.assertContains(answer, "This form is too old", status_code=403)
            self.assertEqual(recorded, [])
        self.assertEqual((Contact.objects.count(), Invoice.objects.count()), before)

    # -- administration --

    def test_the_admin_shows_timelines_and_everything_to_superusers_only(self) -> None:
        self.write(self.lea, self.nele.get_absolute_url(), self.word)
        nora = self.signed_in("nora")
        for url in ("admin:crm_contact_change", "admin:crm_contact_history"):
            self.assertContains(nora.get(reverse(url, args=[self.nele.pk])), self.word)
        everything = reverse("admin:activitylog_entry_changelist")
        self.assertContains(nora.get(everything, {"al-q": self.word}), "Lea Müller")
        self.assertEqual(self.lea.get(everything).status_code, 302)
        _, [changed] = self.send(
            nora, reverse("admin:crm_company_change", args=[self.nele.company.pk]), name="ACME", city="Bonn"
        )
        self.assertEqual((changed.type, changed.actor.label), ("record.changed", "Nora Vogt"))

    def test_filling_it_again_changes_nothing_and_its_migrations_are_complete(self) -> None:
        before = get_log().everything().count()
        with recorded_activities() as recorded:
            call_command("seed")
        self.assertEqual((recorded, get_log().everything().count(), User.objects.count()), ([], before, 4))
        call_command("makemigrations", check=True, verbosity=0)

    def shown(self, client: Client, thing: Any) -> str:
        return client.get(thing.get_absolute_url()).content.decode()


def timeline_of(page: str) -> str:
    """Return the URL of the timeline on a page."""
    return re.search(r'data-al-url="([^"]+)"', page)[1]


def field(page: str, name: str) -> str:
    return re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)[1]
