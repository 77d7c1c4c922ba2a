"""Who at the partner does a step."""

from dataclasses import replace

import pytest
from django.test import Client

from partners.models import Member
from playbooks.comparing import differences
from playbooks.copying import copy_step
from playbooks.editing import save_step
from playbooks.merging import fingerprint
from playbooks.models import Step
from playbooks.outline import StepOutline, outline_of, outline_of_step
from playbooks.storing import store
from playbooks.undoing import last_change, take_back
from tests.factories import NOW, make_vendor, make_version
from tests.playbooks.desk import Desk

pytestmark = pytest.mark.django_db


def say(step: Step, role: str) -> StepOutline:
    return replace(outline_of_step(step, ["en"]), role=role)


def test_a_role_is_saved_copied_stored_elsewhere_and_taken_back() -> None:
    draft = make_version(make_vendor("acme"), published=False)
    step = draft.steps.all()[0]
    step = save_step(step=step, said=say(step, role="sales"), seen=fingerprint(step), by=None, now=NOW).step
    assert copy_step(step=step, count_before=3, by=None, now=NOW).role == "sales"
    there = store(outline=outline_of(draft), vendor=make_vendor("other"), by=None, now=NOW)
    assert [step.role for step in there.steps.all()][:2] == ["sales", "sales"]
    for _change in ("copied", "saved"):
        last = last_change(draft)
        assert last is not None
        take_back(version=draft, change=last.pk, by=None, now=NOW)
    assert [step.role for step in draft.steps.all()] == ["", "", ""]


def test_a_role_alone_is_a_change_that_nobody_saves_over() -> None:
    draft = make_version(make_vendor(), published=False)
    step = draft.steps.all()[0]
    before = outline_of(draft)
    seen = fingerprint(step)
    save_step(step=step, said=say(step, role="technical"), seen=seen, by=None, now=NOW)
    assert fingerprint(draft.steps.all()[0]) != seen
    [found] = differences(before, outline_of(draft), language="en")
    assert [(field.label, [piece.words for piece in field.pieces]) for field in found.fields] == [
        ("Who at the partner", ["anyone there", " → ", "Technical"])
    ]


def test_the_outline_says_who_does_each_step(client: Client) -> None:
    vendor = make_vendor("acme")
    draft = make_version(
        vendor, steps=[{"key": "a", "role": "sales"}, {"key": "b", "who": "vendor"}, "c"], published=False
    )
    page = Desk(client, vendor).enter(Member.Role.MANAGER).get("desk-playbook", draft.playbook_id).content.decode()
    assert page.count("Partner, sales") == 1
    assert page.count('<span class="fl-pill fl-pill-quiet">Vendor</span>') == 1
    assert page.count("Partner,") == 1
