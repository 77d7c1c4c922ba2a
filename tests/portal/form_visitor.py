"""Somebody who sends every form of the pages that they may see, with another vendor's keys and names in its fields."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from http.cookies import SimpleCookie
from typing import Any, Final

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, models, transaction
from django.db.models import AutoField
from django.test import Client

from partners.models import Application, Contact, Invitation, Partner, User
from playbooks.models import Playbook
from playbooks.publishing import start_draft
from tests.portal.forms_on_pages import Answers, Control, Form, forms_on
from tests.portal.test_every_url import URLS, Url, as_user
from tests.portal.url_examples import World

AWAY: Final = 7_000_000
HOME: Final = 8_000_000
A_TABLE: Final = 10_000  # keys that each table has for itself
HOME_KEY: Final = re.compile(r"(?<!\d)8\d{6}(?!\d)")
FARAWAY: Final = "faraway"  # stands in every name of the other vendor
NAMED: Final = re.compile(FARAWAY + r"\d+")
OURS: Final = ("partners", "playbooks", "followups", "account", "mfa")
SEES: Final[dict[str, tuple[str, ...]]] = {
    "desk": ("owner",),
    "my": ("contact", "sponsor"),
    "open": ("contact", "nobody"),
}
# What a form needs before it can be sent, by the name of its field; the page says nothing about it.
ANSWERS: Final[dict[str, str]] = {}
TYPED_IN: Final = {"email": "somebody@example.com", "url": "https://example.com/", "tel": "+49 30 23125 000"}


# --- Two vendors whose keys never meet


def tables() -> list[type[models.Model]]:
    ours = [model for model in apps.get_models() if model._meta.app_label in OURS and model._meta.managed]
    return sorted(ours, key=lambda model: model._meta.db_table)


def number_rows_from(beginning: int) -> None:
    """The next row of each table gets the first key of the table's own range behind ``beginning``."""
    with connection.cursor() as cursor:
        for place, model in enumerate(tables()):
            if not isinstance(model._meta.pk, AutoField):
                continue
            table, last = model._meta.db_table, beginning + place * A_TABLE
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])
            else:
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, "id", last])


def rename_all_to_faraway() -> None:
    """Every name that could leak, so that one word finds them."""
    for model, fields in NAMES.items():
        for row in model._default_manager.filter(pk__gte=AWAY, pk__lt=HOME):
            for name in fields:
                word = f"{FARAWAY}{row.pk}"
                setattr(row, name, f"{word}@example.com" if name == "email" else word)
            row.save(update_fields=fields)


NAMES: Final[dict[Any, tuple[str, ...]]] = {
    get_user_model(): ("email", "name"),
    Partner: ("company", "company_key", "reference"),
    Contact: ("name", "email"),
    Application: ("company", "contact_name", "email"),
    Invitation: ("email",),
    Playbook: ("slug",),
}


def with_draft(world: World) -> World:
    start_draft(playbook=world.playbook, by=world.owner.user, now=world.now)
    return world


def drafting(world: World) -> World:
    """The same world, with the draft where addresses name a version."""
    draft = world.playbook.versions.exclude(pk=world.version.pk).get()
    return replace(world, version=draft)


# --- What may not happen


Rows = dict[str, list[tuple[Any, ...]]]


def all_rows() -> Rows:
    with connection.cursor() as cursor:
        return {model._meta.db_table: rows_of(cursor, model) for model in tables()}


