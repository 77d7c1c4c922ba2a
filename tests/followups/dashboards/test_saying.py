"""What to say to a silent partner: by its kind of silence, in its own words, and nothing to who is not silent."""

from datetime import timedelta

import pytest

from followups.dashboards.saying import what_to_say
from followups.models import Standing
from partners.models import Partner
from playbooks.models import Enrollment
from playbooks.walking import complete
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner
from tests.followups import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner(clock: Clock) -> Partner:
    partner = make_partner()
    make_enrollment(partner)
    return partner


def said(partner: Partner, kind: str) -> list[str]:
    Standing.objects.filter(pk=partner.pk).update(silence_kind=kind, silence_since=NOW)
    standing = Standing.objects.select_related("enrollment").get(pk=partner.pk)
    return what_to_say(standing, progress=world.first_step(partner), language="en")


def test_who_never_began_is_asked_and_helped_with_the_first_minutes(partner: Partner) -> None:
    Enrollment.objects.update(goal="  Three clients by June.  ")
    assert said(partner, "never_started") == [
        "Ask what came up. Nobody has to explain why nothing was done.",
        "Play back what they want: “Three clients by June.”",
        "Offer to do “Do the first thing” together now: it takes 10 min.",
        "If they say “No time”: Take ten minutes.",
    ]


def test_who_stopped_hears_first_what_is_done(partner: Partner) -> None:
    complete(progress=world.first_step(partner), by=None, now=NOW)
    assert said(partner, "stopped") == [
        "Begin with what they have done: 1 of 3 steps.",
        "Ask what came up at “Do the second thing”.",
        "If they say “No time”: Take ten minutes.",
    ]


def test_who_ordered_once_is_not_asked_for_an_order(partner: Partner) -> None:
    points = said(partner, "ordered_once")
    assert "satisfied" in points[0]
    assert "Do not ask for the next order" in points[-1]


def test_who_waits_for_us_is_told_when(partner: Partner) -> None:
    assert said(partner, "waiting_on_us") == ["Say that you know they wait, and when they hear from you."]


def test_who_is_not_silent_needs_no_words(partner: Partner) -> None:
    standing = Standing.objects.select_related("enrollment").get(pk=partner.pk)
    assert what_to_say(standing, progress=world.first_step(partner), language="en") == []


def test_a_step_without_obstacles_and_a_partner_without_a_step(partner: Partner, clock: Clock) -> None:
    step = world.first_step(partner)
    step.step.texts["en"]["obstacles"] = [{"what": "No time", "answer": ""}]
    standing = Standing.objects.select_related("enrollment").get(pk=partner.pk)
    standing.silence_kind = "stopped"
    standing.silence_since = clock.instant - timedelta(days=1)
    assert what_to_say(standing, progress=step, language="en") == ["Ask what came up at “Do the first thing”."]
    assert what_to_say(standing, progress=None, language="en") == []
