"""How the component speaks: texts, days, times, numbers and values in the viewer's language and zone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from attrs import field, frozen
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal
from markupsafe import Markup

from activitylog import REDACTED
from activitylog.errors import InvalidInput
from activitylog_html.texts import CATEGORIES, TEXTS

__all__ = ["Moment", "Speech", "zone"]

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d\Z")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)\Z")
_SOON: Final = timedelta(seconds=45)
_UNITS: Final = ("kB", "MB", "GB", "TB")


@frozen
class Moment:
    """A time as people read it.

    Attributes:
        iso: for programs, in the viewer's zone.
        time: of the day; ``short`` with the day, ``exact`` with the zone too, and ``relative`` to now.
    """

    iso: str
    time: str
    short: str
    exact: str
    relative: str


@frozen(kw_only=True)
class Speech:
    """The language and zone of who reads, and when that is.

    A language that the component has no texts in is read in English.
    """

    language: str
    tz: tzinfo
    now: datetime
    locale: Locale = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "locale", _locale(self.language))

    @classmethod
    def of(cls, language: str, tz: tzinfo) -> Speech:
        """Return how somebody is spoken to now."""
        return cls(language=language, tz=tz, now=datetime.now(UTC))

    def later(self) -> Speech:
        """Return the same, now."""
        return self.of(self.language, self.tz)

    @property
    def tag(self) -> str:
        """The language tag of what the component says itself."""
        return str(self.locale).replace("_", "-")

    @property
    def zone(self) -> str:
        """The name of the zone."""
        return str(self.tz)

    def text(self, key: str, **values: Any) -> str:
        """Return one of the component's texts, with values in their places; text that it has none of as it is."""
        return self._texts.get(key, key).format(**values)

    def filled(self, key: str, **pieces: Markup) -> Markup:
        """Return a text with pieces of HTML in their places."""
        return Markup(self._texts[key]).format(**pieces)  # noqa: S704 -- the component's own text

    def count(self, key: str, number: int) -> str:
        """Return a text about a number of things."""
        one = f"{key}.one"
        return self.text(one if number == 1 and one in self._texts else key, count=self.number(number))

    def category(self, name: str) -> str:
        """Return a category's name for people."""
        return CATEGORIES.get(name, {}).get(self.locale.language, name.replace("_", " ").replace("-", " ").capitalize())

    def moment(self, at: datetime) -> Moment:
        """Return a time as people read it."""
        here = at.astimezone(self.tz)
        exact = format_datetime(here, "long", tzinfo=self.tz, locale=self.locale)
        time = format_time(here, "short", self.tz, self.locale)
        return Moment(here.isoformat(), time, self.short(at), exact, self.relative(at))

    def relative(self, at: datetime) -> str:
        """Return how long ago a time was, or in how long it will be."""
        if abs(at - self.now) < _SOON:
            return self.text("now")
        return format_timedelta(at - self.now, add_direction=True, locale=self.locale)

    def day_of(self, at: datetime) -> date:
        """Return the day of a time in the viewer's zone."""
        return at.astimezone(self.tz).date()

    def day(self, day: date) -> str:
        """Return a day as a heading."""
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - self.day_of(self.now)).days)
        full = format_date(day, "full", self.locale)
        return f"{self.text(near)}, {full}" if near else full

    def short(self, at: datetime) -> str:
        """Return a time with its day, briefly."""
        here = at.astimezone(self.tz)
        return f"{format_date(here, 'medium', self.locale)}, {format_time(here, 'short', self.tz, self.locale)}"

    def number(self, value: float) -> str:
        """Return a number."""
        return format_decimal(value, locale=self.locale)

    def size(self, bytes: int) -> str:
        """Return the size of a file: bytes below a thousand, else the unit that fits."""
        if bytes < 1000:
            return f"{self.number(bytes)} B"
        size = bytes / 1000
        for unit in _UNITS:
            if size < 999.95 or unit == _UNITS[-1]:
                break
            size /= 1000
        return f"{format_decimal(round(size, 1), format='#,##0.#', locale=self.locale)} {unit}"

    def value(self, value: Any) -> str:
        """Return a JSON value of a change; empty where there is none.

        A text that is a day or an instant is shown as one; whole numbers stay as they are, they may be numbers of
        something.
        """
        match value:
            case None | "" | [] | {}:
                return ""
            case bool():
                return self.text("yes" if value else "no")
            case float():
                return self.number(value)
            case str():
                return self._plain(value)
            case list():
                return ", ".join(filter(None, map(self.value, value)))
            case Mapping():
                return orjson.dumps(value).decode()
            case _:
                return str(value)

    def _plain(self, text: str) -> str:
        if text == REDACTED:
            return self.text("hidden_value")
        try:
            if _DATE.match(text):
                return format_date(date.fromisoformat(text), "medium", self.locale)
            if _INSTANT.match(text):
                return self.short(datetime.fromisoformat(text))
        except (ValueError, OverflowError):  # looks like one and is none
            pass
        return text

    @property
    def _texts(self) -> Mapping[str, str]:
        return TEXTS[self.locale.language]


def zone(given: Any) -> tzinfo:
    """Return the zone of a name, or the tzinfo that is given.

    Raises:
        InvalidInput: there is no such zone.
    """
    if isinstance(given, tzinfo):
        return given
    try:
        return UTC if given == "UTC" else ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, TypeError, AttributeError, OSError):
        raise InvalidInput("tz", "a name such as 'Europe/Berlin', or a tzinfo, is expected") from None


def _locale(language: str) -> Locale:
    base = re.split("[-_]", language, maxsplit=1)[0].lower()
    if base not in TEXTS:
        return Locale("en")
    try:
        return Locale.parse(language.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale(base)
