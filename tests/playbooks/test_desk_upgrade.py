"""Bringing partners over and comparing versions, through their pages."""

from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from partners.models import Member, Vendor
from playbooks.models import Enrollment, PlaybookVersion, Progress, Upgrade
from playbooks.upgrading import ask_for_upgrade
from tests.factories import NOW, make_user, make_vendor, make_version
from tests.playbooks.desk import Desk
from tests.playbooks.test_upgrading import LATER, SECOND_ANEW, make_next, start

pytestmark = pytest.mark.django_db


@pytest.fixture
def newest(vendor: Vendor) -> PlaybookVersion:
    """With one on each of the three steps of the version before it; the second step says more, a fourth is new."""
    version = make_version(vendor)
    for done in range(3):
        start(version, done=done)
    return make_next(version, ["first", "new", SECOND_ANEW])


def text(response: object) -> str:
    return " ".join(unescape(getattr(response, "content", b"").decode()).split())


def test_what_each_choice_would_do_is_counted(desk: Desk, newest: PlaybookVersion) -> None:
    page = text(desk.get("desk-playbook-upgrade", newest.playbook_id))
    assert "3 partners are on an earlier version." in page
    for line in (
        "Change it for 2 partners who have not begun it",
        "Change it for all 2 who have not done it, also in the middle of it",
        "1 partner has done it; that stays as it was.",
        "Add it for 1 partner who has not passed its place",
        "Add it for all 3, as the next step for those who have passed it",
        "Take it out for 2 partners who have not come to it",
        "Bring 3 partners over",
    ):
        assert line in page


def test_partners_are_counted_and_not_their_steps_in_play(desk: Desk, newest: PlaybookVersion) -> None:
    """One who waits for approval of the second step, with the third open beside it; and one with nothing in play."""
    passed = Enrollment.objects.order_by("pk")[1]
    passed.progress.filter(step__key="third").update(state="open", turn="partner", turn_since=NOW)
    Enrollment.objects.order_by("pk")[2].progress.in_play().update(
        state="skipped", turn="", turn_since=None, settled_at=NOW
    )
    page = text(desk.get("desk-playbook-upgrade", newest.playbook_id))
    assert "3 partners are on an earlier version." in page
    assert "Add it for 2 partners who have not passed its place" in page
    assert "Add it for all 3, as the next step for those who have passed it" in page
    choices: dict[str, Any] = {"step-new": "untouched"}
    desk.post("desk-playbook-upgrade", newest.playbook_id, number=2, **choices)
    assert Progress.objects.filter(step__key="new").count() == 2


def test_bringing_over_and_taking_back(desk: Desk, newest: PlaybookVersion) -> None:
    choices: dict[str, Any] = {"step-new": "adopt", "step-second": "untouched", "step-third": "untouched"}
    page = text(desk.post("desk-playbook-upgrade", newest.playbook_id, follow=True, number=2, **choices))
    assert "3 partners have gone over." in page
    assert "Everybody is on version 2" in page
    upgrade = Upgrade.objects.get()
    assert (upgrade.asked_by, upgrade.choices["new"]) == (desk.user, "adopt")
    page = text(desk.post("desk-playbook-upgrade-undo", newest.playbook_id, upgrade.pk, follow=True))
    assert "3 partners are back on the version before." in page
    assert set(Enrollment.objects.values_list("version__number", flat=True)) == {1}
    page = text(desk.post("desk-playbook-upgrade-undo", newest.playbook_id, upgrade.pk, follow=True))
    assert "This can no longer be taken back" in page


@pytest.mark.parametrize("sent", [{"number": "1"}, {}, {"number": "2", "step-new": "perhaps"}])
def test_choices_about_another_version_move_nobody(desk: Desk, newest: PlaybookVersion, sent: dict[str, Any]) -> None:
    page = text(desk.post("desk-playbook-upgrade", newest.playbook_id, follow=True, **sent))
    assert "Another version was published meanwhile." in page
    assert not Upgrade.objects.exists()


