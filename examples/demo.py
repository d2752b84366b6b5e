"""What `make demo` shows: real interactions as timelines, in a SQLite file that is made anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from activitylog import ActivityLog, Actor, Draft, Ref, scope
from activitylog.errors import InvalidInput
from activitylog.importing import import_git
from activitylog.standard import InvoiceCreated, InvoicePaid, MailReceived, MailSent, types
from showing import heading, show

ROOT = Path(__file__).resolve().parent.parent
STORE = ROOT / "build" / "demo.db"
KIM, ACME = Ref("contact", 42, "Kim Weber"), Ref("company", 7, "ACME")
LEA = Actor.user(3, "Lea Müller")


def main() -> None:
    log = ActivityLog(f"sqlite:///{made_anew(STORE)}", types=types)
    repository = record_history_of_this_repository(log)
    record_history_of_a_customer(log)

    heading("The customer, newest first")
    show(log.timeline(KIM).page(limit=20))
    heading("The same, in German, only mails and calls of this contact that mention the quote")
    with scope(language="de"):
        show(log.timeline(KIM).filter(types=["call", "mail.received", "mail.sent"], search="quote"))
    if repository is not None:
        heading(f"{repository}, page by page: five commits, then five more by the first page's token")
        first = log.timeline(repository).page(limit=5)
        show(first)
        if first.next:
            print(f"  … next page: {first.next}")
            show(log.timeline(repository).page(limit=5, after=first.next))
    heading("Everything, counted by week")
    for count in log.everything().count_by("week", "category"):
        week, category = count.key
        print(f"  week of {week}  {category:14} {count.count:5}")
    log.close()
    say_what_to_type_next(repository)


def made_anew(store: Path) -> Path:
    store.parent.mkdir(exist_ok=True)
    for file in store.parent.glob(f"{store.name}*"):
        file.unlink()
    return store


def record_history_of_this_repository(log: ActivityLog) -> Ref | None:
    if not (ROOT / ".git").exists():  # git would look further up, and find another repository
        print("This is a source archive without .git: the repository's own history is left out")
        return None
    try:
        report = import_git(log, ROOT, name="activitylog")
    except InvalidInput as error:
        print(f"The repository's own history is left out. {error}")
        return None
    print(f"{report.recorded} commits of this repository recorded")
    return Ref("repository", "activitylog")


def record_history_of_a_customer(log: ActivityLog) -> None:
    today = datetime.now(UTC)

    def ago(days: int) -> datetime:
        return today - timedelta(days=days)

    with scope(actor=LEA):
        log.record_many(
            [
                Draft("call", KIM, note="Asked for a quote for a seminar of 20 people", occurred_at=ago(24)),
                Draft(
                    MailSent(subject="Your quote", recipients=("kim@example.com",)),
                    *(KIM, ACME),
                    title="Your quote",
                    status="sent",
                    occurred_at=ago(23),
                ),
                Draft(
                    MailReceived(subject="Re: Your quote", sender="kim@example.com"),
                    *(KIM, ACME),
                    title="Re: Your quote",
                    actor=Actor.customer(KIM),
                    occurred_at=ago(20),
                ),
            ]
        )
        log.record_change(KIM, before={"city": "Ulm"}, after={"city": "Bonn"}, occurred_at=ago(16))
        task = log.record("task", KIM, title="Prepare the seminar room", due_at=ago(-7), occurred_at=ago(12))
        log.transition(task, "done", comment="all set")
        call = log.record("call", KIM, note="Wants the quote by Friday", occurred_at=ago(22))
        log.edit(call, note="Wants the quote by Friday, with lunch")
    with scope(actor=Actor.system("billing run")):
        invoice = Ref("invoice", 17)
        created = InvoiceCreated(number="2026-17", total=Decimal("90.00"), currency="EUR")
        log.record(created, KIM, ACME, source=invoice, idempotency_key="invoice:17", occurred_at=ago(9))
    with scope(actor=LEA.on_behalf_of(KIM)):
        log.record(InvoicePaid(number="2026-17"), KIM, ACME, source=Ref("invoice", 17), occurred_at=ago(2))


def say_what_to_type_next(repository: Ref | None) -> None:
    store = f"--store sqlite:///{STORE.relative_to(ROOT)}"
    heading("What to type next")
    for command in (
        f"timeline {KIM} {store} --language de",
        f"timeline {repository or ACME} {store} --limit 5",
        f"stats {store} --by actor --by type,month",
        f"import mail PATH-TO-YOUR-MAIL {store} --own YOU@EXAMPLE.COM",
    ):
        print(f"  .venv/bin/activitylog {command}")
    print("  and read README.md for the library itself")


if __name__ == "__main__":
    main()