def rows_of(cursor: Any, model: type[models.Model]) -> list[tuple[Any, ...]]:
    """The rows with their key first, in its order."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in columns(model))
    cursor.execute(f"SELECT {names} FROM {quote(model._meta.db_table)} ORDER BY 1")  # noqa: S608 - our own names
    return list(cursor.fetchall())


def columns(model: type[models.Model]) -> list[str]:
    """Those in the table, the key first where it is a single one."""
    fields = sorted(model._meta.concrete_fields, key=lambda each: not each.primary_key)
    return [each.column for each in fields if each.column is not None and each.name != "last_login"]


def of_away(rows: Rows) -> Rows:
    return {table: [row for row in found if AWAY <= key(row) < HOME] for table, found in rows.items()}


def key(row: tuple[Any, ...]) -> int:
    return row[0] if isinstance(row[0], int) else 0


def links_to_away(rows: Rows) -> list[str]:
    """Rows of the other vendor that rows of ours point to. A person may well be at both."""
    found = []
    for model in tables():
        names = columns(model)
        for each in model._meta.concrete_fields:
            if isinstance(each, models.ForeignKey) and each.related_model is not User:
                place = names.index(each.column)
                found += [
                    f"{model.__name__} {row[0]} points to {each.name} {row[place]}"
                    for row in rows[model._meta.db_table]
                    if key(row) >= HOME and isinstance(row[place], int) and AWAY <= row[place] < HOME
                ]
    return found


# --- The visitor


@dataclass(frozen=True)
class Met:
    """A form, and where and by whom it was met."""

    who: str
    address: str
    form: Form


@dataclass
class Visitor:
    home: World
    away: World
    who: str
    urls: Sequence[Url] = field(default_factory=lambda: URLS)
    faults: list[str] = field(default_factory=list)
    keys_tried: list[str] = field(default_factory=list)  # "form: field", for each that holds a key
    names_tried: int = 0

    @cached_property
    def cookies(self) -> SimpleCookie:
        return as_user(None if self.who == "nobody" else getattr(self.home, self.who).user).cookies

    def client(self) -> Client:
        """A fresh browser of somebody who is signed in."""
        client = Client()
        client.cookies = SimpleCookie({name: morsel.value for name, morsel in self.cookies.items()})
        return client

    @cached_property
    def before(self) -> Rows:
        return all_rows()

    @cached_property
    def theirs(self) -> dict[int, list[str]]:
        """The other vendor's keys, by the number of their table."""
        found: dict[int, list[str]] = {}
        for place, model in enumerate(tables()):
            rows = model._default_manager.filter(pk__gte=AWAY, pk__lt=HOME) if has_own_keys(model) else []
            found[place] = [str(row.pk) for row in rows]
        return found

    def visit_all(self) -> None:
        for met in self.meet():
            for answers in met.form.sent_by():
                self.try_form(met, self.fill(met.form, answers))

    def meet(self) -> Iterator[Met]:
        seen = set()
        for address in self.addresses():
            for met in self.meet_at(address):
                if met.form.signature not in seen:
                    seen.add(met.form.signature)
                    yield met

    def addresses(self) -> list[str]:
        """Of all that this visitor may see; those that name a version once with the published one and once with the
        draft."""
        mine = [url for url in self.urls if self.who in SEES.get(url.door(), ())]
        return list(dict.fromkeys(url.of(world) for world in (self.home, drafting(self.home)) for url in mine))

    def meet_at(self, address: str) -> Iterator[Met]:
        with undone():
            response = self.client().get(address)
        if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
            for form in forms_on(response.content.decode(), address=address):
                if not form.action.startswith("/accounts/"):  # the account is a person's own, at no vendor
                    yield Met(self.who, address, form)

    def fill(self, form: Form, answers: Answers) -> Answers:
        filled = dict(answers)
        for name, control in form.controls.items():
            if name in ANSWERS:
                filled[name] = [ANSWERS[name]]
            elif control.is_typed and control.is_required and not control.values:
                filled[name] = [TYPED_IN.get(control.kind, f"Words for {name}")]
            elif control.is_required and not any(control.values):
                filled[name] = [choice for choice in control.choices if choice][:1]
        return filled

    def try_form(self, met: Met, answers: Answers) -> None:
        with_keys = [
            (name, place)
            for name, values in answers.items()
            for place, value in enumerate(values)
            if HOME_KEY.search(value)
        ]
        chosen = {name for name, _ in with_keys}
        with_keys += [
            (control.name, 0)
            for control in met.form.controls.values()
            if control.name not in chosen and any(HOME_KEY.search(value) for value in control.choices)
        ]
        if with_keys and not self.send(met, answers).was_understood:
            self.faults.append(f"{said(met, answers)} cannot be sent as it stands; add what it lacks to ANSWERS")
        for name, place in with_keys:
            self.try_keys(met, answers, name, place)
        for control in met.form.controls.values():
            if control.is_typed or control.kind == "hidden":
                self.try_names(met, answers, control)

    def try_keys(self, met: Met, answers: Answers, name: str, place: int) -> None:
        """Another vendor's key instead of one's own has to be refused."""
        standing = answers.get(name, [""])[place]
        own = standing if HOME_KEY.search(standing) else key_among(met.form.controls[name])
        foreign = self.foreign(own)
        assert foreign, f"The other vendor has nothing of the kind that {name} names: {own}"
        self.keys_tried.append(f"{met.form.action}: {name}")
        for value in foreign:
            values = list(answers.get(name, [own]))
            values[place] = value
            sent = {**answers, name: values}
            outcome = self.send(met, sent)
            if outcome.was_understood and outcome.did_something:
                self.faults.append(f"{said(met, sent)} takes {name}={value}, which is another vendor's")

    def try_names(self, met: Met, answers: Answers, control: Control) -> None:
        """Another vendor's names are words like any others, and lead to nothing of theirs."""
        self.names_tried += 1
        for value in (self.away.partner.company, self.away.contact.email):
            self.send(met, {**answers, control.name: [value]})

    def foreign(self, own: str) -> list[str]:
        """The value with the other vendor's key of the same table in the place of ours."""
        found = HOME_KEY.search(own)
        assert found
        place = (int(found.group()) - HOME) // A_TABLE
        return [f"{own[: found.start()]}{theirs}{own[found.end() :]}" for theirs in self.theirs[place]]

    def send(self, met: Met, answers: Answers) -> "Outcome":
        """Send the form, and take it back; what it did to the other vendor, or told of it, is a fault."""
        with undone():
            client = self.client()
            response = client.post(met.form.action, answers)
            shown = page_after(client, response)
            after = all_rows()
        here = said(met, answers)
        if response.status_code >= 500:
            self.faults.append(f"{here} answers {response.status_code}")
        if of_away(after) != of_away(self.before):
            self.faults.append(f"{here} changes what is another vendor's")
        self.faults += [f"{here}: {link}" for link in links_to_away(after)]
        if FARAWAY in without_what_was_sent(shown, answers):
            self.faults.append(f"{here} shows what is another vendor's")
        return Outcome(was_understood=response.status_code < 400, did_something=after != self.before)


@dataclass(frozen=True)
class Outcome:
    was_understood: bool
    did_something: bool


def has_own_keys(model: type[models.Model]) -> bool:
    return isinstance(model._meta.pk, AutoField)


def key_among(control: Control) -> str:
    return next(value for value in control.choices if HOME_KEY.search(value))


def said(met: Met, answers: Answers) -> str:
    short = {name: values for name, values in answers.items() if name != "csrfmiddlewaretoken"}
    return f"{met.who} at {met.address}: {met.form.action} {short}"


def page_after(client: Client, response: Any) -> str:
    """What the person sees then, one page further where the answer leads to one."""
    text = response.content.decode() if not response.streaming else ""
    if response.status_code in {302, 303} and response["Location"].startswith("/"):
        further = client.get(response["Location"])
        text += response["Location"] + ("" if further.streaming else further.content.decode(errors="replace"))
    return text


def without_what_was_sent(text: str, answers: Answers) -> str:
    """The page without the words that we put in ourselves, however it writes them."""
    left = text.lower()
    for word in {word for values in answers.values() for value in values for word in NAMED.findall(value.lower())}:
        left = left.replace(word, "")
    return left


@contextmanager
def undone() -> Iterator[None]:
    """Everything within never happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
