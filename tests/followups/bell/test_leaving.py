"""Notes that no cadence asked for: left once, read like the others, and over when what they tell of is."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.translation import gettext, override

from followups.bell.counting import Bell
from followups.bell.leaving import in_every_language, leave_note, leave_with_manager, settle_left
from followups.bouncing import lift_bounce, suppress_bounced, suppress_complained
from followups.models import Notification
from partners.editing import edit_partner
from partners.models import Member, Partner
from tests.clock import Clock
from tests.factories import NOW, make_member, make_partner

pytestmark = pytest.mark.django_db
TEXTS = {
    "en": {"subject": "Look at this", "body": "It matters."},
    "de": {"subject": "Bitte ansehen", "body": "Es ist wichtig."},
}


@pytest.fixture
def partner(clock: Clock) -> Partner:
    return make_partner(company="Hafen IT", email="hanna@hafen.example", contact={"name": "Hanna Hafen"})


@pytest.fixture
def me(partner: Partner) -> Member:
    return partner.manager


@pytest.fixture
def desk(me: Member) -> Client:
    client = Client()
    client.force_login(me.user, "django.contrib.auth.backends.ModelBackend")
    return client


def leave(member: Member, **given: Any) -> bool:
    said: dict[str, Any] = {"texts": TEXTS, "leads_to": "/v/x/", "key": "look:1", "now": NOW, **given}
    return leave_note(member=member, **said)


def bell(me: Member) -> int:
    return Bell(me.user, me).unread


def test_a_note_is_left_once_under_its_key(me: Member) -> None:
    assert leave(me)
    assert not leave(me)
    assert not leave(make_member(me.vendor))  # whoever it went to
    assert leave(make_partner().manager)  # another vendor's
    assert Notification.objects.filter(vendor=me.vendor).count() == 1
    assert bell(me) == 1


def test_it_is_read_in_the_readers_language_and_leads_on(desk: Client, me: Member, partner: Partner) -> None:
    leave_with_manager(partner=partner, texts=TEXTS, key="look:1", now=NOW)
    address = f"/v/{me.vendor.slug}/bell/"
    [note] = desk.get(address).context["notes"]
    assert (note.title, note.body, note.is_unread) == ("Look at this", "It matters.", True)
    me.user.language = "de"
    me.user.save()
    assert desk.get(address).context["notes"][0].title == "Bitte ansehen"
    answer = desk.post(f"{address}{note.pk}/")
    assert answer.headers["Location"] == f"/v/{me.vendor.slug}/partners/{partner.pk}/"
    assert bell(me) == 0


def test_it_goes_with_the_transaction_that_left_it(me: Member) -> None:
    class Crash(Exception):
        pass

    def fail() -> None:
        with transaction.atomic():
            leave(me)
            raise Crash

    with pytest.raises(Crash):
        fail()
    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"leads_to": "https://elsewhere.example/"},
        {"leads_to": "//elsewhere.example"},
        {"key": ""},
        {"texts": {}},
        {"texts": {"en": {"subject": "Look"}}},
    ],
)
def test_what_would_not_be_a_note_is_refused(me: Member, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="A note"):
        leave(me, **wrong)


def test_the_database_holds_a_note_to_one_thing(me: Member) -> None:
    with pytest.raises(IntegrityError):
        Notification.objects.create(vendor=me.vendor, member=me, texts=TEXTS, made_at=NOW)


def test_what_is_over_counts_no_more(me: Member) -> None:
    for key in ("look:1:a", "look:1:b", "look:11:a"):
        leave(me, key=key)
    assert settle_left(vendor_id=me.vendor_id, key_begins="look:1:", now=NOW) == 2
    assert bell(me) == 1


def test_texts_are_written_in_every_language() -> None:
    texts = in_every_language(lambda: (gettext("Notes"), "x"))
    with override("de"):
        assert texts["de"] == {"subject": gettext("Notes"), "body": "x"}
    assert texts["en"]["subject"] == "Notes" != texts["de"]["subject"]


def test_a_dead_address_is_told_at_the_bell_until_there_is_another(desk: Client, me: Member, partner: Partner) -> None:
    assert suppress_bounced(address="hanna@hafen.example", now=NOW)
    assert not suppress_bounced(address="hanna@hafen.example", now=NOW)
    [note] = desk.get(f"/v/{me.vendor.slug}/bell/").context["notes"]
    assert note.title == "Mails to Hafen IT come back"
    assert "no such address: hanna@hafen.example, of Hanna Hafen" in note.body
    assert bell(me) == 1
    edit_partner(partner=partner, changes={"contact_email": "h@hafen.example"}, by=me.user, now=NOW)
    assert bell(me) == 0


def test_an_address_that_dies_again_is_told_again(me: Member, partner: Partner) -> None:
    suppress_bounced(address="hanna@hafen.example", now=NOW)
    assert lift_bounce(address="hanna@hafen.example", now=NOW)
    assert bell(me) == 0
    suppress_bounced(address="hanna@hafen.example", now=NOW)
    assert bell(me) == 1
    assert Notification.objects.count() == 2


def test_a_complaint_is_told_to_whoever_leads_that_vendors_partner(me: Member, partner: Partner) -> None:
    elsewhere = make_partner(email="hanna@hafen.example")
    suppress_complained(address="hanna@hafen.example", vendor=partner.vendor, now=NOW)
    note = Notification.objects.get()
    assert (note.member, note.texts["en"]["subject"]) == (me, "Hafen IT called a mail spam")
    assert "als Spam" in note.texts["de"]["body"]
    assert bell(elsewhere.manager) == 0
