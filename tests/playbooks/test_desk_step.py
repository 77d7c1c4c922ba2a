"""One step's form, and its preview."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.models import Member, Vendor
from playbooks.merging import fingerprint
from playbooks.models import PlaybookVersion, Step
from playbooks.publishing import discard_draft, publish
from tests.clock import Clock
from tests.factories import NOW, make_user, make_vendor, make_version
from tests.playbooks.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def step(draft: PlaybookVersion) -> Step:
    return draft.steps.all()[0]


def filled(step: Step, **changes: Any) -> dict[str, Any]:
    """What the form sends when nothing was touched, and ``changes``."""
    words = step.texts["en"]
    sent = {
        "seen": fingerprint(step),
        "title_en": words["title"],
        "why_en": words["why"],
        "how_en": "\r\n".join(words["how"]),
        "done_when_en": words["done_when"],
        "minutes": step.minutes,
        "who": step.who,
        "what_0_en": words["obstacles"][0]["what"],
        "answer_0_en": words["obstacles"][0]["answer"],
    }
    return sent | changes


def test_the_form_shows_what_stands_there(desk: Desk, step: Step) -> None:
    page = desk.get("desk-playbook-step", step.version.playbook_id, step.pk).content.decode()
    for words in ("The first thing pays.", "Open it.\nClose it.", "No time", "Take ten minutes."):
        assert words in page


def test_saving_what_was_not_touched_changes_nothing(desk: Desk, step: Step) -> None:
    before = step.texts
    desk.post("desk-playbook-step", step.version.playbook_id, step.pk, **filled(step))
    step.refresh_from_db()
    assert step.texts == before


def test_every_field_is_saved(desk: Desk, step: Step) -> None:
    changes = {
        "title_en": "Call",
        "why_en": "Because\r\nit pays.",
        "how_en": "One\r\n\r\n  Two  ",
        "tools_en": "Phone",
        "skills_en": "Talking",
        "when_en": "Now",
        "done_when_en": "Done",
        "minutes": 12,
        "who": "partner",
        "role": "sales",
        "asks_for_goal": "on",
        "wants_approval": "on",
        "achieves": "first_client",
        "what_1_en": "Fear",
        "answer_1_en": "Smile",
    }
    response = desk.post("desk-playbook-step", step.version.playbook_id, step.pk, **filled(step, **changes))
    assert response["Location"].endswith(f"#step-{step.pk}")
    step.refresh_from_db()
    assert (step.minutes, step.who, step.asks_for_goal, step.wants_approval) == (12, "partner", True, True)
    assert (step.achieves, step.role) == ("first_client", "sales")
    assert step.texts == {
        "en": {
            "title": "Call",
            "why": "Because\nit pays.",
            "how": ["One", "Two"],
            "tools": ["Phone"],
            "skills": ["Talking"],
            "when": "Now",
            "done_when": "Done",
            "obstacles": [{"what": "No time", "answer": "Take ten minutes."}, {"what": "Fear", "answer": "Smile"}],
        }
    }


def test_only_a_step_of_the_partner_is_for_a_role(desk: Desk, step: Step) -> None:
    step.evidence = [{"kind": "text", "key": "how", "texts": {"en": {"label": "How?"}}}]
    step.save()
    sent = filled(step, who="vendor", role="sales", minutes=7)
    page = desk.post("desk-playbook-step", step.version.playbook_id, step.pk, follow=True, **sent).content.decode()
    assert "But your own staff does it now, so nobody is asked what shows that it is done." in page
    step.refresh_from_db()
    assert (step.who, step.role, step.minutes) == ("vendor", "", 7)


def test_each_language_has_its_fields(desk: Desk, draft: PlaybookVersion, step: Step) -> None:
    draft.languages = ["en", "de"]
    draft.save()
    desk.post("desk-playbook-step", draft.playbook_id, step.pk, **filled(step, title_de="Anrufen", how_de="Eins"))
    step.refresh_from_db()
    assert step.texts["de"] == {"title": "Anrufen", "how": ["Eins"]}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title_en": " "}, "Give the step a title."),
        ({"minutes": "0"}, "greater than or equal to 1"),
        ({"minutes": ""}, "required"),
        ({"who": "me"}, "Choose one of those that are listed."),
        ({"who": "sponsor", "asks_for_goal": "on"}, "Only a step of the partner can ask for the goal."),
        ({"who": "vendor", "wants_approval": "on"}, "Nobody approves what you do yourselves."),
        ({"why_en": "x" * 4001}, "at most 4000 characters"),
        ({"how_en": "x" * 301}, "One line has more than 300 characters"),
        ({"how_en": "x\n" * 31}, "more than 30 lines"),
        ({"why_en": "a\x07b"}, "no text may hold"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    desk: Desk, step: Step, changes: dict[str, str], words: str
) -> None:
    data = filled(step, **{"done_when_en": "Typed just now", **changes})
    response = desk.post("desk-playbook-step", step.version.playbook_id, step.pk, **data)
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert "Typed just now" in page


def test_two_authors_at_once_lose_nothing(desk: Desk, draft: PlaybookVersion, step: Step) -> None:
    mine = filled(step, why_en="Mine")
    desk.post("desk-playbook-step", draft.playbook_id, step.pk, **filled(step, why_en="Theirs", how_en="Their move"))
    response = desk.post("desk-playbook-step", draft.playbook_id, step.pk, **mine)
    page = response.content.decode()
    assert response.status_code == 409
    assert f"{desk.user} saved this step while you were writing" in page
    assert "<dd>Theirs</dd>" in page
    assert ">\nMine</textarea>" in page
    assert "<dd>Their move</dd>" not in page  # nobody else changed it: it is put together already
    assert ">\nTheir move</textarea>" in page
    assert "You changed “How” in another window meanwhile; it is kept." in page
    step.refresh_from_db()
    assert step.texts["en"]["why"] == "Theirs"


def test_what_only_one_of_two_authors_changed_is_kept(
    desk: Desk, vendor: Vendor, draft: PlaybookVersion, step: Step, clock: Clock
) -> None:
    opened = filled(step)
    anna = Desk(Client(), vendor).enter(Member.Role.MANAGER)
    anna.user.name = "Anna"
    anna.user.save()
    anna.post("desk-playbook-step", draft.playbook_id, step.pk, **opened | {"minutes": 42, "wants_approval": "on"})
    answer: dict[str, Any] = {}
    words = "Anna changed “Minutes” and “Wants your approval” meanwhile; they are kept."
    address = reverse("desk-playbook-step", args=[vendor.slug, draft.playbook_id, step.pk])
    for why in ("Mine.", "Mine, and more."):  # saved by itself, on what the answer before said
        sent = opened | {"why_en": why}
        answer = desk.client.post(address, sent, headers={"X-Autosave": str(desk.user.pk)}).json()
        assert words in answer["said"]
        assert answer["brought"]["fields"] == {"minutes": "42", "wants_approval": True}
        opened["seen"] = answer["seen"]
    response = desk.post("desk-playbook-step", draft.playbook_id, step.pk, **opened | {"why_en": "Mine at last."})
    assert response["Location"] == address
    page = desk.client.get(address).content.decode()
    assert words in page
    assert 'value="42"' in page
    step.refresh_from_db()
    assert (step.minutes, step.wants_approval, step.texts["en"]["why"]) == (42, True, "Mine at last.")
    seen = answer["brought"]["seen"]  # once the form shows it, a change of it is no conflict
    shown = opened | {"minutes": 12, "wants_approval": "on", "why_en": "Mine at last.", "seen": seen}
    twelve = desk.client.post(address, shown, headers={"X-Autosave": str(desk.user.pk)})
    assert (twelve.status_code, "brought" in twelve.json()) == (200, False)


def test_what_the_same_form_saved_is_nobody_elses_also_where_no_answer_came(
    desk: Desk, draft: PlaybookVersion, step: Step, clock: Clock
) -> None:
    ours, opened = ("desk-playbook-step", draft.playbook_id, step.pk), filled(step) | {"tab": "a1b2"}
    desk.post(*ours, **opened | {"why_en": "One.", "minutes": 42})
    response = desk.post(*ours, **opened | {"why_en": "One. Two."})
    assert response["Location"].endswith(f"#step-{step.pk}")
    step.refresh_from_db()
    assert (step.texts["en"]["why"], step.minutes) == ("One. Two.", 10)
    assert desk.post(*ours, **opened | {"why_en": "Of another window.", "tab": "c3d4"}).status_code == 409


def test_fewer_obstacles_of_somebody_else_are_kept_beside_a_conflict(
    desk: Desk, draft: PlaybookVersion, step: Step, clock: Clock
) -> None:
    opened, ours = filled(step), ("desk-playbook-step", draft.playbook_id, step.pk)
    desk.post(*ours, **opened | {"why_en": "Theirs", "what_0_en": "", "answer_0_en": "", "wants_approval": "on"})
    response = desk.post(*ours, **opened | {"why_en": "Mine"})
    form = response.context["form"]
    assert response.status_code == 409
    assert [form[name].value() for name in ("why_en", "what_0_en", "answer_0_en")] == ["Mine", "", ""]
    assert form["wants_approval"].value() is True
    assert [label for label, _theirs in response.context["conflict"].lines] == ["Why it pays"]


def test_after_seeing_both_the_author_decides(desk: Desk, draft: PlaybookVersion, step: Step) -> None:
    mine = filled(step, why_en="Mine")
    desk.post("desk-playbook-step", draft.playbook_id, step.pk, **filled(step, why_en="Theirs"))
    step.refresh_from_db()
    desk.post("desk-playbook-step", draft.playbook_id, step.pk, **{**mine, "seen": fingerprint(step)})
    step.refresh_from_db()
    assert step.texts["en"]["why"] == "Mine"


def test_the_same_form_twice_is_saved_once_and_is_no_conflict(desk: Desk, step: Step) -> None:
    data = filled(step, why_en="New")
    for _ in range(2):
        assert desk.post("desk-playbook-step", step.version.playbook_id, step.pk, **data).status_code == 302


def test_what_was_published_meanwhile_keeps_the_typed_text(desk: Desk, draft: PlaybookVersion, step: Step) -> None:
    data = filled(step, why_en="Typed too late")
    publish(version=draft, by=None, now=NOW)
    response = desk.post("desk-playbook-step", draft.playbook_id, step.pk, **data)
    assert response.status_code == 409
    assert "Typed too late" in response.content.decode()
    step.refresh_from_db()
    assert step.texts["en"]["why"] == "The first thing pays."


def test_a_step_of_another_vendor_is_not_there(desk: Desk, draft: PlaybookVersion) -> None:
    theirs = make_version(make_vendor(), published=False).steps.all()[0]
    for name in ("desk-playbook-step", "desk-playbook-preview", "desk-playbook-look"):
        for playbook in (draft.playbook_id, theirs.version.playbook_id):
            assert desk.get(name, playbook, theirs.pk).status_code == 404
    response = desk.post("desk-playbook-step", draft.playbook_id, theirs.pk, **filled(theirs, why_en="x"))
    assert response.status_code == 404


def test_a_viewer_is_shown_the_preview_and_saves_nothing(desk: Desk, step: Step) -> None:
    desk.enter(Member.Role.VIEWER)
    response = desk.get("desk-playbook-step", step.version.playbook_id, step.pk)
    assert response["Location"] == reverse("desk-playbook-preview", args=["acme", step.version.playbook_id, step.pk])
    assert desk.post("desk-playbook-step", step.version.playbook_id, step.pk, **filled(step)).status_code == 403
    desk.client.force_login(make_user())
    assert desk.get("desk-playbook-step", step.version.playbook_id, step.pk).status_code == 404


def test_wrong_methods(desk: Desk, step: Step) -> None:
    args = ["acme", step.version.playbook_id, step.pk]
    assert desk.client.put(reverse("desk-playbook-step", args=args)).status_code == 405
    assert desk.client.post(reverse("desk-playbook-preview", args=args)).status_code == 405
    assert desk.client.get(reverse("desk-playbook-step-remove", args=args)).status_code == 405


def test_an_address_of_a_step_that_was_removed_says_so(desk: Desk, draft: PlaybookVersion, step: Step) -> None:
    ids, names = (draft.playbook_id, step.pk), ("", "-preview", "-evidence", "-resources", "-path", "-offer")
    pages = [f"desk-playbook{name}" if name else "desk-playbook-step" for name in names]
    desk.post("desk-playbook-step-remove", *ids)
    for page in pages:
        answer = desk.get(page, *ids)
        assert answer.status_code == 410
        assert f"{desk.user} removed this step" in answer.content.decode()
        assert "Put the step back" in answer.content.decode()
    answer = desk.post("desk-playbook-offer", *ids, seen="x", does_en="Typed too late")
    assert (answer.status_code, "Typed too late" in answer.content.decode()) == (410, True)
    assert desk.get("desk-playbook-offer", draft.playbook_id, 10**9).status_code == 404
    desk.post("desk-playbook-undo", draft.playbook_id, change=draft.changes.get().pk)
    again = draft.steps.get(key=step.key)
    desk.post("desk-playbook-stage-remove", draft.playbook_id, again.stage_id)
    assert desk.get("desk-playbook-step", draft.playbook_id, again.pk).status_code == 410


def test_removing_a_step(desk: Desk, draft: PlaybookVersion, step: Step) -> None:
    assert desk.post("desk-playbook-step-remove", draft.playbook_id, step.pk).status_code == 302
    assert draft.steps.count() == 2
    assert desk.post("desk-playbook-step-remove", draft.playbook_id, step.pk).status_code == 404


def test_what_is_typed_is_saved_meanwhile(desk: Desk, vendor: Vendor) -> None:
    draft = make_version(vendor, published=False)
    step = draft.steps.order_by("position")[0]
    address = reverse("desk-playbook-step", args=[vendor.slug, draft.playbook_id, step.pk])
    typed = filled(step)
    headers = {"X-Autosave": "yes"}
    answer = desk.client.post(address, typed | {"why_en": "It pays at once."}, headers=headers)
    assert (answer.status_code, answer.json()["said"].startswith("Saved at ")) == (200, True)
    seen = answer.json()["seen"]
    assert Step.objects.get(pk=step.pk).text("why", "en") == "It pays at once."
    stale = desk.client.post(address, typed | {"why_en": "Of another tab."}, headers=headers)
    assert (stale.status_code, stale.json()["over"]) == (409, True)
    assert stale.json()["said"].startswith("You changed “Why it pays” in another window meanwhile. Press Save")
    wrong = desk.client.post(address, typed | {"minutes": "many"}, headers=headers)
    assert (wrong.status_code, "seen" in wrong.json()) == (422, False)
    assert wrong.json()["errors"] == {"minutes": "Write a whole number."}
    assert wrong.json()["said"] == "Not saved yet: Write a whole number."
    other = desk.client.post(address, typed, headers={"X-Autosave": str(desk.user.pk + 1)})
    assert (other.status_code, other.json()["again"]) == (409, True)
    with CaptureQueriesContext(connection) as asked:
        again = desk.client.post(address, typed | {"why_en": "It pays twice.", "seen": seen}, headers=headers)
    assert again.json()["undo"]["change"] == draft.changes.get().pk
    read = [each["sql"] for each in asked if each["sql"].startswith("SELECT")]
    assert not any('"after" IS NOT NULL' in sql for sql in read)  # what was taken back is not shown here
    assert draft.changes.count() == 1


def test_parts_are_folded_and_say_what_they_hold_and_open_where_something_is_wrong(desk: Desk, step: Step) -> None:
    page = desk.get("desk-playbook-step", step.version.playbook_id, step.pk).content.decode()
    assert '<details class="pb-section" id="part-obstacles">' in page
    assert '<span class="pb-holds">1 obstacle</span>' in page
    assert page.count("a press of Done is enough") == page.count(">Not offered<") == 1
    step.texts["en"]["tools"] = ["A phone", "An hour"]
    step.save()
    page = desk.get("desk-playbook-step", step.version.playbook_id, step.pk).content.decode()
    assert '<span class="pb-holds">A phone, An hour</span>' in page
    wrong = filled(step, tools_en="x" * 301)
    page = desk.post("desk-playbook-step", step.version.playbook_id, step.pk, **wrong).content.decode()
    assert '<details class="pb-section" id="part-tools" open>' in page
    assert '<details class="pb-section" id="part-obstacles">' in page


def test_on_the_way_to_a_further_page_what_was_typed_is_saved_and_nothing_else_is_said(desk: Desk, step: Step) -> None:
    playbook = step.version.playbook_id
    for name in ("resources", "path", "evidence", "offer"):
        response = desk.post("desk-playbook-step", playbook, step.pk, **filled(step, **{name: "yes"}))
        assert response["Location"].endswith(f"/steps/{step.pk}/{name}/")
        assert "Saved." not in desk.client.get(response["Location"]).content.decode()
    response = desk.post("desk-playbook-step", playbook, step.pk, **filled(step, why_en="New"), path="yes")
    assert "Saved." in desk.client.get(response["Location"]).content.decode()
    step.refresh_from_db()
    assert step.texts["en"]["why"] == "New"


def test_a_step_that_somebody_removed_meanwhile_comes_back_with_the_text(desk: Desk, step: Step) -> None:
    draft, ours = step.version, ("desk-playbook-step", step.version.playbook_id, step.pk)
    typed = filled(step, why_en="Mine") | {"playbook_key": draft.playbook.slug, "step_key": step.key}
    desk.post("desk-playbook-step-remove", *ours[1:])
    address = reverse(ours[0], args=[desk.vendor.slug, *ours[1:]])
    said = desk.client.post(address, typed, headers={"X-Autosave": "yes"})
    assert (said.status_code, said.json()["over"]) == (410, True)
    assert str(desk.user) in said.json()["said"]
    gone = desk.post(*ours, **typed)
    page = gone.content.decode()
    assert gone.status_code == 410
    assert "removed this step while you were writing" in page
    assert '<dd dir="auto">Mine</dd>' in page
    undo: Any = {"back": f"undo:{draft.changes.latest('pk').pk}"}
    answer = desk.post(*ours, **typed, **undo)
    back = draft.steps.get(key=step.key)
    assert answer["Location"].endswith(f"/steps/{back.pk}/")
    assert (back.text("why", "en"), back.position) == ("Mine", step.position)
    assert desk.post(*ours, **typed, **undo).status_code == 302  # once more is the same


def test_the_text_of_a_step_that_is_gone_makes_a_new_one(desk: Desk, step: Step) -> None:
    draft, ours = step.version, ("desk-playbook-step", step.version.playbook_id, step.pk)
    typed = filled(step, why_en="Mine") | {"playbook_key": draft.playbook.slug, "step_key": step.key}
    desk.post("desk-playbook-step-remove", *ours[1:])
    rename = {"title_en": "Another", "why_en": "Theirs"}
    other = draft.steps.first()
    assert other is not None
    desk.post("desk-playbook-step", draft.playbook_id, other.pk, **filled(other, **rename))
    assert 'value="undo:' not in desk.post(*ours, **typed).content.decode()
    stage = other.stage
    made: Any = {"back": "new", "stage": f"{stage.pk}:{stage.steps.count()}"}
    desk.post(*ours, **typed, **made)
    desk.post(*ours, **typed, **made)
    assert [each.text("why", "en") for each in draft.steps.order_by("position")].count("Mine") == 1
    assert desk.post(*ours, **typed, back="new", stage="1:0").status_code in (302, 410)


def test_the_text_is_there_after_the_draft_or_the_playbook_is_gone(desk: Desk, step: Step) -> None:
    playbook = step.version.playbook
    typed = filled(step, why_en="Mine") | {"playbook_key": playbook.slug, "step_key": step.key}
    pks = (playbook.pk, step.pk)
    discard_draft(playbook=playbook, by=desk.user, now=NOW)
    page = desk.post("desk-playbook-step", *pks, **typed).content.decode()
    assert "discarded this draft while you were writing" in page
    assert "Mine" in page
    others = typed | {"playbook_key": "other"}
    assert "Mine" in desk.post("desk-playbook-step", *pks, **others).content.decode()
    assert desk.post("desk-playbook-step", playbook.pk, step.pk + 99, **others).status_code == 404
