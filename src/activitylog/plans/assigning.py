"""Who is responsible for which contact of a plan."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from secrets import randbits
from typing import Any, Final, Literal

from attrs import frozen

from activitylog.errors import InvalidInput
from activitylog.limits import IDENTIFIER, checked_text
from activitylog.refs import Ref, RefLike, refs
from activitylog.signals import refuse_awaitable

__all__ = ["Assignment", "Rule", "Strategy", "assignment", "checked_agents"]

Rule = Callable[[Ref, tuple[Ref, ...]], RefLike]
"""A rule of the host's: from a contact and the agents to one of the agents."""
Strategy = Literal["random", "in_turn"] | Rule

AGENTS_MAX: Final = 1_000
SEED_BITS_MAX: Final = 512
_NOBODY: Final = 0xFFFF


@frozen
class Assignment:
    """How the agents share the contacts.

    ``random`` is a function of the seed and the contact, so that neither order nor a crash matters; ``in_turn`` of
    the place among the selected contacts. What a rule of the host's said is kept in ``picks``, a number per row.
    """

    agents: tuple[Ref, ...]
    strategy: str
    seed: str
    picks: bytes = b""

    def agent(self, contact: Ref, row: int, place: int) -> Ref | None:
        """Return who is responsible for the contact of a row, the so-and-so-many-th that is selected."""
        match self.strategy:
            case "random":
                digest = blake2b(f"{self.seed} {contact}".encode(), digest_size=8).digest()
                return self.agents[int.from_bytes(digest) % len(self.agents)]
            case "in_turn":
                return self.agents[place % len(self.agents)]
            case _:
                pick = int.from_bytes(self.picks[2 * row : 2 * row + 2])
                return None if pick == _NOBODY else self.agents[pick]

    def to_dict(self) -> dict[str, Any]:
        """Return the assignment as JSON."""
        agents = [[agent.kind, agent.id, agent.label] for agent in self.agents]
        picks = b64encode(self.picks).decode()
        return {"agents": agents, "strategy": self.strategy, "seed": self.seed, "picks": picks}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Assignment:
        """Return the assignment that ``to_dict`` gave."""
        agents = tuple(Ref(*agent) for agent in found["agents"])
        return cls(agents, found["strategy"], found["seed"], b64decode(found["picks"]))


def checked_agents(agents: Any, mode: str) -> tuple[Ref, ...]:
    """Return the agents, each once.

    Raises:
        InvalidInput: there is none, there are too many, or one names nothing.
    """
    found = refs("agents", agents)
    if not found:
        raise InvalidInput("agents", "nobody is named, so nobody could be responsible; give one at least")
    if len(found) > AGENTS_MAX:
        raise InvalidInput("agents", f"{len(found)} are given, {AGENTS_MAX:,} are possible")
    if mode == "shared" and len(found) > 1:
        raise InvalidInput(
            "agents", f"{len(found)} are given, a shared activity has one who is responsible; name that one"
        )
    return found


def assignment(
    agents: tuple[Ref, ...], strategy: Any, seed: Any, contacts: Iterable[tuple[int, Ref]], rows: int
) -> Assignment:
    """Return how agents share contacts; a rule is asked for each of the contacts, in their order.

    Raises:
        InvalidInput: there is no such strategy, the seed is no integer or text, or the rule names no agent.
    """
    if not callable(strategy) and strategy not in ("random", "in_turn"):
        raise InvalidInput("strategy", f"{str(strategy)[:40]!r} is neither 'random', 'in_turn' nor a function")
    if not callable(strategy):
        return Assignment(agents, strategy, _seed(seed))
    picks = bytearray(b"\xff\xff" * rows)
    places = {agent: place for place, agent in enumerate(agents)}
    for row, contact in contacts:
        picked = strategy(contact, agents)
        refuse_awaitable(picked)
        if picked is None:
            raise InvalidInput("strategy", f"the function gave nobody for {contact}; it must give one of the agents")
        [agent] = refs("strategy", [picked])
        if agent not in places:
            raise InvalidInput("strategy", f"the function gave {agent} for {contact}, which is none of the agents")
        picks[2 * row : 2 * row + 2] = places[agent].to_bytes(2)
    return Assignment(agents, "rule", "", bytes(picks))


def _seed(seed: Any) -> str:
    if seed is None:
        return str(randbits(64))
    if isinstance(seed, bool) or not isinstance(seed, int | str):
        raise InvalidInput("seed", f"an integer or a text is expected, not {type(seed).__name__}")
    if isinstance(seed, int) and seed.bit_length() > SEED_BITS_MAX:
        raise InvalidInput("seed", f"an integer of up to {SEED_BITS_MAX} bits is expected; this one has more")
    return checked_text("seed", str(seed), IDENTIFIER)
