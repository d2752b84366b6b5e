"""The pseudonym that stands in the place of an erased person, wherever they are named."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Any

from attrs import field, frozen

from activitylog.payload import encoded
from activitylog.storage import Mention

__all__ = ["Pseudonym"]


@frozen(slots=False)
class Pseudonym:
    """Whom an erasure makes unknown, and what stands for them afterwards.

    Attributes:
        ref: the pseudonym: of the person's kind, with a random id.
        members: the refs of the person, of all that were merged.
    """

    ref: str
    members: frozenset[str]
    _secret: bytes = field(repr=False)

    @classmethod
    def new(cls, ref: str, members: Iterable[str]) -> Pseudonym:
        """Return a new pseudonym: chance made it, and nothing leads back from it."""
        kind, _, _ = ref.partition(":")
        return cls(f"{kind}:erased-{secrets.token_hex(12)}", frozenset(members), secrets.token_bytes(32))

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Pseudonym:
        """Return the pseudonym that ``to_json`` gave."""
        return cls(found["pseudonym"], frozenset(found["members"]), bytes.fromhex(found["secret"]))

    def to_json(self) -> dict[str, Any]:
        """Return what an interrupted erasure must know to be continued."""
        return {"pseudonym": self.ref, "members": sorted(self.members), "secret": self._secret.hex()}

    @cached_property
    def all(self) -> frozenset[str]:
        """The refs of the person, and the pseudonym, which stands already where an erasure was interrupted."""
        return self.members | {self.ref}

    @cached_property
    def _needles(self) -> tuple[str, ...]:
        """What stands in JSON text wherever a member is named; a ref can be a part of a path."""
        ids = (member.partition(":")[2] for member in self.members)
        return (*(encoded(member)[1:-1] for member in self.members), *map(encoded, ids))

    @cached_property
    def _parts_of_paths(self) -> re.Pattern[str]:
        members = "|".join(map(re.escape, sorted(self.members, key=len, reverse=True)))
        return re.compile(rf"(?:^|(?<=\.))(?:{members})(?=\.|$)")

    def path(self, path: str) -> str:
        """Return the dotted path of a change, with the pseudonym in place of a key that is a ref of the person."""
        return self._parts_of_paths.sub(self.ref, path)

    def text(self, value: str) -> str:
        """Return a text, or the pseudonym in place of one that is a ref of the person."""
        return self.ref if value in self.members else value

    def mention(self, mentioned: Mention) -> Mention:
        """Return a mention; the person's without its label."""
        return Mention(self.ref, "", mentioned.role) if mentioned.ref in self.members else mentioned

    def mentions(self, links: tuple[Mention, ...]) -> tuple[Mention, ...]:
        """Return links; where several of merged subjects stood in one part, the pseudonym stands once."""
        return tuple(dict.fromkeys(map(self.mention, links))) if self.any(link.ref for link in links) else links

    def principals(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return readers or editors, in their order."""
        return tuple(sorted({self.text(name) for name in names})) if self.any(names) else names

    def any(self, refs: Iterable[str]) -> bool:
        """Tell whether the person is among these."""
        return not self.members.isdisjoint(refs)

    def may_be_in(self, text: str) -> bool:
        """Tell whether a JSON text can name the person: if not, it need not be read."""
        return any(needle in text for needle in self._needles)

    def json(self, value: Any) -> Any:
        """Return JSON with the pseudonym in place of every text that is the person's ref, and of stored refs.

        Stored ones are ``[kind, id, label]``; their labels go.
        """
        match value:
            case str():
                return self.text(value)
            case [str() as kind, str() as id, str()] if f"{kind}:{id}" in self.members:
                return [*self.parts, ""]
            case list():
                return [self.json(item) for item in value]
            case Mapping():
                return {self.text(key): self.json(item) for key, item in value.items()}
            case _:
                return value

    @property
    def parts(self) -> tuple[str, str]:
        """The kind and the id of the pseudonym."""
        kind, _, id = self.ref.partition(":")
        return kind, id

    def blind(self, text: str) -> str:
        """Return what stands for a text that must not be known, nor be confirmed by guessing: the same for the same."""
        return blake2b(text.encode(), key=self._secret, digest_size=16).hexdigest()
