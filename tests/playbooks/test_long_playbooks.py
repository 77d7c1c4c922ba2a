"""A playbook of any length costs its author the same number of queries."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.models import Vendor
from playbooks.desk.forms import StepForm
from playbooks.merging import fingerprint
from playbooks.models import PlaybookVersion
from playbooks.publishing import publish, start_draft
from tests.factories import NOW, make_enrollment, make_partner, make_user, make_vendor
from tests.playbooks.desk import Desk, a_long_draft

pytestmark = pytest.mark.django_db


def counted(desk: Desk, client: Client) -> dict[str, int]:
    """How many queries each thing takes that an author, or a partner, does with the vendor's long playbook."""
    playbook = desk.vendor.playbooks.get()
    draft = playbook.draft()
    assert draft is not None
    taken: dict[str, int] = {}

    def get(name: str, *ids: object, query: str = "") -> None:
        _count(taken, name, lambda: desk.client.get(address(name, *ids) + query), 200)

    def post(name: str, *ids: object, said: str = "", **data: object) -> None:
        headers = {"HX-Request": "true"}
        _count(taken, f"{name} {said}", lambda: desk.client.post(address(name, *ids), data, headers=headers), 200, 302)

    def address(name: str, *ids: object) -> str:
        return reverse(f"desk-playbook{name}", args=[desk.vendor.slug, playbook.pk, *ids])

    stages = list(draft.stages.order_by("position"))
    step = draft.steps.order_by("position")[1]
    for name, *ids in (("",), ("-version", 1), ("-step", step.pk), ("-stage", stages[0].pk), ("-publish",)):
        get(name, *ids)
    get("-preview", step.pk)
    get("-look", step.pk)
    post("-look", step.pk, said="as it is typed", **typed(draft))
    get("-upgrade")
    get("-compare", query="?before=1&after=2")
    post("-move", said="a step", place=f"step:{step.pk}:{stages[-1].pk}:1")
    undo(post, draft, "a step’s move")
    post("-move", said="a stage", place=f"stage:{stages[-1].pk}:0")
    undo(post, draft, "a stage’s move")
    post("-step", step.pk, said="save", **typed(draft))
    undo(post, draft, "what was saved")
    post("-stage-copy", stages[0].pk, count=len(stages))
    undo(post, draft, "a copied stage")
    post("-stage-remove", stages[0].pk)
    undo(post, draft, "a removed stage")
    _count(taken, "my-playbook", lambda: client.get(reverse("my-playbook")), 200)
    return taken


def undo(post: Callable[..., None], draft: PlaybookVersion, what: str) -> None:
    post("-undo", said=what, change=draft.changes.order_by("-pk")[0].pk)


def typed(draft: PlaybookVersion) -> dict[str, object]:
    step = draft.steps.order_by("position")[1]
    form = StepForm(step=step, languages=draft.languages, seen=fingerprint(step))
    sent = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in sent.items() if value not in (None, False)} | {"title_en": "Another"}


def _count(taken: dict[str, int], name: str, do: Callable[[], Any], *statuses: int) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = do()
    assert response.status_code in statuses, name
    taken[name] = len(queries)


def a_walked_playbook(*, stages: int, steps: int) -> tuple[Vendor, Client]:
    """Published, with a draft after it, and walked by somebody who is signed in."""
    vendor = make_vendor()
    version = publish(version=a_long_draft(vendor, stages=stages, steps=steps), by=None, now=NOW)
    reseller = make_user()
    make_enrollment(make_partner(vendor, user=reseller), version=version)
    start_draft(playbook=version.playbook, by=None, now=NOW)
    client = Client()
    client.force_login(reseller)
    return vendor, client


def test_queries_do_not_grow_with_a_playbook() -> None:
    short, long = (
        counted(Desk(Client(), vendor).enter("owner"), client)
        for vendor, client in (a_walked_playbook(stages=2, steps=3), a_walked_playbook(stages=5, steps=9))
    )
    assert long == short
    assert max(long.values()) <= 45
