"""A browser without JavaScript for tests: it opens pages, reads them, and presses their buttons."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Self

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

import gateway

VOID = {"input", "img", "br", "hr", "meta", "link", "rect", "use"}


def compile_catalogues() -> None:
    """Compile the gateway's catalogues where they lie, as `make` does."""
    for source in (Path(gateway.__file__).parent / "translations").glob("*/LC_MESSAGES/*.po"):
        compiled = io.BytesIO()
        with source.open("rb") as file:
            write_mo(compiled, read_po(file))
        source.with_suffix(".mo").write_bytes(compiled.getvalue())


@dataclass
class Form:
    """A form of a page: fields as a browser would send them, and its buttons."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[dict[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = {}
        self.words: list[str] = []
        self._open: list[str] = []
        self._field: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif self.forms and "form" in self._open:
            self._take_field(tag, given)

    def _take_field(self, tag: str, given: dict[str, str]) -> None:
        form, name = self.forms[-1], given.get("name", "")
        if tag == "button" and given.get("type") != "button":
            form.buttons.append(given)
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in given:
                form.fields.append((name, given.get("value", "")))
        elif tag == "option" and "selected" in given and self._field:
            form.fields.append((self._field[0], given["value"]))
        elif tag in ("select", "textarea"):
            self._field = (name, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._field:
            self.forms[-1].fields.append(self._field)
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "textarea" and self._field:
            self._field = (self._field[0], self._field[1] + data)
        for tag in ("title", "h1"):
            if tag in self._open:
                self.texts[tag] = self.texts.get(tag, "") + data
        if data.strip() and not {"title", "script", "style"} & set(self._open):
            self.words.append(data.strip())


@dataclass
class Browser:
    """Keeps the last page.

    `status`, `html`, `path` are of the page after all redirects; `location` of the first answer.
    """

    client: FlaskClient
    status: int = 0
    html: str = ""
    path: str = ""
    headers: Any = None

    def open(self, path: str, **options: Any) -> Self:
        return self._take(self.client.get(path, follow_redirects=True, **options))

    def post(self, path: str, data: Any = None, **options: Any) -> Self:
        return self._take(self.client.post(path, data=data, follow_redirects=True, **options))

    def _take(self, response: Any) -> Self:
        self.status, self.headers = response.status_code, response.headers
        self.html = response.get_data().decode(errors="replace")
        self.path = response.request.full_path.rstrip("?")
        return self

    def read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.html)
        return reader

    @property
    def words(self) -> str:
        """Return the words on the page."""
        return " ".join(" ".join(self.read().words).split())

    def form(self, action: str = "") -> Form:
        """Return the page's form whose action holds `action` and which isn't part of the frame."""
        frame = ("/sign-out", "/operator/sign-out") if not action.endswith("/sign-out") else ()
        return next(
            f
            for f in self.read().forms
            if action in f.action and f.action not in frame and f.method == "post"
        )

    def press(
        self, button: str = "", *, form: str = "", drop: tuple[str, ...] = (), **typed: Any
    ) -> Self:
        """Type into a form of the page and press a button of it.

        The button is named by its value ("" = what Enter presses).
        """
        found = self.form(form)
        data = [
            (name, value) for name, value in found.fields if name not in typed and name not in drop
        ]
        for name, value in typed.items():
            data += [
                (name, each) for each in (value if isinstance(value, list | tuple) else [value])
            ]
        named = [b for b in found.buttons if b.get("value", "") == button]
        pressed = next((b for b in named if button or "formaction" not in b), {})
        if pressed.get("name"):
            data.append((pressed["name"], pressed["value"]))
        fields: dict[str, list[str]] = {}
        for name, value in data:
            fields.setdefault(name, []).append(value)
        action = (pressed.get("formaction") or found.action or self.path).partition("#")[0]
        return self.post(action, fields)
