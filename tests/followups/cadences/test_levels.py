"""Touches for a stage or a step: the nearest hold alone, in every version; a change reaches whom it concerns."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from followups.cadences import drafting, giving, publishing
from followups.cadences.rehearsing import Change, Fate, rehearse
from followups.cadences.telling import tell
from followups.dashboards.reckoning import Reckoning
from followups.engine.cadences import cadences_of
from followups.engine.deciding import decide_batch
from followups.engine.levels import Place
from followups.engine.merging import words_for
from followups.engine.planning import plan
from followups.models import Cadence, FollowUp, Touch
from partners.models import AuditEntry, Partner, Vendor
from playbooks import upgrading, walking
from playbooks.models import Enrollment, PlaybookVersion, Progress, Stage
from playbooks.publishing import publish as publish_version
from playbooks.publishing import start_draft as start_version
from tests.factories import NOW, make_enrollment, make_partner, make_step, make_version
from tests.followups.cadences.conftest import said
from tests.followups.cadences.test_rehearsing import A_WEEK, as_live, live

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
STANDARD = {"remind-24h", "remind-48h"}


@pytest.fixture
def version(vendor: Vendor) -> PlaybookVersion:
    """Two stages: “first” and “second” stand in “stage”, “third” and “fourth” in “later”."""
    version = make_version(vendor, steps=("first", "second"))
    later = Stage.objects.create(version=version, key="later", position=1, texts={"en": {"title": "Later on"}})
    for position, key in enumerate(("third", "fourth"), start=2):
        make_step(later, position, {"key": key})
    return version


def at(vendor: Vendor, version: PlaybookVersion, step: str, *, now: datetime = NOW) -> Progress:
    """Another partner, who stands at that step since ``now``."""
    enrollment = make_enrollment(make_partner(vendor), version=version, now=now)
    for progress in enrollment.progress.order_by("position"):
        if progress.step.key == step:
            return Progress.objects.get(pk=progress.pk)
        walking.complete(progress=Progress.objects.get(pk=progress.pk), by=None, now=now)
    raise AssertionError(step)


def planned(progress: Progress) -> dict[str, datetime]:
    return dict(FollowUp.objects.scheduled().filter(progress=progress).values_list("kind", "due_at"))


def own(version: PlaybookVersion, *, stage: str = "", step: str = "", hours: Sequence[int] | None = None) -> Cadence:
    """Touches of its own, at these hours if they are given; put there as they are, without a draft."""
    made = giving.give_own(playbook=version.playbook, stage=stage, step=step, by=None, now=NOW)
    if hours is not None:
        made.touches.all().delete()
        for after in hours:
            Touch.objects.create(cadence=made, kind=f"{stage or step or 'book'}-{after}h", after_hours=after)
    return made


def publish(cadence: Cadence, *, now: datetime = LATER) -> None:
    publishing.publish(cadence=cadence, by=None, now=now)
    decide_batch(now=now)


def test_the_nearest_holds_alone(vendor: Vendor, version: PlaybookVersion) -> None:
    assert set(planned(at(vendor, version, "third"))) == STANDARD
    own(version, hours=[10])
    assert set(planned(at(vendor, version, "third"))) == {"book-10h"}
    own(version, stage="later", hours=[20])
    own(version, step="fourth", hours=[30])
    found = {step: set(planned(at(vendor, version, step))) for step in ("second", "third", "fourth")}
    assert found == {"second": {"book-10h"}, "third": {"later-20h"}, "fourth": {"fourth-30h"}}
    other = make_version(vendor, slug="other", steps=("third",), default=False)
    assert set(planned(at(vendor, other, "third"))) == STANDARD


def test_a_level_may_say_that_nothing_is_sent(vendor: Vendor, version: PlaybookVersion) -> None:
    own(version, stage="later", hours=[])
    own(version, step="fourth", hours=[5])
    assert planned(at(vendor, version, "third")) == {}
    assert set(planned(at(vendor, version, "fourth"))) == {"fourth-5h"}


def test_it_holds_for_new_versions_too(vendor: Vendor, version: PlaybookVersion) -> None:
    own(version, step="second", hours=[30])
    newer = publish_version(version=start_version(playbook=version.playbook, by=None, now=NOW), by=None, now=NOW)
    assert newer.number == 2
    assert set(planned(at(vendor, newer, "second"))) == {"second-30h"}
    assert set(planned(at(vendor, newer, "third"))) == STANDARD


def test_given_it_is_a_copy_and_changes_nothing(vendor: Vendor, version: PlaybookVersion) -> None:
    cadence = own(version, stage="stage", hours=[7, 9])
    here = at(vendor, version, "second")
    before, policy = planned(here), vendor.policy_version
    given = giving.give_own(playbook=version.playbook, step="second", by=None, now=LATER)
    again = giving.give_own(playbook=version.playbook, step="second", by=None, now=LATER)
    assert given == again
    assert set(given.touches.values_list("kind", "after_hours")) == set(
        cadence.touches.values_list("kind", "after_hours")
    )
    vendor.refresh_from_db()
    assert vendor.policy_version == policy
    assert planned(here) == before
    entries = AuditEntry.objects.filter(action="cadence.own", subject__endswith="second")
    assert entries.count() == 1


def test_what_a_stage_publishes_reaches_its_steps_alone(vendor: Vendor, version: PlaybookVersion) -> None:
    """Not those with touches of their own, nor other stages; and what is planned there is not even looked at."""
    own(version, step="fourth")
    cadence = drafting.start_draft(cadence=own(version, stage="later"), by=None, now=NOW)
    steps = {key: at(vendor, version, key) for key in ("second", "third", "fourth")}
    before = {key: planned(step) for key, step in steps.items()}
    drafting.remove_touch(cadence=cadence, kind="remind-48h", by=None, now=LATER)
    drafting.save_touch(cadence=cadence, kind="remind-24h", said=said(after_hours=30), by=None, now=LATER)
    new = drafting.save_touch(cadence=cadence, kind="", said=said(after_hours=72), by=None, now=LATER)
    publishing.publish(cadence=cadence, by=None, now=LATER)
    looked_at = FollowUp.objects.scheduled().filter(due_at=LATER).values_list("progress", flat=True)
    assert set(looked_at) == {steps["third"].pk}
    decide_batch(now=LATER)
    assert planned(steps["third"]) == {"remind-24h": NOW + timedelta(hours=30), new.kind: NOW + timedelta(hours=72)}
    assert {key: planned(steps[key]) for key in ("second", "fourth")} == {
        key: before[key] for key in ("second", "fourth")
    }
    assert FollowUp.objects.get(progress=steps["third"], kind="remind-48h").reason == "touch_removed"


def test_what_is_standard_reaches_neither(vendor: Vendor, version: PlaybookVersion, draft: Cadence) -> None:
    own(version, stage="later")
    own(version, step="second")
    new = drafting.save_touch(cadence=draft, kind="", said=said(), by=None, now=LATER)
    steps = {key: at(vendor, version, key) for key in ("first", "second", "third")}
    publish(draft)
    assert {key for key, step in steps.items() if new.kind in planned(step)} == {"first"}


def test_back_to_inheriting_is_a_draft_that_is_published(vendor: Vendor, version: PlaybookVersion) -> None:
    own(version, stage="later", hours=[20, 40])
    cadence = own(version, step="fourth", hours=[30])
    here = at(vendor, version, "fourth")
    assert giving.inherit_again(cadence=cadence, by=None, now=LATER)
    assert set(planned(here)) == {"fourth-30h"}
    cadence.refresh_from_db()
    changes = publishing.changes_of(cadence)
    assert ([one.kind for one in changes.added], [one.kind for one in changes.removed]) == (
        ["later-20h", "later-40h"],
        ["fourth-30h"],
    )
    publish(cadence)
    nine = datetime(2026, 3, 4, 8, tzinfo=UTC)  # in Berlin
    assert planned(here) == {"later-20h": nine, "later-40h": nine + timedelta(days=1)}
    assert not Cadence.objects.filter(step_key="fourth").exists()
    with pytest.raises(drafting.NoDraft):
        publishing.publish(cadence=cadence, by=None, now=LATER)


def test_that_draft_can_be_thought_better_of(version: PlaybookVersion, cadence: Cadence) -> None:
    assert not giving.inherit_again(cadence=cadence, by=None, now=LATER)  # the standard one stays
    step = own(version, step="fourth", hours=[30])
    giving.inherit_again(cadence=step, by=None, now=LATER)
    with pytest.raises(drafting.NoDraft):
        drafting.save_touch(cadence=step, kind="", said=said(), by=None, now=LATER)
    step = drafting.start_draft(cadence=step, by=None, now=LATER)
    assert not step.draft_inherits
    assert [touch.kind for touch in step.draft_touches.all()] == ["fourth-30h"]
    giving.send_nothing(cadence=step, by=None, now=LATER)
    publish(step)
    assert cadences_of([step.vendor_id]).of(step.vendor_id, Place(version.playbook_id, "later", "fourth")) == []


def test_a_step_that_moved_to_another_stage_has_two_heirs(vendor: Vendor, version: PlaybookVersion) -> None:
    """Whoever walks the older version is left to the stage in which it stands there."""
    own(version, stage="stage", hours=[12])
    own(version, stage="later", hours=[20])
    cadence = own(version, step="second", hours=[30])
    draft = start_version(playbook=version.playbook, by=None, now=NOW)
    draft.steps.filter(key="second").update(stage=draft.stages.get(key="later"))
    newer = publish_version(version=draft, by=None, now=NOW)
    old, new = at(vendor, version, "second"), at(vendor, newer, "second")
    giving.inherit_again(cadence=cadence, by=None, now=LATER)
    publish(cadence)
    assert (set(planned(old)), set(planned(new))) == ({"stage-12h"}, {"later-20h"})


def test_given_to_such_a_step_it_takes_it_from_the_other_stage(vendor: Vendor, version: PlaybookVersion) -> None:
    own(version, stage="stage", hours=[12])
    own(version, stage="later", hours=[20])
    draft = start_version(playbook=version.playbook, by=None, now=NOW)
    draft.steps.filter(key="second").update(stage=draft.stages.get(key="later"))
    newer = publish_version(version=draft, by=None, now=NOW)
    old, new = at(vendor, version, "second"), at(vendor, newer, "second")
    giving.give_own(playbook=version.playbook, step="second", by=None, now=LATER)
    decide_batch(now=LATER)
    assert (set(planned(old)), set(planned(new))) == ({"later-20h"}, {"later-20h"})


@pytest.mark.parametrize("draft_of", ["stage", "step", "gone"])
def test_rehearsed_it_is_what_then_happens(vendor: Vendor, version: PlaybookVersion, draft_of: str) -> None:
    own(version, hours=[26, 50])
    stage, step = own(version, stage="stage", hours=[20, 45]), own(version, step="first", hours=[30])
    for number, key in enumerate(("first", "second", "third", "first")):
        at(vendor, version, key, now=NOW + timedelta(minutes=number))
    cadence = stage if draft_of == "stage" else step
    if draft_of == "gone":
        giving.inherit_again(cadence=cadence, by=None, now=LATER)
    else:
        drafting.start_draft(cadence=cadence, by=None, now=LATER)
        drafting.save_touch(cadence=cadence, kind="", said=said(after_hours=70, to="manager"), by=None, now=LATER)
        kind = cadence.touches.earliest("after_hours").kind
        drafting.save_touch(cadence=cadence, kind=kind, said=said(after_hours=33), by=None, now=LATER)
    cadence.refresh_from_db()
    change = Change.of(cadence, publishing.changes_of(cadence))
    rehearsed = rehearse(vendor=vendor, now=LATER, until=LATER + A_WEEK, change=change)
    foretold = sorted((line.due.kind, line.at, line.reason) for line in rehearsed.lines if line.fate != Fate.LATER)
    assert len(as_live(rehearsed)) == len(foretold) > 5
    publishing.publish(cadence=cadence, by=None, now=LATER)
    live(until=LATER + A_WEEK, now=LATER)
    done = FollowUp.objects.finished().filter(finished_at__gte=LATER).values_list("kind", "finished_at", "reason")
    assert foretold == sorted(done)


def test_its_words_are_those_of_the_level(vendor: Vendor, version: PlaybookVersion) -> None:
    cadence = own(version, step="second")
    texts = {"en": {"subject": "Second", "body": "Only here"}}
    cadence.touches.filter(kind="remind-24h").update(texts=texts)
    Touch.objects.filter(cadence__playbook=None, kind="remind-48h").update(texts=texts)
    rows = FollowUp.objects.select_related("enrollment")
    first, second = at(vendor, version, "first"), at(vendor, version, "second")
    found = {(row.progress_id, row.kind): row for row in rows.filter(progress__in=[first, second], state="scheduled")}
    words = words_for(list(found.values()))
    told = {key: bool(words.of(row)) for key, row in found.items()}
    assert told == {
        (first.pk, "remind-24h"): False,
        (first.pk, "remind-48h"): True,
        (second.pk, "remind-24h"): True,
        (second.pk, "remind-48h"): False,
    }


def test_planning_and_deciding_cost_the_same_for_one_and_for_many(vendor: Vendor, version: PlaybookVersion) -> None:
    own(version, step="second", hours=[30])
    own(version, stage="later", hours=[20])
    counts = []
    for partners in (1, 6):
        enrollments = [make_enrollment(make_partner(vendor), version=version) for _ in range(partners)]
        steps = list(
            Progress.objects.filter(enrollment__in=enrollments).select_related("step", "enrollment__partner__vendor")
        )
        Progress.objects.filter(pk__in=[step.pk for step in steps]).update(state="open", turn="partner", turn_since=NOW)
        FollowUp.objects.all().delete()
        for step in steps:
            step.turn = "partner"
        with CaptureQueriesContext(connection) as captured:
            plan(steps=steps, now=NOW)
        planning = len(captured)
        with CaptureQueriesContext(connection) as captured:
            assert decide_batch(now=NOW + timedelta(hours=24)) == 3 * partners
        counts.append((planning, len(captured)))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("stage", "step", "playbook"), [("a", "b", True), ("a", "", False), ("", "b", False)])
def test_a_cadence_is_for_one_part_of_a_playbook(
    vendor: Vendor, version: PlaybookVersion, stage: str, step: str, playbook: bool
) -> None:
    of = version.playbook if playbook else None
    with pytest.raises(IntegrityError, match="cadence_of_one_part"), transaction.atomic():
        Cadence.objects.create(vendor=vendor, playbook=of, stage_key=stage, step_key=step, changed_at=NOW)


def test_whoever_left_the_step_is_not_drawn_in(vendor: Vendor, version: PlaybookVersion) -> None:
    cadence = own(version, step="first")
    gone, stuck = at(vendor, version, "first"), at(vendor, version, "first")
    Partner.objects.filter(pk=gone.enrollment.partner_id).update(state=Partner.State.LEFT)
    walking.get_stuck(progress=stuck, reason="No time", by=None, now=LATER)
    drafting.start_draft(cadence=cadence, by=None, now=LATER)
    new = drafting.save_touch(cadence=cadence, kind="", said=said(), by=None, now=LATER)
    publish(cadence)
    assert not FollowUp.objects.filter(kind=new.kind).exists()
    assert Enrollment.objects.count() == 2


def told(vendor: Vendor, cadence: Cadence | None = None) -> set[tuple[str, str]]:
    """Why each comes at all, of what is rehearsed."""
    change = Change.of(cadence, publishing.changes_of(cadence)) if cadence is not None else None
    found = rehearse(vendor=vendor, now=LATER, until=LATER + A_WEEK, change=change)
    rows = tell(found.lines, found, vendor=vendor, language="en")
    return {(line.due.kind, row.why[0]) for line, row in zip(found.lines, rows, strict=True)}


def test_a_rehearsal_says_whose_touch_it_is(vendor: Vendor, version: PlaybookVersion) -> None:
    own(version, hours=[20])
    own(version, stage="later", hours=[30])
    cadence = own(version, step="fourth", hours=[40])
    cadence.touches.update(basis="working")
    other = make_version(vendor, slug="other", steps=("third",), default=False)
    for book, key in ((version, "second"), (version, "third"), (version, "fourth"), (other, "third")):
        at(vendor, book, key)
    assert dict(told(vendor)) == {
        "book-20h": "20 hours after the step opens, a touch of the playbook “Your start”",
        "later-30h": "30 hours after the step opens, a touch of the stage “Later on”",
        "fourth-40h": "40 working hours after the step opens, a touch of the step “Do the fourth thing”",
        "remind-24h": "24 hours after the step opens",
        "remind-48h": "48 hours after the step opens",
    }
    giving.inherit_again(cadence=cadence, by=None, now=LATER)
    cadence.refresh_from_db()
    then = told(vendor, cadence)
    assert ("later-30h", "30 hours after the step opens, a touch of the stage “Later on”; a new touch") in then
    assert dict(then)["fourth-40h"].startswith("40 working hours")  # called off, by what is in force


def test_a_receipt_says_it_of_what_ended_under_it(vendor: Vendor, version: PlaybookVersion) -> None:
    here = at(vendor, version, "third")
    FollowUp.objects.filter(kind="remind-24h").update(state="cancelled", reason="snoozed", finished_at=NOW)
    giving.give_own(playbook=version.playbook, stage="later", by=None, now=LATER)
    reckoning = Reckoning(vendor, [here.enrollment.partner_id])
    rows = FollowUp.objects.filter(progress=here).select_related("enrollment__version", "progress__step__stage")
    words = {row.kind: reckoning.words(row) for row in rows}
    assert words == {
        "remind-24h": "24 hours after the step opened",
        "remind-48h": "48 hours after the step opened, a touch of the stage “Later on”",
    }


def test_who_goes_over_to_a_version_with_the_step_elsewhere_has_what_holds_there(
    vendor: Vendor, version: PlaybookVersion
) -> None:
    own(version, stage="stage", hours=[30])
    own(version, stage="later", hours=[40])
    here, there = at(vendor, version, "second"), at(vendor, version, "third")
    draft = start_version(playbook=version.playbook, by=None, now=NOW)
    draft.steps.filter(key="second").update(stage=draft.stages.get(key="later"))
    newer = publish_version(version=draft, by=None, now=NOW)
    asked = upgrading.ask_for_upgrade(version=newer, choices={}, by=None, now=LATER)
    upgrading.carry_out(upgrade=asked, now=LATER)
    decide_batch(now=LATER + timedelta(minutes=1))
    assert (set(planned(here)), set(planned(there))) == ({"later-40h"}, {"later-40h"})
    assert FollowUp.objects.get(progress=here, kind="stage-30h").reason == "touch_removed"
