"""What a viewer may see of a tenant, as conditions that stores can answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import evolve, frozen

from activitylog.aliases import Aliases
from activitylog.audiences import Audiences
from activitylog.catalog import Catalog
from activitylog.errors import InvalidInput
from activitylog.keeping import Keepings, Terms
from activitylog.redaction import is_redacted
from activitylog.storage import (
    ABSENT,
    ALWAYS,
    NEVER,
    And,
    Between,
    Field,
    Has,
    In,
    Not,
    Or,
    Record,
    Storage,
    Where,
    matches,
    simplify,
)
from activitylog.times import Clock
from activitylog.viewers import UNDECLARED, Viewer

__all__ = ["ANY_STATE", "Policy", "Rights", "Sight", "State"]

Policy = Callable[[Viewer], Where]
"""The host's function: what else must hold of all that a viewer sees."""


@frozen
class State:
    """Which entries are meant: without the deleted and the archived (False), only these (True), or both (None)."""

    deleted: bool | None = None
    archived: bool | None = None


ANY_STATE: Final = State()


@frozen
class Sight:
    """What is seen, and how: whole, or redacted.

    Attributes:
        kept: what must hold of whatever is there: it is not past the age at which it is purged.
        current: what must hold of whatever is not archived: it is not past the age at which it is.
        visible: what must hold of whatever is seen.
        clear: which of it is seen whole.
        redacted: which of it is seen redacted, as long as it is neither deleted nor archived.
    """

    kept: Where = ALWAYS
    current: Where = ALWAYS
    visible: Where = ALWAYS
    clear: Where = ALWAYS
    redacted: Where = NEVER

    def whole(self, state: State) -> Where:
        """Return the condition of what is seen whole, in these states."""
        return And((self.kept, self.visible, self.clear, _deleted(state.deleted), self._archived(state.archived)))

    def blanked(self, state: State) -> Where:
        """Return the condition of what is seen redacted, where these states are asked for.

        That an entry is deleted or archived is hidden too, so that redacted ones are only there while they are not.
        """
        if state.deleted or state.archived:
            return NEVER
        return And((self.kept, self.visible, self.redacted, _deleted(wanted=False), self._archived(wanted=False)))

    def shown(self, record: Record) -> Record:
        """Return an entry as it is shown: archived, where its age says so. Never write such a record back."""
        if record.archived_at < ABSENT or is_redacted(record) or matches(self.current, record):
            return record
        return evolve(record, archived_at=record.recorded_at)

    def _archived(self, wanted: bool | None) -> Where:
        if wanted is None:
            return ALWAYS
        if wanted:
            return Or((Between(Field.ARCHIVED_AT, lt=ABSENT), Not(self.current)))
        return And((Between(Field.ARCHIVED_AT, ge=ABSENT), self.current))


def _deleted(wanted: bool | None) -> Where:
    if wanted is None:
        return ALWAYS
    return Between(Field.DELETED_AT, lt=ABSENT) if wanted else Between(Field.DELETED_AT, ge=ABSENT)


@frozen(eq=False)
class Rights:
    """What decides on a viewer's sight of one tenant: types, audiences, merged subjects, how long entries are kept at
    this moment, and the host's own rule.
    """

    viewer: Viewer
    types: Catalog
    audiences: Audiences
    aliases: Aliases
    keepings: Keepings
    clock: Clock
    policy: Policy | None

    def sight(self, store: Storage, tenant: str) -> Sight:
        """Return what the viewer may see now.

        Raises:
            InvalidInput: the host's policy gives no condition.
        """
        kept, current = self._by_age(store, tenant)
        if not self.viewer.is_limited:
            return Sight(kept, current)
        visible = And((self._audience(store, tenant), self._about(store, tenant), self._policy()))
        return Sight(kept, current, visible, *self._by_permission())

    def _by_age(self, store: Storage, tenant: str) -> tuple[Where, Where]:
        """Return what is not purged by its age now, and what is not archived by it."""
        keeping = self.keepings.of(store, tenant)
        held = self.aliases.of(store, tenant).expanded(keeping.held) if keeping.held else ()
        terms, now = Terms.of(self.types, keeping.rules, held), self.clock()
        return terms.kept(now), terms.current(now)

    def _audience(self, store: Storage, tenant: str) -> Where:
        return self.audiences.known(store, tenant).visible(self.viewer)

    def _about(self, store: Storage, tenant: str) -> Where:
        """A customer sees what is about them, under whichever of their merged names."""
        if self.viewer.internal:
            return ALWAYS
        return Has(Field.SUBJECTS, self.aliases.of(store, tenant).expanded(self.viewer.own))

    def _policy(self) -> Where:
        if self.policy is None:
            return ALWAYS
        found = self.policy(self.viewer)
        if not isinstance(found, Where):
            raise InvalidInput("policy", f"a condition of activitylog.storage is expected, not {type(found).__name__}")
        return found

    def _by_permission(self) -> tuple[Where, Where]:
        """Return which types are seen whole and which redacted: lists of what may be seen, never of what may not."""
        held = self.viewer.permissions
        declared = list(self.types)
        lacking = [one for one in declared if one.permission and one.permission not in held]
        redacted = simplify(In(Field.TYPE, [one.name for one in lacking if one.otherwise == "redacted"]))
        whole: Where = In(Field.TYPE, {one.name for one in declared}.difference(one.name for one in lacking))
        if UNDECLARED in held:
            whole = Or((whole, Not(In(Field.TYPE, [one.name for one in declared]))))
        return whole, redacted
