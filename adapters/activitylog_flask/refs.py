"""How objects of a Flask application are named."""

from __future__ import annotations

from typing import Any

from werkzeug.local import LocalProxy

from activitylog import HasRef, Ref
from activitylog_sql import model_ref

__all__ = ["ref_of"]


def ref_of(thing: Any) -> Ref:
    """Return the ref of a ref, a ``"kind:id"`` text, an object with ``__activity_ref__``, or of a mapped class.

    Raises:
        InvalidInput: it is none of these, or has no primary key yet.
    """
    found = thing._get_current_object() if type(thing) is LocalProxy else thing  # noqa: SLF001 -- Werkzeug documents it
    return Ref.of(found) if isinstance(found, Ref | str | HasRef) else model_ref(found)
