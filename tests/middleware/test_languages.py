"""Which language a client gets."""

from __future__ import annotations

import pytest

from activitylog.middleware import negotiated_language


@pytest.mark.parametrize(
    ("accept", "found"),
    [
        ("de", "de"),
        ("de-AT,en;q=0.5", "de"),
        ("DE_at", "de"),
        ("en;q=0.4, de;q=0.8", "de"),
        ("fr, en;q=0.1", "en"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("de, en", "de"),
        ("fr, *;q=0.5", "en"),
        ("de;q=0", None),
        ("fr", None),
        ("", None),
        (",;q=,;;=,de;q=x,de;q=1.2.3,de;q=nan,de;q=-1", None),
        ("\0" * 10, None),
        ("de;q=" + "9" * 500, "de"),
    ],
)
def test_the_language_that_the_client_likes_best(accept: str, found: str | None):
    assert negotiated_language(accept, ("en", "de", "pt-BR")) == found


def test_the_exact_one_before_its_relatives():
    assert negotiated_language("pt-BR", ("pt", "pt_BR")) == "pt_BR"
    assert negotiated_language("*", ()) is None