def test_what_is_under_way_is_shown_and_can_be_gone_on_with(desk: Desk, newest: PlaybookVersion) -> None:
    ask_for_upgrade(version=newest, choices={}, by=None, now=NOW)
    for headers in ({}, {"HX-Request": "true"}):
        address = reverse("desk-playbook-upgrade", args=["acme", newest.playbook_id])
        assert "0 of 3 partners are through" in text(desk.client.get(address, headers=headers))
    assert "3 partners have gone over." in text(
        desk.post("desk-playbook-upgrade", newest.playbook_id, follow=True, action="continue")
    )


def test_only_who_may_act_brings_over_and_only_their_own(
    vendor: Vendor, client: Client, newest: PlaybookVersion
) -> None:
    viewer = Desk(client, vendor).enter(Member.Role.VIEWER)
    assert viewer.post("desk-playbook-upgrade", newest.playbook_id, number=2).status_code == 403
    other = Desk(client, make_vendor("other")).enter(Member.Role.OWNER)
    upgrade = ask_for_upgrade(version=newest, choices={}, by=None, now=NOW)
    for name, ids in (
        ("desk-playbook-upgrade", ()),
        ("desk-playbook-upgrade-undo", (upgrade.pk,)),
    ):
        assert other.post(name, newest.playbook_id, *ids).status_code == 404
    assert other.get("desk-playbook-compare", newest.playbook_id).status_code == 404


def test_queries_do_not_grow(
    desk: Desk, newest: PlaybookVersion, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(18) as few:
        desk.get("desk-playbook-upgrade", newest.playbook_id)
    before = newest.playbook.versions.get(number=1)
    for done in range(3):
        start(before, done=done)
    with django_assert_max_num_queries(len(few)):
        desk.get("desk-playbook-upgrade", newest.playbook_id)


def test_two_versions_word_by_word(desk: Desk, newest: PlaybookVersion) -> None:
    response = desk.get("desk-playbook-compare", newest.playbook_id)
    page = response.content.decode()
    assert "<ins>The new thing pays.</ins>" in page
    assert "<ins>25</ins>" in page
    assert "<del>10</del>" in page
    for title in ("Do the new thing", "Do the third thing"):
        assert title in page
    same = desk.client.get(response.request["PATH_INFO"], {"before": 2, "after": 2})
    assert "No difference" in same.content.decode()
    turned = desk.client.get(response.request["PATH_INFO"], {"before": 2, "after": 1}).content.decode()
    assert "<ins>25</ins>" in turned
    assert desk.client.get(response.request["PATH_INFO"], {"before": 7}).status_code == 404


def test_the_reseller_sees_what_changed(desk: Desk, newest: PlaybookVersion) -> None:
    enrollment = Enrollment.objects.order_by("pk")[0]
    user = make_user()
    enrollment.partner.contacts.update(user=user)
    taken: dict[str, Any] = {"step-new": "adopt", "step-second": "adopt"}
    desk.post("desk-playbook-upgrade", newest.playbook_id, number=2, **taken)
    client = Client()
    client.force_login(user)
    today = text(client.get(reverse("my-today")))
    assert "“Your start” was updated" in today
    assert "1 new step and 1 changed." in today
    steps = text(client.get(reverse("my-playbook")))
    assert steps.count("The start") == 1
    assert "Do the new thing" in steps
    assert "<dt>Changed</dt><dd>Do the second thing</dd>" in steps


def test_bringing_nobody_over_is_refused_and_what_was_brought_over_can_be_taken_back(
    desk: Desk, newest: PlaybookVersion
) -> None:
    for said in ("3 partners have gone over.", "They were brought over already"):  # the same page in two windows
        assert said in text(desk.post("desk-playbook-upgrade", newest.playbook_id, follow=True, number=2))
    upgrade = Upgrade.objects.get()
    # One that found nobody, as two at the same moment leave it, is not what came last.
    Upgrade.objects.create(
        vendor=desk.vendor, playbook=newest.playbook, version=newest, asked_at=LATER, ended_at=LATER, waiting=0
    )
    page = text(desk.get("desk-playbook-upgrade", newest.playbook_id))
    assert "3 partners, version 2" in page
    assert reverse("desk-playbook-upgrade-undo", args=["acme", newest.playbook_id, upgrade.pk]) in page
    page = text(desk.post("desk-playbook-upgrade-undo", newest.playbook_id, upgrade.pk, follow=True))
    assert "3 partners are back on the version before." in page
