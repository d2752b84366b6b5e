"""A page as a browser reads it, without a browser: its elements, links and forms."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta", "path"}


class Element:
    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def __iter__(self) -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child

    @property
    def text(self) -> str:
        """What a person reads, spaces as they see them."""
        return " ".join(self.raw.split())

    @property
    def raw(self) -> str:
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)

    def all(self, tag: str = "", **attributes: str | None) -> list[Element]:
        """The elements within of this tag whose attributes have these values; None is any, a class one of several."""
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [each for each in self if tag in ("", each.tag) and all(each._has(*item) for item in wanted.items())]

    def one(self, tag: str = "", **attributes: str | None) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, (len(found), tag, attributes)
        return found[0]

    def _has(self, name: str, value: str | None) -> bool:
        given = self.attributes.get(name)
        return given is not None and (value is None or given == value or (name == "class" and value in given.split()))

    @property
    def fields(self) -> dict[str, list[str]]:
        """What a form sends as it stands."""
        found: dict[str, list[str]] = {}
        for field in self:
            kind = field.attributes.get("type", "")
            if field.tag not in ("input", "select", "textarea") or kind in ("file", "submit"):
                continue
            value = field.attributes.get("value", "")
            if field.tag == "textarea":
                value = field.raw.removeprefix("\n")
            elif field.tag == "select":
                options = field.all("option")
                chosen = [option for option in options if "selected" in option.attributes] or options[:1]
                value = chosen[0]["value"] if chosen else ""
            found.setdefault(field["name"], []).append(value)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Element:
    """The page; each element must be closed where it belongs."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, [element.tag for element in reader.open]
    return reader.open[0]
