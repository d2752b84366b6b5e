"""Search words: what a person's search compares, folded so that case, accents and forms do not matter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final

__all__ = ["search_words", "stored_words"]

WORDS_MAX: Final = 500
WORD_LENGTH: Final = 40
_ASCII_WORD: Final = re.compile(rf"([a-z0-9]{{1,{WORD_LENGTH}}})[a-z0-9]*")
_WORD: Final = re.compile(rf"([^\W_]{{1,{WORD_LENGTH}}})[^\W_]*")


def _folded(text: str) -> Sequence[str]:
    """Return the words of a text, cut to their length."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    # Folding can compose anew (and decomposing can need folding), hence twice.
    loose = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(mark for mark in loose if not unicodedata.category(mark).startswith("M"))
    return _WORD.findall(bare)


_of_label: Final = lru_cache(maxsize=4096)(_folded)
"""Names of people and things come again and again."""
_SHORT: Final = 100


def search_words(texts: Iterable[str]) -> list[str]:
    """Return the first 500 distinct words of the texts: NFKD, casefolded, without marks, cut to 40 characters."""
    parts = [_of_label(text) if len(text) <= _SHORT else _folded(text) for text in texts if text]
    return list(dict.fromkeys(chain.from_iterable(parts)))[:WORDS_MAX]


def stored_words(texts: Iterable[str]) -> str:
    """Return the words as a record keeps them: one text, a space before each."""
    found = search_words(texts)
    return " " + " ".join(found) if found else ""
