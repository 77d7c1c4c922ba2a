"""Delivering a step with what it asks for: given by the vendor, checked, shown to the partner, asked by later steps."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from followups.dashboards.timeline import timeline
from followups.engine.answering import answers_among
from followups.engine.cadences import ANSWER
from followups.models import FollowUp
from partners.models import Activity, Member, User, Vendor
from playbooks import handing_over, walking
from playbooks.evidence.giving import EvidenceMissing, attach
from playbooks.files.checking import check as check_file
from playbooks.links import make_step_link
from playbooks.models import Evidence, Handover, Progress, StoredFile
from tests.clock import Clock
from tests.factories import (
    NOW,
    make_enrollment,
    make_field,
    make_member,
    make_partner,
    make_user,
    make_vendor,
    make_version,
)
from tests.playbooks.offers.world import HOUR, MOVES, bring, make_offer, step_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%%EOF"
FIELDS = [
    make_field("page", "link", label="Where is it?"),
    make_field("clients", "number", unit="clients", min="1", max="50"),
    make_field("proof", "file", label="A picture of it"),
    make_field("read", "tick", label="It opens on a phone", required=False),
    make_field("when", "question", label="A question", options=[("At night", False), ("In the morning", True)]),
]
RIGHT = {"page": "example.com/a", "clients": "12", "read": "on"}


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    clock.instant = NOW + 6 * HOUR
    return make_vendor("acme", name="Acme", country="DE", time_zone="Europe/Berlin")


@pytest.fixture
def user() -> User:
    return make_user(name="Kim")


@pytest.fixture
def step(vendor: Vendor, user: User) -> Progress:
    """Agreed, and the vendor's turn since three hours."""
    first: Any = {"key": "first", "offer": make_offer("quote"), "evidence": FIELDS}
    version = make_version(vendor, steps=[first, "second"])
    step = step_of(make_enrollment(make_partner(vendor, company="Hafen", user=user), version=version))
    bring(step, "ask", "quote", "accept")
    return step


@pytest.fixture
def desk(step: Progress) -> Client:
    member = make_member(step.enrollment.vendor)
    member.user.name = "Mara"
    member.user.save(update_fields=["name"])
    client = Client()
    client.force_login(member.user)
    return client


