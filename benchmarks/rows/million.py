"""A tenant's million entries, which several rows read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from uuid_utils.compat import uuid7

from activitylog import ActivityLog, Ref
from activitylog.storage import Mention, Record
from activitylog.words import stored_words
from benchmarks.bench import Bench
from benchmarks.facts import KIM, TENANT

__all__ = ["million", "word"]

_START = datetime(2024, 1, 1, tzinfo=UTC)
_CHUNK, _KIM, _TYPES = 1_000, 50, ("mail", "call", "meeting", "letter")
_SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "zu", "ka", "lo")
_WORDS = 4_900


def million(bench: Bench) -> str:
    """Return the URL of a database with them, which is made when the first row asks; each fiftieth entry is Kim's."""
    if "million" not in bench.kept:
        log = ActivityLog(url := bench.store.new(), tenant=TENANT)
        log.migrate()
        chance = Random(1)
        for start in range(0, bench.size.million, _CHUNK):
            if start % 10_000 == 0:
                bench.tell(f"loads {start:,} of {bench.size.million:,}")
            log.storage.load([(_entry(number, chance), ()) for number in range(start, start + _CHUNK)])
        log.close()
        bench.store.settle()
        bench.kept["million"] = url
    return bench.kept["million"]


def word(rank: int) -> str:
    """Return the word of a rank; a note of ten words has the one of rank r by chance about 1.2 / r."""
    letters = ""
    for _ in range(3):
        rank, syllable = divmod(rank, len(_SYLLABLES))
        letters += _SYLLABLES[syllable]
    return letters


def _entry(number: int, chance: Random) -> Record:
    at = _START + timedelta(minutes=number, milliseconds=chance.randrange(60_000))
    agent = chance.randrange(20)
    direction = chance.choice(("incoming", "outgoing", "incoming", "outgoing", ""))
    contact = chance.randrange(100, 20_000)
    subject = KIM if number % _KIM == 0 else Ref("contact", contact, f"Contact {contact}")
    links = [Mention(str(subject), subject.label, "subject")]
    if chance.random() < 0.5:
        role = chance.choice(("subject", "parent"))
        links.append(Mention(f"company:{contact % 3000}", f"Company {contact % 3000}", role))
    note = " ".join(word(int(_WORDS ** chance.random())) for _ in range(10))
    return Record(
        id=uuid7(),
        tenant=TENANT,
        type=chance.choice(_TYPES),
        category="communication",
        channel="email",
        direction=direction,
        conversation=f"{chance.randrange(100_000)}@example.com" if direction and chance.random() < 0.4 else "",
        occurred_at=at,
        recorded_at=at,
        actor=Mention(f"user:{agent}", f"User {agent}", "user"),
        team=f"team {agent % 5}",
        readers=("*",),
        links=tuple(links),
        note=note,
        words=stored_words([note]),
    )
