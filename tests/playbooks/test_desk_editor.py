"""The page of one playbook and what is pressed on it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from partners.models import Member, Vendor
from playbooks.models import PlaybookVersion
from playbooks.publishing import publish
from tests.factories import NOW, make_member, make_user, make_vendor, make_version
from tests.playbooks.desk import Desk, a_long_draft

pytestmark = pytest.mark.django_db

GETS = ("desk-playbook", "desk-playbook-details", "desk-playbook-publish", "desk-playbook-history")


def test_the_page_shows_stages_and_steps(desk: Desk, draft: PlaybookVersion) -> None:
    page = desk.get("desk-playbook", draft.playbook_id).content.decode()
    assert "The start" in page
    assert page.index("Do the first thing") < page.index("Do the second thing")
    assert "Check and publish" in page


@pytest.mark.parametrize("name", GETS)
def test_another_vendors_playbook_is_not_there(desk: Desk, name: str) -> None:
    other = make_version(make_vendor(), published=False)
    assert desk.get(name, other.playbook_id).status_code == 404


@pytest.mark.parametrize("name", GETS)
def test_an_outsider_finds_nothing(vendor: Vendor, draft: PlaybookVersion, client: Client, name: str) -> None:
    client.force_login(make_user())
    assert client.get(reverse(name, args=["acme", draft.playbook_id])).status_code == 404


@pytest.mark.parametrize("name", [name for name in GETS if name != "desk-playbook-publish"])
def test_a_viewer_reads(desk: Desk, draft: PlaybookVersion, name: str) -> None:
    desk.enter(Member.Role.VIEWER)
    page = desk.get(name, draft.playbook_id, follow=True)  # a form that is theirs to look at alone shows the playbook
    assert page.status_code == 200
    assert b"btn-primary" not in page.content


def test_a_viewer_publishes_nothing(desk: Desk, draft: PlaybookVersion) -> None:
    desk.enter(Member.Role.VIEWER)
    assert desk.get("desk-playbook-publish", draft.playbook_id).status_code == 403


def posts(draft: PlaybookVersion) -> dict[str, tuple[list[int], dict[str, Any]]]:
    stage, step = draft.stages.get(), draft.steps.all()[0]
    book = draft.playbook_id
    return {
        "desk-playbook-move": ([book], {"place": f"step:{step.pk}:{stage.pk}:2"}),
        "desk-playbook-stage-new": ([book], {"title": "Later", "count": 1}),
        "desk-playbook-step-new": ([book, stage.pk], {"title": "Call", "count": 3}),
        "desk-playbook-stage": ([book, stage.pk], {"title_en": "Renamed"}),
        "desk-playbook-stage-remove": ([book, stage.pk], {}),
        "desk-playbook-step-remove": ([book, step.pk], {}),
        "desk-playbook-details": ([book], {"wanted": ["en"], "name_en": "Other"}),
        "desk-playbook-draft": ([book], {}),
        "desk-playbook-discard": ([book], {}),
        "desk-playbook-default": ([book], {}),
        "desk-playbook-publish": ([book], {}),
    }


NAMES = [
    *("desk-playbook-move", "desk-playbook-stage-new", "desk-playbook-step-new", "desk-playbook-stage"),
    *("desk-playbook-stage-remove", "desk-playbook-step-remove", "desk-playbook-details", "desk-playbook-draft"),
    *("desk-playbook-discard", "desk-playbook-default", "desk-playbook-publish"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_viewer_changes_nothing(desk: Desk, draft: PlaybookVersion, name: str) -> None:
    desk.enter(Member.Role.VIEWER)
    ids, data = posts(draft)[name]
    assert desk.post(name, *ids, **data).status_code == 403
    assert draft.steps.count() == 3


@pytest.mark.parametrize("name", NAMES)
def test_a_member_of_another_vendor_changes_nothing(desk: Desk, name: str) -> None:
    other = make_version(make_vendor(), published=False)
    ids, data = posts(other)[name]
    before = list(other.steps.order_by("pk").values()), list(other.stages.values())
    assert desk.post(name, *ids, **data).status_code == 404
    assert (list(other.steps.order_by("pk").values()), list(other.stages.values())) == before


@pytest.mark.parametrize(
    "name",
    [name for name in NAMES if name not in ("desk-playbook-stage", "desk-playbook-details", "desk-playbook-publish")],
)
def test_reading_a_door_that_only_changes_is_refused(desk: Desk, draft: PlaybookVersion, name: str) -> None:
    ids, _data = posts(draft)[name]
    assert desk.get(name, *ids).status_code == 405


@pytest.mark.parametrize("name", [name for name in NAMES if "remove" not in name and "discard" not in name])
def test_twice_does_nothing_twice(desk: Desk, draft: PlaybookVersion, name: str) -> None:
    ids, data = posts(draft)[name]
    said = []
    for _ in range(2):
        assert desk.post(name, *ids, **data).status_code == 302
        version = PlaybookVersion.objects.get(playbook=draft.playbook_id)
        said.append((list(version.steps.values()), list(version.stages.values()), version.texts, version.state))
    assert said[0] == said[1]


def test_a_part_of_another_vendors_playbook_is_not_there(desk: Desk, draft: PlaybookVersion) -> None:
    other = make_version(make_vendor(), published=False)
    stage, step = other.stages.get(), other.steps.all()[0]
    assert desk.get("desk-playbook-stage", draft.playbook_id, stage.pk).status_code == 404
    place = f"step:{step.pk}:{draft.stages.get().pk}:0"
    assert desk.post("desk-playbook-move", draft.playbook_id, place=place).status_code == 404
    place = f"step:{draft.steps.all()[0].pk}:{stage.pk}:0"
    assert desk.post("desk-playbook-move", draft.playbook_id, place=place).status_code == 404


@pytest.mark.parametrize("place", ["", "step", "step:1", "stage:x:1", "other:1:2", "step:1:2:-3", "stage:99999:0"])
def test_a_place_that_no_page_sends_is_refused(desk: Desk, draft: PlaybookVersion, place: str) -> None:
    assert desk.post("desk-playbook-move", draft.playbook_id, place=place).status_code == 404


def test_the_arrows_move_a_step_and_a_stage(desk: Desk, draft: PlaybookVersion) -> None:
    stage, (first, *_rest) = draft.stages.get(), draft.steps.all()
    page = desk.get("desk-playbook", draft.playbook_id).content.decode()
    place = f"step:{first.pk}:{stage.pk}:1"
    assert f'value="{place}"' in page
    response = desk.post("desk-playbook-move", draft.playbook_id, place=place)
    assert response["Location"].endswith(f"#step-{first.pk}")
    assert [step.key for step in draft.steps.order_by("position")] == ["second", "first", "third"]


def test_htmx_gets_the_outline_alone(desk: Desk, draft: PlaybookVersion) -> None:
    place = f"step:{draft.steps.all()[0].pk}:{draft.stages.get().pk}:1"
    response = desk.post("desk-playbook-move", draft.playbook_id, htmx=True, place=place)
    page = response.content.decode()
    assert page.lstrip().startswith('<div id="outline"')
    assert "<html" not in page
    assert "Step moved." in page


def test_a_page_that_was_open_when_somebody_published_says_so(desk: Desk, draft: PlaybookVersion) -> None:
    ids, data = posts(draft)["desk-playbook-step-new"]
    publish(version=draft, by=None, now=NOW)
    response = desk.post("desk-playbook-step-new", *ids, follow=True, **data)
    assert "This version has been published" in response.content.decode()
    assert draft.steps.count() == 3
    swap = desk.post("desk-playbook-move", draft.playbook_id, htmx=True, place="stage:1:0")
    assert swap["HX-Redirect"] == reverse("desk-playbook", args=["acme", draft.playbook_id])


def test_a_form_with_a_gap_keeps_what_was_typed(desk: Desk, draft: PlaybookVersion) -> None:
    typed: dict[str, Any] = {"wanted": ["en", "de"], "name_en": "Mine", "summary_de": "Getippt"}
    response = desk.post("desk-playbook-details", draft.playbook_id, **typed)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Write the name in this language too." in page
    assert "Getippt" in page
    response = desk.post("desk-playbook-stage", draft.playbook_id, draft.stages.get().pk, title_en=" ")
    assert "Give the stage a title." in response.content.decode()


def test_removing_a_stage_goes_back_to_the_playbook(desk: Desk, draft: PlaybookVersion) -> None:
    stage = draft.stages.get()
    assert "Its 3 steps go with it" in desk.get("desk-playbook-stage", draft.playbook_id, stage.pk).content.decode()
    desk.post("desk-playbook-stage-remove", draft.playbook_id, stage.pk)
    assert not draft.stages.exists()
    assert desk.post("desk-playbook-stage-remove", draft.playbook_id, stage.pk).status_code == 404


def test_a_published_playbook_is_read_until_a_draft_is_started(desk: Desk, vendor: Vendor) -> None:
    version = make_version(vendor)
    page = desk.get("desk-playbook", version.playbook_id).content.decode()
    assert "Add step" not in page
    assert "Version 1, published" in page
    desk.post("desk-playbook-draft", version.playbook_id)
    assert "Add step" in desk.get("desk-playbook", version.playbook_id).content.decode()


def test_queries_do_not_grow_with_stages_and_steps(
    desk: Desk, vendor: Vendor, django_assert_max_num_queries: object
) -> None:
    draft = a_long_draft(vendor, stages=20, steps=20)
    step = draft.steps.order_by("position")[200]
    stage = draft.stages.order_by("position")[10]
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert desk.get("desk-playbook", draft.playbook_id).status_code == 200
    with django_assert_max_num_queries(22):  # type: ignore[operator]
        place = f"step:{step.pk}:{stage.pk}:0"
        assert desk.post("desk-playbook-move", draft.playbook_id, htmx=True, place=place).status_code == 200
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        assert desk.get("desk-playbook-publish", draft.playbook_id).status_code == 200
    with django_assert_max_num_queries(17):  # type: ignore[operator]
        assert desk.get("desk-playbook-step", draft.playbook_id, step.pk).status_code == 200


def test_members_of_two_vendors_stay_apart(desk: Desk, draft: PlaybookVersion) -> None:
    other = make_vendor("other")
    make_member(other, user=desk.user)
    response = desk.client.get(reverse("desk-playbook", args=["other", draft.playbook_id]))
    assert response.status_code == 404
