"""What the vendor gives on delivery, as an answer that later steps hang on."""

from typing import Any

import pytest

from partners.models import Vendor
from playbooks import handing_over, walking
from playbooks.checking import check
from playbooks.models import Enrollment, Handover
from playbooks.paths.answers import never_given
from tests.clock import Clock
from tests.factories import (
    NOW,
    make_enrollment,
    make_field,
    make_partner,
    make_vendor,
    make_version,
)
from tests.playbooks.offers.world import HOUR, bring, make_offer

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%%EOF"
MANY = {"about": "answer", "how": "over", "values": ["5"], "step": "ask", "field": "clients"}
GERMAN = {"about": "country", "how": "in", "values": ["DE", "AT"]}


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    clock.instant = NOW + 6 * HOUR
    return make_vendor("acme", name="Acme", country="DE", time_zone="Europe/Berlin")


def states(enrollment: Enrollment) -> list[str]:
    return list(enrollment.progress.order_by("position").values_list("state", flat=True))


def done_for(vendor: Vendor, asked: dict[str, Any], test: dict[str, Any], **given: Any) -> Enrollment:
    """A partner in Switzerland for whom ``ask`` was delivered; ``plan`` depends on the answer, ``tax`` on Germany."""
    asking = {"key": "ask", "evidence": [asked], "offer": make_offer()}
    steps: list[Any] = [asking, {"key": "plan", "condition": [test]}, {"key": "tax", "condition": [GERMAN]}, "call"]
    version = make_version(vendor, steps=steps)
    enrollment = make_enrollment(make_partner(vendor, country="CH"), version=version)
    step = enrollment.progress.select_related("step").get(position=0)
    bring(step, "ask")
    handing_over.deliver(progress=step, by=None, now=NOW + 6 * HOUR, given=given)
    bring(step, "confirm")
    return enrollment


@pytest.mark.parametrize(("clients", "states_then"), [("12", "open"), ("3", "skipped")])
def test_what_the_vendor_gave_decides_as_the_partners_answer_would(
    vendor: Vendor, clients: str, states_then: str
) -> None:
    enrollment = done_for(vendor, make_field("clients", "number"), MANY, clients=clients)
    assert states(enrollment)[:2] == ["done", states_then]
    assert not [each for each in check(version=enrollment.version) if each.is_of_path]


def test_what_the_vendor_need_not_give_and_did_not_is_no_answer(vendor: Vendor) -> None:
    enrollment = done_for(vendor, make_field("clients", "number", required=False), MANY)
    assert states(enrollment) == ["done", "skipped", "skipped", "open"]


def test_delivered_by_a_release_that_asked_for_nothing_it_leaves_nothing_out(vendor: Vendor) -> None:
    asked = make_field("clients", "number", required=False)
    enrollment = done_for(vendor, asked, MANY)
    Handover.objects.update(with_evidence=False)
    plan = enrollment.progress.get(position=1)
    assert never_given({enrollment.pk: {("ask", "clients")}}) == {(enrollment.pk, ("ask", "clients"))}
    assert plan.left_out  # as it was then


def test_a_quiz_that_nobody_took_leaves_nothing_out(vendor: Vendor) -> None:
    """It is the partner's own learning: the vendor who does the step is not asked."""
    quiz = make_field("when", "question", options=[("Yes", True), ("No", False)])
    said_yes = {"about": "answer", "step": "ask", "field": "when", "how": "in", "values": ["Yes"]}
    enrollment = done_for(vendor, quiz, said_yes)
    assert states(enrollment) == ["done", "open", "locked", "locked"]
    walking.complete(progress=enrollment.progress.get(position=1), by=None, now=NOW)
    assert states(enrollment) == ["done", "done", "skipped", "open"]  # what is known of them still decides
    warned = [each.message for each in check(version=enrollment.version) if not each.blocks and each.is_of_path]
    assert len(warned) == 1
    assert "depends on a quiz of “Do the ask thing”, which you also offer to do" in warned[0]
    skipped = make_enrollment(make_partner(vendor, country="CH"), version=enrollment.version)
    walking.skip(progress=skipped.progress.get(position=0), reason="Not now", by=None, now=NOW)
    assert states(skipped) == ["skipped", "open", "locked", "locked"]
