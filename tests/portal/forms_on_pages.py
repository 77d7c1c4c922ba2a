"""The forms of a page, as a browser would send them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

Answers = dict[str, list[str]]
TYPED: Final = frozenset({"text", "email", "tel", "url", "search", "textarea"})
NOT_SENT: Final = frozenset({"file", "submit", "button", "image", "reset"})


@dataclass
class Control:
    """One name in a form: what it holds now, and everything the page lets one choose."""

    name: str
    kind: str  # an input's type, or "select", "textarea", "button"
    values: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    is_required: bool = False

    @property
    def is_typed(self) -> bool:
        return self.kind in TYPED


@dataclass
class Form:
    action: str
    method: str
    controls: dict[str, Control] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)  # those with a name: pressing one sends it

    def control(self, name: str, kind: str) -> Control:
        return self.controls.setdefault(name, Control(name, kind))

    def sent_by(self) -> Iterator[Answers]:
        """The answers as they stand, once for each button that can be pressed."""
        standing = {name: list(control.values) for name, control in self.controls.items() if control.values}
        for name, value in self.buttons or [("", "")]:
            yield {**standing, name: [value]} if name else dict(standing)

    @property
    def signature(self) -> tuple[str, ...]:
        """What tells it from other forms that go to the same address."""
        return (self.action, *sorted(self.controls), *sorted(f"{name}={value}" for name, value in self.buttons))


def forms_on(page: str, *, address: str) -> list[Form]:
    """The forms of a page that are sent by POST."""
    reader = _Reader(address)
    reader.feed(page)
    return [form for form in reader.forms if form.method == "post"]


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select: Control | None = None
        self.textarea: Control | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self.address, given.get("action", ""))
            self.form = Form(action, given.get("method", "get").lower())
            self.forms.append(self.form)
        elif self.form is not None:
            self._take(self.form, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "textarea":
            self.textarea = None
        elif tag == "select" and self.select is not None:
            if not self.select.values and self.select.choices and self.select.kind == "select":
                self.select.values = self.select.choices[:1]
            self.select = None

    def handle_data(self, data: str) -> None:
        if self.textarea is not None and data.strip():
            self.textarea.values = [data.strip()]

    def _take(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "option" and self.select is not None:
            self._choose(self.select, given.get("value", ""), is_chosen="selected" in given)
        elif not name:
            return
        elif tag == "select":
            self.select = form.control(name, "select several" if "multiple" in given else "select")
            self.select.is_required = "required" in given
        elif tag == "textarea":
            self.textarea = form.control(name, "textarea")
            self.textarea.is_required = "required" in given
        elif tag == "button" and given.get("type", "submit") == "submit":
            form.buttons.append((name, given.get("value", "")))
        elif tag == "input" and given.get("type", "text") not in NOT_SENT:
            self._input(form.control(name, given.get("type", "text")), given)

    def _input(self, control: Control, given: dict[str, str]) -> None:
        control.is_required |= "required" in given
        if control.kind in {"radio", "checkbox"}:
            chosen = "checked" in given
            self._choose(control, given.get("value", "on"), is_chosen=chosen)
            if control.kind == "radio" and not control.values:
                control.values = control.choices[:1]
            return
        if given.get("value"):
            control.values.append(given["value"])

    def _choose(self, control: Control, value: str, *, is_chosen: bool) -> None:
        control.choices.append(value)
        if is_chosen:
            control.values = [value] if control.kind in {"radio", "select"} else [*control.values, value]
