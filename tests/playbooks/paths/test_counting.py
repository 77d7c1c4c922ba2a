"""A step that cannot come any more is in no number from then on, and comes back where that changes before its time."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from threading import Barrier
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followups.models import Standing
from followups.standing.checking import find_drift
from partners.editing import edit_partner
from partners.models import Activity, Partner, Vendor
from partners.signals import partners_changed, profiles_changed
from playbooks.desk.previewing import imagined
from playbooks.enrolling import enroll_all
from playbooks.models import Enrollment, PlaybookVersion, Progress
from playbooks.paths import counting
from playbooks.paths.answers import never_given
from playbooks.paths.counting import adrift
from playbooks.paths.opening import Place
from playbooks.walking import complete, skip
from tests.factories import NOW, make_enrollment, make_field, make_partner, make_user, make_vendor, make_version
from tests.playbooks.test_upgrading import bring_over, make_next

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def a_test(about: str, how: str, *values: str, **question: str) -> dict[str, Any]:
    return {"about": about, "how": how, "values": list(values), **question}


GERMAN = a_test("country", "in", "DE")
MANY = a_test("answer", "over", "5", step="ask", field="clients")
ASK: dict[str, Any] = {
    "key": "ask",
    "evidence": [make_field("clients", "number"), make_field("sure", "tick", required=False)],
}
STEPS: list[Any] = ["hello", ASK, {"key": "plan", "condition": [MANY]}, {"key": "tax", "condition": [GERMAN]}, "call"]


def start(vendor: Vendor, steps: Sequence[Any] = STEPS, **profile: Any) -> Enrollment:
    version = make_version(vendor, steps=steps)
    return make_enrollment(make_partner(vendor, **profile), version=version)


def done(enrollment: Enrollment, key: str, side: str = "", **given: Any) -> None:
    progress = enrollment.progress.get(step__key=key)
    complete(progress=progress, by=None, now=NOW + HOUR, given=given, side=side)


def counted(enrollment: Enrollment) -> list[str]:
    """What is in the numbers; Standing agrees, and nothing drifted."""
    keys = list(enrollment.progress.concerning().order_by("position").values_list("step__key", flat=True))
    assert Standing.objects.get(pk=enrollment.partner_id).steps_total == len(keys)
    assert find_drift(vendor=enrollment.vendor, now=NOW + HOUR).partners == []
    assert not any(adrift(vendor=enrollment.vendor))
    return keys


def move_to(partner: Partner, country: str) -> None:
    changes = {"country": country}
    edit_partner(partner=partner, changes=changes, by=partner.manager.user, now=NOW + HOUR)


def test_what_the_profile_excludes_never_counts_and_nothing_is_told_of_it(vendor: Vendor) -> None:
    there, unknown = start(vendor, country="CH"), make_enrollment(make_partner(vendor), version=vendor_version(vendor))
    assert counted(there) == ["hello", "ask", "plan", "call"]
    assert there.progress.get(step__key="tax").state == "locked"
    assert counted(unknown) == ["hello", "ask", "plan", "tax", "call"]  # the country may still be written down
    assert not Activity.objects.filter(kind="left_out").exists()


def vendor_version(vendor: Vendor) -> PlaybookVersion:
    return PlaybookVersion.objects.select_related("playbook__vendor").get(playbook__vendor=vendor)


def test_the_partners_pages_say_the_same_number(vendor: Vendor) -> None:
    user = make_user(name="Kim")
    enrollment = start(vendor, country="CH", user=user)
    client = Client()
    client.force_login(user)
    assert "Step 1 of 4" in client.get("/my/").content.decode()
    assert "Step 1 of 4" in client.get(f"/my/steps/{enrollment.progress.get(position=0).pk}/").content.decode()
    page = client.get("/my/steps/").content.decode()
    assert "0 of 4 steps" in page
    assert "Do the tax thing" not in page


def test_the_desk_shows_a_step_with_the_numbers_of_whom_it_looks_as(vendor: Vendor) -> None:
    draft = make_version(vendor, steps=STEPS, published=False)
    step = draft.steps.select_related("version__playbook__vendor").get(key="call")
    for country, said in (("CH", (4, 4)), ("DE", (5, 5)), ("", (5, 5))):
        reader = make_partner(vendor, country=country).contacts.get()
        shown = imagined(step, reader, language="en", now=NOW)
        assert (shown.tally.number, shown.tally.total) == said


def test_a_profile_that_changes_takes_steps_out_and_brings_them_back(vendor: Vendor) -> None:
    enrollment = start(vendor, country="DE")
    partner = enrollment.partner
    assert counted(enrollment) == ["hello", "ask", "plan", "tax", "call"]
    move_to(partner, "CH")
    assert counted(enrollment) == ["hello", "ask", "plan", "call"]
    move_to(partner, "DE")
    assert counted(enrollment) == ["hello", "ask", "plan", "tax", "call"]
    assert not Activity.objects.filter(kind="left_out").exists()


def test_what_its_time_has_left_out_stays_out(vendor: Vendor) -> None:
    enrollment = start(vendor, [{"key": "tax", "condition": [GERMAN]}, "call"], country="CH")
    move_to(enrollment.partner, "DE")
    assert counted(enrollment) == ["call"]


def test_an_answer_decides_as_soon_as_its_step_is_done(vendor: Vendor) -> None:
    later = ["hello", ASK, "talk", {"key": "plan", "condition": [MANY]}, {"key": "more", "condition": [MANY]}, "call"]
    enrollment = start(vendor, later)
    done(enrollment, "hello")
    assert counted(enrollment) == ["hello", "ask", "talk", "plan", "more", "call"]
    done(enrollment, "ask", clients="3")
    assert counted(enrollment) == ["hello", "ask", "talk", "call"]
    done(enrollment, "talk")
    assert enrollment.progress.in_play().get().step.key == "call"
    told = Activity.objects.get(kind="left_out")  # once, when their time came
    assert [titles["en"] for titles in told.data["steps"]] == ["Do the plan thing", "Do the more thing"]


def test_it_decides_also_while_another_step_is_open_beside(vendor: Vendor) -> None:
    """Whoever ends a step does not always open one."""
    approved = {**ASK, "wants_approval": True}
    plan = {"key": "plan", "condition": [MANY]}
    enrollment = start(vendor, ["hello", approved, {"key": "beside", "needs": ["hello"]}, plan, "call"])
    done(enrollment, "hello")
    done(enrollment, "ask", clients="3")
    assert enrollment.progress.get(step__key="beside").state == "open"
    assert counted(enrollment) == ["hello", "ask", "beside", "plan", "call"]  # it may still be sent back
    done(enrollment, "ask", side="vendor")
    assert counted(enrollment) == ["hello", "ask", "beside", "call"]


def test_what_asks_a_step_that_cannot_come_cannot_come_either(vendor: Vendor) -> None:
    asks = {**ASK, "condition": [GERMAN]}
    enrollment = start(vendor, ["hello", asks, {"key": "plan", "condition": [MANY]}, "call"], country="CH")
    assert counted(enrollment) == ["hello", "call"]
    done(enrollment, "hello")
    assert enrollment.progress.in_play().get().step.key == "call"


@pytest.mark.parametrize("how", ["skipped", "by the vendor"])
def test_what_nobody_was_asked_hides_no_step(vendor: Vendor, how: str) -> None:
    enrollment = start(vendor)
    done(enrollment, "hello")
    asking = enrollment.progress.get(step__key="ask")
    if how == "skipped":
        skip(progress=asking, reason="Not now", by=None, now=NOW + HOUR)
    else:
        manager = enrollment.partner.manager.user
        complete(progress=asking, by=manager, now=NOW + HOUR, side="vendor")
    assert enrollment.progress.in_play().get().step.key == "plan"
    assert counted(enrollment) == ["hello", "ask", "plan", "tax", "call"]


@pytest.mark.parametrize(
    ("sides", "wants_approval", "expected"),
    [
        (["partner"], False, "call"),  # whoever does it, a member who is a contact as well among them
        (["partner", "vendor"], True, "call"),  # handed in and approved
        (["vendor"], True, "plan"),  # nothing was handed in
        (["vendor"], False, "plan"),
    ],
)
def test_who_was_asked_is_known_by_whose_word_it_is(
    vendor: Vendor, sides: list[str], wants_approval: bool, expected: str
) -> None:
    asks = {"key": "ask", "evidence": [make_field("clients", "number", required=False)]}
    plan = {"key": "plan", "condition": [MANY]}
    enrollment = start(vendor, [{**asks, "wants_approval": wants_approval}, plan, "call"])
    asking, both = enrollment.progress.get(step__key="ask"), enrollment.partner.manager.user
    for side in sides:
        assert complete(progress=asking, by=both, now=NOW + HOUR, side=side)
    assert enrollment.progress.in_play().get().step.key == expected


@pytest.mark.parametrize("is_by_vendor", [True, False])
def test_what_a_release_before_settled_goes_by_who_did(vendor: Vendor, is_by_vendor: bool) -> None:
    enrollment = start(vendor, [{"key": "ask", "evidence": [make_field("clients", "number", required=False)]}, "call"])
    by = enrollment.partner.manager.user if is_by_vendor else None
    complete(progress=enrollment.progress.get(step__key="ask"), by=by, now=NOW + HOUR, side="partner")
    enrollment.progress.update(on_vendors_word=None)
    question = ("ask", "clients")
    assert never_given({enrollment.pk: {question}}) == ({(enrollment.pk, question)} if is_by_vendor else set())


def test_a_tick_that_is_left_empty_is_an_answer(vendor: Vendor) -> None:
    sure = a_test("answer", "in", "yes", step="ask", field="sure")
    enrollment = start(vendor, [ASK, "talk", {"key": "plan", "condition": [sure]}, "call"])
    done(enrollment, "ask", clients="3")
    assert counted(enrollment) == ["ask", "talk", "call"]


def test_a_new_version_is_counted_anew(vendor: Vendor) -> None:
    enrollment = start(vendor, ["hello", {"key": "tax", "condition": [GERMAN]}, "call"], country="CH")
    assert counted(enrollment) == ["hello", "call"]
    swiss = a_test("country", "in", "CH")
    steps: list[Any] = ["hello", {"key": "tax", "condition": [swiss]}, {"key": "eu", "condition": [GERMAN]}, "call"]
    bring_over(make_next(vendor_version(vendor), steps), tax="adopt", eu="adopt")
    assert counted(enrollment) == ["hello", "tax", "call"]
    told = Activity.objects.get(kind="upgraded").data
    assert "changed" in told
    assert "added" not in told  # it does not concern them


def test_150_partners_cost_as_many_queries_as_3(vendor: Vendor) -> None:
    version = make_version(vendor, steps=STEPS)

    def queries(count: int) -> list[int]:
        partners = [make_partner(vendor, country="CH") for _ in range(count)]
        keys = [each.pk for each in partners]
        with CaptureQueriesContext(connection) as starting:
            enroll_all(partner_ids=keys, version=version, by=None, now=NOW)
        out = Progress.objects.filter(enrollment__partner__in=keys, left_out=True, state="locked")
        assert out.count() == count
        Partner.objects.filter(pk__in=keys).update(country="DE")
        with CaptureQueriesContext(connection) as changing, transaction.atomic():
            profiles_changed.send(sender=Partner, partner_ids=keys, now=NOW)
            partners_changed.send(sender=Partner, vendor=vendor, partner_ids=keys, now=NOW)
        assert out.count() == 0
        assert set(Standing.objects.filter(pk__in=keys).values_list("steps_total", flat=True)) == {5}
        return [len(starting), len(changing)]

    assert queries(3) == queries(150)


def test_many_are_read_a_batch_at_a_time(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "BATCH", 2)
    version = make_version(vendor, steps=STEPS)
    partners = [make_partner(vendor, country="CH") for _ in range(5)]
    enroll_all(partner_ids=[each.pk for each in partners], version=version, by=None, now=NOW)
    Partner.objects.update(country="DE")
    read: list[int] = []
    read_walks = counting._walks

    def reading(keys: Iterable[int]) -> dict[int, list[Place]]:
        walks = read_walks(keys)
        read.append(len(walks))
        return walks

    monkeypatch.setattr(counting, "_walks", reading)
    keys = list(Enrollment.objects.order_by("pk").values_list("pk", flat=True))
    with transaction.atomic():
        assert counting.count_anew(Enrollment.objects.all()) == keys
    assert read == [2, 2, 1]
    assert not Progress.objects.filter(left_out=True).exists()


def test_what_drifted_is_found_and_repaired(vendor: Vendor) -> None:
    enrollment = start(vendor, country="CH")
    enrollment.progress.update(left_out=False)
    with pytest.raises(CommandError):
        call_command("check_standing", stdout=StringIO())
    said = StringIO()
    call_command("check_standing", repair=True, stdout=said)
    assert "acme: 1 walks count other steps than concern the partner" in said.getvalue()
    assert counted(enrollment) == ["hello", "ask", "plan", "call"]


@pytest.mark.django_db(transaction=True)
def test_a_profile_and_an_answer_that_change_at_once_agree() -> None:
    both = [a_test("country", "in", "DE"), MANY]
    vendor = make_vendor("acme")
    enrollment = start(vendor, [ASK, "talk", {"key": "plan", "condition": both}, "call"], country="CH")
    partner, together = enrollment.partner, Barrier(2)

    def act(number: int) -> None:
        try:
            together.wait(timeout=20)
            if number:
                move_to(partner, "DE")
            else:
                done(enrollment, "ask", clients="9")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(act, range(2)))
    assert counted(enrollment) == ["ask", "talk", "plan", "call"]