def pdf(name: str = "Page.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def deliver(client: Client, step: Progress, *, file: Any = None, **changes: str | None) -> Any:
    words = {f"evidence-{key}": value for key, value in {**RIGHT, **changes}.items() if value is not None}
    sent: dict[str, Any] = {"move": "deliver", "note": "It is online.", **words}
    return client.post(f"/v/acme/steps/{step.pk}/handover/", sent | ({"evidence-proof": file} if file else {}))


def read(client: Client, step: Progress) -> str:
    return client.get(f"/v/acme/steps/{step.pk}/").content.decode()


def given() -> dict[str, Any]:
    return {row.key: row.value for row in Evidence.objects.all()}


def partner(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_delivering_asks_for_all_of_the_step_but_its_quiz(desk: Client, step: Progress) -> None:
    page = read(desk, step)
    for key in ("page", "clients", "proof", "read"):
        assert page.count(f'name="evidence-{key}"') == 1
    assert "evidence-when" not in page
    assert 'enctype="multipart/form-data"' in page
    viewer = Client()
    viewer.force_login(make_member(step.enrollment.vendor, role=Member.Role.VIEWER).user)
    assert "evidence-page" not in read(viewer, step)


def test_it_is_kept_with_who_gave_it_and_the_partner_reads_it_before_the_yes(
    desk: Client, step: Progress, user: User
) -> None:
    assert deliver(desk, step, file=pdf()).status_code == 302
    assert {key: value for key, value in given().items() if key != "proof"} == {
        "page": "https://example.com/a",
        "clients": "12",
        "read": True,
    }
    assert set(Evidence.objects.values_list("giver_name", flat=True)) == {"Mara"}
    page = partner(user).get(f"/my/steps/{step.pk}/").content.decode()
    before_the_yes = page[: page.index('value="confirm"')]
    for words in ("It is online.", "https://example.com/a", "12 clients", "Page.pdf", "Mara"):
        assert words in before_the_yes
    assert page.count("12 clients") == 1
    MOVES["confirm"](step)
    page = partner(user).get(f"/my/steps/{step.pk}/").content.decode()
    assert "12 clients" in page
    step.refresh_from_db()
    assert step.state == "done"


def test_the_file_is_given_out_to_the_partner_and_the_vendor_alone(desk: Client, step: Progress, user: User) -> None:
    deliver(desk, step, file=pdf())
    key = StoredFile.objects.get().key
    link = make_step_link(contact=step.enrollment.partner.contacts.get(), progress=step, now=NOW)
    address = link.removeprefix("http://127.0.0.1:8000")
    for client, place in (
        (desk, f"/v/acme/files/{key}/"),
        (partner(user), f"/my/files/{key}/"),
        (Client(), f"{address}files/{key}/"),
    ):
        answer: Any = client.get(place)
        assert (answer.status_code, b"".join(answer.streaming_content)) == (200, PDF)
        assert answer["Content-Disposition"] == 'attachment; filename="Page.pdf"'
        assert answer["X-Content-Type-Options"] == "nosniff"
    assert f"{address}files/{key}/" in Client().get(address).content.decode()
    assert partner(make_user()).get(f"/my/files/{key}/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"page": ""}, "Copy the whole address"),
        ({"clients": "51"}, "lies between 1 and 50"),
        ({"file": None}, "Choose a file."),
        ({"file": pdf("Page.pdf", b"MZ no such thing")}, "not what its name says"),
        ({"file": pdf("Page.html")}, "This kind of file is not taken."),
    ],
)
def test_each_fault_stands_beside_its_field_and_what_was_typed_stays(
    desk: Client, step: Progress, changes: dict[str, Any], fault: str
) -> None:
    answer = deliver(desk, step, **{"file": pdf(), **changes})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert fault in page
    assert "It is online." in page
    assert Handover.objects.get().state == "accepted"
    assert Activity.objects.filter(kind="handover", data__move="delivered").count() == 0


def test_a_file_need_not_be_chosen_twice_and_is_nobodys_business_until_it_is_delivered(
    desk: Client, step: Progress, user: User
) -> None:
    page = deliver(desk, step, file=pdf(), clients="many").content.decode()
    assert "Page.pdf" in page
    assert "is kept" in page
    assert "Page.pdf" not in partner(user).get(f"/my/steps/{step.pk}/").content.decode()
    assert "Page.pdf" in read(desk, step)
    assert deliver(desk, step).status_code == 302
    assert StoredFile.objects.count() == 1
    assert "Page.pdf" in partner(user).get(f"/my/steps/{step.pk}/").content.decode()


@pytest.mark.parametrize("move", ["decline", "take_back", "leave out"])
def test_what_was_brought_for_nothing_does_not_stand_in_the_partners_form(
    desk: Client, step: Progress, move: str
) -> None:
    deliver(desk, step, file=pdf(), clients="many")
    if move == "leave out":
        assert walking.skip(progress=step, reason="Told on the phone", by=None, now=NOW + 7 * HOUR)
    else:
        assert MOVES[move](step)
    assert not Evidence.objects.exists()
    assert not StoredFile.objects.exists()


def test_what_the_partner_gave_before_stands_in_the_form_and_stays_theirs(vendor: Vendor) -> None:
    fields: Any = {"key": "first", "offer": make_offer(), "evidence": FIELDS[1:3]}
    step = step_of(make_enrollment(make_partner(vendor), version=make_version(vendor, steps=[fields])))
    attach(progress=step, checked={"proof": check_file(pdf("Mine.pdf"))}, by=None, now=NOW, giver_name="Kim")
    bring(step, "ask")
    client = Client()
    client.force_login(make_member(vendor).user)
    assert "Mine.pdf" in read(client, step)
    assert deliver(client, step).status_code == 302
    assert dict(Evidence.objects.values_list("key", "giver_name"))["proof"] == "Kim"
    assert MOVES["send_back"](step)
    assert MOVES["decline"](step)
    assert set(given()) == {"proof", "clients"}  # they have seen it


@pytest.fixture
def replaced(step: Progress, desk: Client) -> Progress:
    """The partner's own file is there since before they asked, and the vendor has brought another one."""
    attach_theirs(step)
    deliver(desk, step, file=pdf("Ours.pdf"), clients="many")
    return step


def attach_theirs(step: Progress) -> None:
    MOVES["take_back"](step)
    step.refresh_from_db()
    attach(progress=step, checked={"proof": check_file(pdf("Theirs.pdf"))}, by=None, now=NOW, giver_name="Kim")
    assert MOVES["ask"](step)
    bring_on(step, "quote", "accept")


def bring_on(step: Progress, *moves: str) -> None:
    for move in moves:
        assert MOVES[move](step), move


def names() -> list[str]:
    return list(StoredFile.objects.order_by("name").values_list("name", flat=True))


@pytest.mark.parametrize("move", ["decline", "take_back", "leave out"])
def test_what_the_partner_gave_outlives_a_delivery_that_never_came(replaced: Progress, user: User, move: str) -> None:
    page = partner(user).get(f"/my/steps/{replaced.pk}/").content.decode()
    assert "Ours.pdf" not in page
    assert names() == ["Ours.pdf", "Theirs.pdf"]
    if move == "leave out":
        assert walking.skip(progress=replaced, reason="Told on the phone", by=None, now=NOW + 10 * HOUR)
    else:
        assert MOVES[move](replaced)
    assert names() == ["Theirs.pdf"]
    (row,) = Evidence.objects.all()
    assert (row.giver_name, row.value["file"]) == ("Kim", StoredFile.objects.get().key)
    assert Handover.objects.latest("pk").brought == {}


def test_delivered_the_vendors_file_takes_the_place_of_the_partners(desk: Client, replaced: Progress) -> None:
    page = read(desk, replaced)
    assert "Ours.pdf" in page
    assert "Theirs.pdf" not in page
    deliver(desk, replaced)
    assert names() == ["Ours.pdf"]
    row = Evidence.objects.get(key="proof")
    assert (row.giver_name, row.value["file"]) == ("Mara", StoredFile.objects.get().key)
    assert Handover.objects.latest("pk").brought == {}


def test_a_file_that_is_brought_anew_takes_the_place_of_the_one_before(desk: Client, step: Progress) -> None:
    for name in ("One.pdf", "Two.pdf"):
        deliver(desk, step, file=pdf(name), clients="many")
    assert names() == ["Two.pdf"]


def test_the_step_done_without_delivering_keeps_what_was_brought(desk: Client, replaced: Progress, user: User) -> None:
    desk.post(f"/v/acme/steps/{replaced.pk}/done/", {"seen": replaced.handed_in})
    replaced.refresh_from_db()
    assert replaced.state == "done"
    assert names() == ["Ours.pdf"]
    assert Evidence.objects.get().giver_name == "Mara"
    assert "Ours.pdf" in partner(user).get(f"/my/steps/{replaced.pk}/").content.decode()


def test_taking_out_what_was_brought_leaves_the_partners(vendor: Vendor) -> None:
    fields: Any = {"key": "first", "offer": make_offer(), "evidence": [make_field("proof", "file", required=False)]}
    step = step_of(make_enrollment(make_partner(vendor), version=make_version(vendor, steps=[fields])))
    attach(progress=step, checked={"proof": check_file(pdf("Theirs.pdf"))}, by=None, now=NOW, giver_name="Kim")
    bring(step, "ask")
    ours = {"proof": check_file(pdf("Ours.pdf"))}
    handing_over.bring_files(progress=step, checked=ours, by=None, now=NOW + 2 * HOUR)
    assert handing_over.deliver(progress=step, by=None, now=NOW + 3 * HOUR, given={"proof": ""})
    assert names() == ["Theirs.pdf"]
    assert Evidence.objects.get().giver_name == "Kim"


def test_sent_back_the_vendor_finds_what_was_given_and_gives_it_anew(desk: Client, step: Progress) -> None:
    deliver(desk, step, file=pdf())
    bring(step, "send_back")
    assert 'value="12"' in read(desk, step)
    deliver(desk, step, clients="13")
    assert given()["clients"] == "13"
    assert Handover.objects.get().state == "delivered"


def test_what_is_required_is_required_wherever_it_is_said(step: Progress) -> None:
    with pytest.raises(EvidenceMissing) as missing:
        handing_over.deliver(progress=step, by=None, now=NOW, given={"page": "https://example.com"})
    assert missing.value.keys == ["clients", "proof"]
    assert Handover.objects.get().state == "accepted"
    assert not Evidence.objects.exists()


def test_what_was_typed_for_a_step_that_moved_on_is_shown_once_more(desk: Client, step: Progress) -> None:
    MOVES["take_back"](step)
    answer = deliver(desk, step, file=pdf(), page="example.com/too-late")
    assert answer.status_code == 302
    page = read(desk, step)
    assert "example.com/too-late" in page
    assert "It is online." in page
    assert not StoredFile.objects.exists()


def test_an_expired_session_keeps_what_was_typed(desk: Client, step: Progress) -> None:
    user = User.objects.get(name="Mara")
    read(desk, step)
    del desk.cookies["sessionid"]
    page = f"http://testserver/v/acme/steps/{step.pk}/"
    words = {"move": "deliver", "note": "It is online.", "evidence-page": "example.com/mine", "evidence-proof": pdf()}
    answer = desk.post(f"/v/acme/steps/{step.pk}/handover/", words, headers={"referer": page})
    assert answer.status_code == 302
    desk.force_login(user)
    kept = desk.session["typed"]["typed"]
    assert (kept["evidence-page"], kept["move"]) == (["example.com/mine"], ["deliver"])


def test_the_log_and_the_mail_say_what_was_given(desk: Client, step: Progress) -> None:
    deliver(desk, step, file=pdf())
    told = timeline(partner=step.enrollment.partner, after="", language="en").entries[0]
    assert told.what == "Delivered “Do the first thing”"
    assert "It is online.\nWhere is it?: https://example.com/a\nYour clients: 12 clients" in told.note
    mail = FollowUp.objects.get(progress=step, kind=ANSWER, state="scheduled")
    assert "Your clients: 12 clients" in answers_among([mail])[mail.pk].given("en")


def test_files_of_deliveries_under_way_are_set_apart_by_the_migration_and_put_back(step: Progress) -> None:
    module = importlib.import_module("playbooks.migrations.0023_keep_what_is_brought_apart")
    value = {"file": "ab", "name": "Ours.pdf", "size": 5}
    own = {"progress": step, "step": step.step}
    Evidence.objects.create(**own, key="proof", value=value, given_at=NOW + 4 * HOUR)
    Evidence.objects.create(**own, key="clients", value="12", given_at=NOW + 4 * HOUR)
    Evidence.objects.create(**own, key="page", value={**value, "file": "cd"}, given_at=NOW)  # the partner's, of before
    module.set_apart(apps, None)
    assert Handover.objects.get().brought == {"proof": value}
    assert set(given()) == {"clients", "page"}
    module.put_back(apps, None)
    assert given()["proof"] == value
