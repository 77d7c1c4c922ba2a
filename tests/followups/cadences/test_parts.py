"""A playbook's stages and steps in the browser: whose touches hold where, giving some their own, and back."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followups.cadences import drafting, giving
from followups.models import Cadence, DraftTouch, FollowUp, Touch
from partners.models import Member, Vendor
from playbooks.models import Playbook, PlaybookVersion
from playbooks.publishing import publish as publish_version
from playbooks.publishing import start_draft as start_version
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_vendor, make_version
from tests.followups.cadences.test_pages import BASE, TYPED, address, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(vendor: Vendor) -> PlaybookVersion:
    return make_version(vendor, steps=("first", "second", {"key": "ours", "who": "vendor"}))


def tree(playbook: Playbook, rest: str = "") -> str:
    return f"{BASE}playbooks/{playbook.pk}/{rest}"


def own(playbook: Playbook, **part: str) -> Cadence:
    return giving.give_own(playbook=playbook, by=None, now=NOW, **part)


def draft_of(desk: Client, playbook: Playbook, rest: str, **key: str) -> Cadence:
    desk.post(tree(playbook, rest))
    return Cadence.objects.get(playbook=playbook, **key)


def held(page: Any) -> dict[str, str]:
    """By key: whose touches hold there, as the page says it."""
    stages = page.context["tree"].stages
    return {part.key: part.holds for stage in stages for part in (stage, *stage.steps)}


def publish(desk: Client, cadence: Cadence) -> Any:
    """As its page does: with what was shown there."""
    seen = desk.get(address(cadence, "publish/")).context["seen"]
    return desk.post(address(cadence, "publish/"), {"seen": seen}, follow=True)


def test_a_step_gets_its_own_and_gives_them_up(desk: Client, vendor: Vendor, version: PlaybookVersion) -> None:
    book = version.playbook
    enrollment = make_enrollment(make_partner(vendor), version=version)
    assert held(desk.get(tree(book))) == {
        "stage": "As the standard",
        "first": "As the standard",
        "second": "As the standard",
        "ours": "Yours to do: nobody is reminded",
    }
    cadence = draft_of(desk, book, "steps/first/own/", step_key="first")
    page = text(desk.get(address(cadence)))
    assert "Do the first thing" in page
    assert "For this step alone" in page
    assert desk.post(address(cadence, "touch/"), TYPED).status_code == 302
    rehearsed = desk.get(address(cadence, "publish/"))
    assert "a touch of the step “Do the first thing”" in text(rehearsed)
    desk.post(address(cadence, "publish/"), {"seen": rehearsed.context["seen"]})
    assert FollowUp.objects.scheduled().filter(enrollment=enrollment).count() == 3
    assert held(desk.get(tree(book)))["first"] == "3 touches of its own"
    inheriting = text(desk.post(address(cadence, "standard/"), follow=True))
    assert "The standard touches will hold here again" in inheriting
    assert "The standard touches will hold here again:" in text(desk.get(address(cadence)))
    after = publish(desk, cadence)
    assert "Its own touches are gone" in text(after)
    assert held(after)["first"] == "As the standard"


def test_the_tree_says_who_inherits_what(desk: Client, version: PlaybookVersion) -> None:
    book = version.playbook
    own(book)
    own(book, step="second").touches.all().delete()
    page = desk.get(tree(book))
    assert (page.context["tree"].book.holds, held(page)["stage"], held(page)["first"]) == (
        "2 touches of its own",
        "As the playbook",
        "As the playbook",
    )
    assert held(page)["second"] == "Nothing is sent here"
    cadence = own(book, stage="stage")
    assert held(desk.get(tree(book)))["first"] == "As the stage"
    assert "For the steps of this stage alone" in text(desk.get(address(cadence)))
    assert "1 stage or step" not in text(desk.get(BASE))
    assert "2 stages and steps with their own" in text(desk.get(BASE))


def test_nothing_at_all_is_a_decision_of_its_own(desk: Client, version: PlaybookVersion) -> None:
    cadence = draft_of(desk, version.playbook, "stages/stage/own/", stage_key="stage")
    page = text(desk.post(address(cadence, "nothing/"), follow=True))
    assert "That is a decision of its own" in page
    assert cadence.touches.exists()
    publish(desk, cadence)
    assert not cadence.touches.exists()
    assert held(desk.get(tree(version.playbook)))["first"] == "As the stage"
    assert held(desk.get(tree(version.playbook)))["stage"] == "Nothing is sent here"


def test_a_step_that_is_gone_says_who_still_comes_to_it(desk: Client, vendor: Vendor, version: PlaybookVersion) -> None:
    book = version.playbook
    cadence = own(book, step="second")
    make_enrollment(make_partner(vendor), version=version)
    draft = start_version(playbook=book, by=None, now=NOW)
    draft.steps.get(key="second").delete()
    publish_version(version=draft, by=None, now=NOW)
    words = "The newest version no longer has this. It still counts for 1 partner who has it before them."
    assert words in text(desk.get(tree(book)))
    assert words in text(desk.get(address(cadence)))
    version.enrollments.update(state="stopped", ended_at=NOW)
    words = "nobody has it before them any more. It can be taken away."
    assert words in text(desk.get(tree(book)))
    assert words in text(desk.get(address(cadence)))
    asked = desk.post(address(cadence, "standard/"), follow=True)
    desk.post(address(cadence, "publish/"), {"seen": asked.context["seen"]})
    assert "No longer in the newest version" not in text(desk.get(tree(book)))


def test_what_is_in_the_draft_of_the_playbook_alone(desk: Client, version: PlaybookVersion) -> None:
    book = version.playbook
    draft = start_version(playbook=book, by=None, now=NOW)
    draft.steps.filter(key="second").update(key="renewed")
    page = desk.get(tree(book))
    assert [[step.key for step in stage.steps] for stage in page.context["tree"].coming] == [["renewed"]]
    cadence = draft_of(desk, book, "steps/renewed/own/", step_key="renewed")
    assert "only in the playbook’s draft" in text(desk.get(address(cadence)))
    assert desk.get(tree(book)).context["tree"].gone == []


def test_a_preview_is_of_the_step_it_is_for(desk: Client, vendor: Vendor, version: PlaybookVersion) -> None:
    first = make_partner(vendor, company="First GmbH")
    make_enrollment(first, version=version)
    for part, words in (
        ({"step": "second"}, "Your next step: Do the second thing"),
        ({"stage": "stage"}, "first thing"),
    ):
        cadence = own(version.playbook, **part)
        page = text(desk.get(address(cadence, "touches/remind-24h/preview/")))
        assert words in page
        assert "First GmbH" in page


def test_what_was_thrown_away_in_another_tab_is_not_published_silently(desk: Client, version: PlaybookVersion) -> None:
    cadence = draft_of(desk, version.playbook, "steps/first/own/", step_key="first")
    DraftTouch.objects.filter(cadence=cadence).update(after_hours=30)
    desk.post(address(cadence, "draft/discard/"))
    assert "Nothing was published: the draft is gone." in text(desk.post(address(cadence, "publish/"), follow=True))
    assert "There is no draft to publish any more." in text(desk.get(address(cadence, "publish/"), follow=True))
    assert not Touch.objects.filter(cadence=cadence, after_hours=30).exists()


def test_what_was_changed_in_another_tab_is_looked_at_first(desk: Client, version: PlaybookVersion) -> None:
    cadence = draft_of(desk, version.playbook, "steps/first/own/", step_key="first")
    desk.post(address(cadence, "touches/remind-24h/"), TYPED)
    seen = desk.get(address(cadence, "publish/")).context["seen"]
    desk.post(address(cadence, "touches/remind-24h/"), {**TYPED, "after_hours": "31"})
    page = desk.post(address(cadence, "publish/"), {"seen": seen}, follow=True)
    assert "Not published yet: the draft was changed meanwhile." in text(page)
    assert not Touch.objects.filter(cadence=cadence, after_hours__in=[30, 31]).exists()
    desk.post(address(cadence, "publish/"), {"seen": page.context["seen"]})
    assert Touch.objects.filter(cadence=cadence, after_hours=31).exists()


def test_a_draft_that_says_the_same_says_so(desk: Client, version: PlaybookVersion) -> None:
    cadence = draft_of(desk, version.playbook, "steps/first/own/", step_key="first")
    assert "Nothing has changed." in text(publish(desk, cadence))


def test_other_vendors_playbooks_and_keys_that_are_none(desk: Client, version: PlaybookVersion) -> None:
    foreign = make_version(make_vendor("other")).playbook
    assert desk.get(tree(foreign)).status_code == 404
    for rest in ("own/", "stages/stage/own/", "steps/first/own/"):
        assert desk.post(tree(foreign, rest)).status_code == 404
    for rest in ("stages/first/own/", "steps/stage/own/", "steps/none/own/"):
        assert desk.post(tree(version.playbook, rest)).status_code == 404
    theirs = own(foreign, step="first")
    for rest in ("standard/", "nothing/"):
        assert desk.post(address(theirs, rest)).status_code == 404
    assert desk.get(tree(version.playbook, "steps/first/own/")).status_code == 405
    assert Cadence.objects.exclude(playbook=None).count() == 1


def test_a_viewer_looks_and_changes_nothing(vendor: Vendor, version: PlaybookVersion) -> None:
    cadence = own(version.playbook, step="first")
    viewer = Client()
    user = make_member(vendor, role=Member.Role.VIEWER).user
    viewer.force_login(user, "django.contrib.auth.backends.ModelBackend")
    assert "Give it its own" not in text(viewer.get(tree(version.playbook)))
    assert "Use the standard ones again" not in text(viewer.get(address(cadence)))
    for rest in ("steps/second/own/", "stages/stage/own/"):
        assert viewer.post(tree(version.playbook, rest)).status_code == 403
    for rest in ("standard/", "nothing/"):
        assert viewer.post(address(cadence, rest)).status_code == 403


def test_its_queries_do_not_grow(desk: Client, vendor: Vendor) -> None:
    def queries(playbook: Playbook) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(tree(playbook)).status_code == 200
        return len(captured)

    counts = []
    for number, steps in enumerate((3, 12)):
        keys = [f"step-{at}" for at in range(steps)]
        version = make_version(vendor, slug=f"p{number}", steps=keys, default=False)
        for key in keys[1:]:
            own(version.playbook, step=key)
        for at in range(number + 1):
            Cadence.objects.create(vendor=vendor, playbook=version.playbook, step_key=f"gone-{at}", changed_at=NOW)
        start_version(playbook=version.playbook, by=None, now=NOW)
        counts.append(queries(version.playbook))
    assert counts[0] == counts[1] <= 20


def test_given_twice_its_draft_is_kept(desk: Client, version: PlaybookVersion) -> None:
    cadence = draft_of(desk, version.playbook, "steps/first/own/", step_key="first")
    drafting.remove_touch(cadence=cadence, kind="remind-48h", by=None, now=NOW)
    desk.post(tree(version.playbook, "steps/first/own/"))
    assert list(cadence.draft_touches.values_list("kind", flat=True)) == ["remind-24h"]


def test_the_form_of_a_step_says_whose_touches_hold_and_leads_there(desk: Client, version: PlaybookVersion) -> None:
    own(version.playbook, stage="stage")
    draft = start_version(playbook=version.playbook, by=None, now=NOW)
    step = draft.steps.get(key="second")
    page = text(desk.get(f"/v/nordlicht/playbooks/{version.playbook_id}/steps/{step.pk}/"))
    assert "Reminders of this step: As the stage." in page
    assert f'href="{tree(version.playbook)}#step-second"' in page
