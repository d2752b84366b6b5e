"""Sets of row numbers, small enough to be kept in one document: a bit for each row."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable

from attrs import frozen

__all__ = ["Numbers"]


@frozen(repr=False)
class Numbers:
    """A set of the numbers of a plan's rows."""

    _bits: bytes

    @classmethod
    def all_of(cls, rows: int) -> Numbers:
        """Return the numbers of so many rows."""
        return cls(((1 << rows) - 1).to_bytes((rows + 7) // 8, "little"))

    @classmethod
    def from_text(cls, text: str) -> Numbers:
        """Return the set that ``to_text`` gave."""
        return cls(b64decode(text))

    def to_text(self) -> str:
        """Return the set as text: of 50,000 rows about 8 kB."""
        return b64encode(self._bits).decode()

    def with_these(self, numbers: Iterable[int]) -> Numbers:
        """Return the set with these added."""
        bits = bytearray(self._bits)
        for number in numbers:
            bits[number >> 3] |= 1 << (number & 7)
        return Numbers(bytes(bits))

    def without(self, numbers: Iterable[int]) -> Numbers:
        """Return the set with these taken away."""
        bits = bytearray(self._bits)
        for number in numbers:
            bits[number >> 3] &= ~(1 << (number & 7)) & 0xFF
        return Numbers(bytes(bits))

    def below(self, number: int) -> int:
        """Return how many of them are smaller than a number."""
        whole, rest = divmod(number, 8)
        count = int.from_bytes(self._bits[:whole], "little").bit_count()
        return count + (self._bits[whole] & ((1 << rest) - 1)).bit_count() if rest else count

    def __contains__(self, number: int) -> bool:
        return bool(self._bits[number >> 3] >> (number & 7) & 1)

    def __len__(self) -> int:
        return int.from_bytes(self._bits).bit_count()
