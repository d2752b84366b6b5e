"""What a framework's request says, and what its response is to be: all that the component knows of frameworks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TypeAlias

from attrs import field, frozen

__all__ = ["Answer", "Asked", "Body", "Upload"]

Body: TypeAlias = str | bytes | Iterable[bytes]
"""What a response holds; what is iterated has ``close()`` where there is something to give back."""


@frozen(kw_only=True)
class Upload:
    """A file of a form: its name and media type as the browser says, and its content, which is read once."""

    name: str
    media_type: str
    stream: IO[bytes] = field(repr=False)


@frozen(kw_only=True)
class Asked:
    """What a request says.

    Attributes:
        method: in upper case.
        url: the path and query of the request, for links back to this page.
        query, form: the values by name, in their order.
        files: the uploads by the name of their field.
        headers: the values by name, names in lower case.
        csrf: the hidden field that the host's protection wants in each form, as safe HTML.
    """

    method: str = "GET"
    url: str
    query: Mapping[str, Sequence[str]] = field(factory=dict)
    form: Mapping[str, Sequence[str]] = field(factory=dict, repr=False)
    files: Mapping[str, Sequence[Upload]] = field(factory=dict, repr=False)
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    csrf: str = field(default="", repr=False)


@frozen(kw_only=True)
class Answer:
    """What the response is to be."""

    status: int = 200
    body: Body = field(repr=False)
    media_type: str = "text/html"
    headers: Mapping[str, str] = field(factory=dict)
