"""Actors: who did it, and for whom."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from attrs import evolve, field, frozen

from activitylog.errors import InvalidInput
from activitylog.refs import Ref, RefLike
from activitylog.storage import NOBODY, Mention

__all__ = ["ACTOR_KINDS", "Actor"]

ACTOR_KINDS: Final = ("user", "customer", "system", "service", "api_key", "anonymous")


@frozen(repr=False)
class Actor:
    """Who did it: a user, customer, system, service, API key, or somebody anonymous; perhaps for another.

    Made by the methods named after its kinds. ``kind`` is one of ``ACTOR_KINDS``, ``ref`` names who it is,
    ``behalf`` for whom it was done, or None. Labels take no part in equality.
    """

    kind: str
    ref: Ref
    behalf: Ref | None = None
    behalf_kind: str = field(default="", eq=False)
    mention: Mention = field(init=False, eq=False)
    behalf_mention: Mention = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.kind not in ACTOR_KINDS:
            raise InvalidInput("actor", f"its kind must be one of {', '.join(ACTOR_KINDS)}")
        if not isinstance(self.ref, Ref) or not isinstance(self.behalf, Ref | None):
            raise InvalidInput("actor", "who acts, and for whom, must be Refs: use Actor.user(id, label)")
        object.__setattr__(self, "mention", mention(self.ref, self.kind))
        object.__setattr__(self, "behalf_mention", mention(self.behalf, self.behalf_kind))

    @classmethod
    def user(cls, id: Ref | str | int | UUID, label: str = "") -> Actor:
        """Return a person who works with the host application."""
        return cls("user", _ref("user", id, label))

    @classmethod
    def customer(cls, id: Ref | str | int | UUID, label: str = "") -> Actor:
        """Return a customer who acts in self-service."""
        return cls("customer", _ref("customer", id, label))

    @classmethod
    def service(cls, id: Ref | str | int | UUID, label: str = "") -> Actor:
        """Return another program that acts by itself."""
        return cls("service", _ref("service", id, label))

    @classmethod
    def api_key(cls, id: Ref | str | int | UUID, label: str = "") -> Actor:
        """Return a key with which somebody's program acts; give the key's id, never the key."""
        return cls("api_key", _ref("api_key", id, label))

    @classmethod
    def system(cls, name: str) -> Actor:
        """Return a part of the host application that acts by itself, such as a nightly job."""
        return cls("system", Ref("system", name, name))

    @classmethod
    def anonymous(cls) -> Actor:
        """Return somebody unknown."""
        return cls("anonymous", Ref("anonymous", "anonymous"))

    @classmethod
    def of_mentions(cls, by: Mention, behalf: Mention = NOBODY) -> Actor | None:
        """Return the actor that an entry mentions, or None."""
        if not by.ref:
            return None
        return cls(by.role, ref_of(by), ref_of(behalf) if behalf.ref else None, behalf.role)

    @property
    def label(self) -> str:
        """The name at that time, or the ref where there is none."""
        return self.ref.label or str(self.ref)

    def on_behalf_of(self, who: RefLike | Actor) -> Actor:
        """Return this actor, acting for another: support, logged in as the customer."""
        return evolve(self, behalf=Ref.of(who), behalf_kind=who.kind if isinstance(who, Actor) else "")

    def __activity_ref__(self) -> Ref:
        return self.ref

    def __repr__(self) -> str:
        behalf = f" on behalf of {self.behalf!r}" if self.behalf else ""
        return f"<Actor {self.kind} {self.ref!r}{behalf}>"


def mention(ref: Ref | None, role: str = "") -> Mention:
    """Return how an entry mentions a ref."""
    return NOBODY if ref is None else Mention(str(ref), ref.label, role)


def ref_of(mentioned: Mention) -> Ref:
    """Return the ref that an entry mentions."""
    kind, _, id = mentioned.ref.partition(":")
    return Ref(kind, id, mentioned.label)


def _ref(kind: str, id: Any, label: str) -> Ref:
    if isinstance(id, Ref):
        return Ref(id.kind, id.id, label) if label else id
    return Ref(kind, id, label)


def checked_actor(value: Any) -> Actor | None:
    """Return the value if it is an actor or None; a text or a number is an error that names the remedy."""
    if value is None or isinstance(value, Actor):
        return value
    raise InvalidInput("actor", f"an Actor is expected, not {type(value).__name__}: use Actor.user(id, label)")
