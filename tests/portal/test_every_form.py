"""Every form that a page shows, sent by whoever may send it, with another vendor's ids and names in its fields.

The pages are those that the walk over every URL finds, and the forms are those that stand on them: a new one is met
without being named here. Both vendors' rows have keys of their own, each table in a range of its own, so that a field
that holds a key tells by itself whose key of which table it holds. A form that cannot be sent as it stands proves
nothing; it says so, and ANSWERS has a line for what it lacks.
"""

from typing import Final

import pytest
from django.core.cache import cache
from django.core.mail import EmailMessage

from partners.models.invitation import InvitationQuerySet
from partners.models.member import MemberQuerySet
from tests.clock import Clock
from tests.portal.form_visitor import (
    ANSWERS,
    AWAY,
    FARAWAY,
    HOME,
    Visitor,
    number_rows_from,
    rename_all_to_faraway,
    with_draft,
)
from tests.portal.forms_on_pages import forms_on
from tests.portal.test_every_url import URLS
from tests.portal.url_examples import World

pytestmark = pytest.mark.walk


@pytest.fixture
def away(clock: Clock, db: None, mailoutbox: list[EmailMessage]) -> World:
    cache.clear()
    number_rows_from(AWAY)
    world = with_draft(World.make(FARAWAY, now=clock.instant, mails=mailoutbox))
    rename_all_to_faraway()
    for named in (world.partner, world.contact):
        named.refresh_from_db()
    return world


@pytest.fixture
def home(away: World, mailoutbox: list[EmailMessage]) -> World:
    number_rows_from(HOME)
    return with_draft(World.make("home", now=away.now, mails=mailoutbox))


@pytest.mark.parametrize("who", ["owner", "contact", "sponsor", "nobody"])
def test_no_form_takes_what_is_another_vendors(who: str, home: World, away: World) -> None:
    visitor = Visitor(home, away, who)
    visitor.visit_all()
    assert visitor.faults == []
    assert visitor.names_tried
    assert len(set(visitor.keys_tried)) >= KEYS_AT_LEAST.get(who, 0)


KEYS_AT_LEAST: Final = {"owner": 5}


# --- It can fail


def visit(home: World, away: World, *names: str) -> list[str]:
    """The faults that the owner meets at some of the pages."""
    visitor = Visitor(home, away, "owner", urls=[url for url in URLS if url.name in names])
    visitor.visit_all()
    return visitor.faults


def test_a_field_that_takes_anybodys_member_is_found(home: World, away: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemberQuerySet, "of", lambda self, vendor: self)
    faults = visit(home, away, "desk-partner-edit", "desk-settings-people", "desk-settings-person-remove")
    for words in (
        f"takes manager={away.manager.pk}, which is another vendor's",
        f"takes successor={away.owner.pk}, which is another vendor's",
        f"Partner {home.partner.pk} points to manager {away.manager.pk}",
        "shows what is another vendor's",
    ):
        assert any(words in fault for fault in faults), (words, faults)


def test_a_form_that_changes_anybodys_invitation_is_found(
    home: World, away: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InvitationQuerySet, "of", lambda self, vendor: self)
    faults = visit(home, away, "desk-settings-people")
    assert any("changes what is another vendor's" in fault for fault in faults), faults


def test_a_form_that_cannot_be_sent_as_it_stands_is_told(
    home: World, away: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ANSWERS, "company", "")
    faults = visit(home, away, "desk-partner-edit")
    assert any("cannot be sent as it stands; add what it lacks to ANSWERS" in fault for fault in faults), faults


def test_forms_are_read_as_a_browser_sends_them() -> None:
    [form] = forms_on(PAGE, address="/here/")
    assert form.action == "/here/"
    assert list(form.sent_by()) == [
        {"who": ["2"], "way": ["a"], "kind": ["x"], "tick": ["1"], "note": ["Hello"], "act": ["save"]},
        {"who": ["2"], "way": ["a"], "kind": ["x"], "tick": ["1"], "note": ["Hello"], "act": ["drop"]},
    ]
    assert form.controls["tick"].choices == ["1", "2"]
    assert form.controls["name"].is_required


PAGE: Final = """
<form><input name="q"></form>
<form method="post">
  <input type="hidden" name="who" value="2"><input name="name" required><input type="file" name="file">
  <select name="way"><option value="a">A</option><option value="b">B</option></select>
  <select name="kind"><option value="">-</option><option value="x" selected>X</option></select>
  <input type="checkbox" name="tick" value="1" checked><input type="checkbox" name="tick" value="2">
  <textarea name="note">Hello</textarea>
  <button name="act" value="save">Save</button><button name="act" value="drop">Drop</button><button>Go</button>
</form>
"""
