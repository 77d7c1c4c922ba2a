"""What co-authors say to each other about a step."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from partners.models import Member, Vendor
from playbooks.models import Comment, PlaybookVersion, Step
from playbooks.publishing import publish, start_draft
from tests.factories import NOW, make_user, make_vendor
from tests.playbooks.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def step(draft: PlaybookVersion) -> Step:
    return draft.steps.order_by("position")[0]


def say(desk: Desk, step: Step, text: str) -> str:
    answer = desk.post("desk-playbook-comment", step.version.playbook_id, step.pk, follow=True, text=text)
    return str(answer.content.decode())


def test_saying_something_and_settling_it(desk: Desk, step: Step, draft: PlaybookVersion) -> None:
    page = say(desk, step, "Shorter? <b>Twelve</b> words.")
    assert "Shorter? &lt;b&gt;Twelve&lt;/b&gt; words." in page
    assert "1 comment" in desk.get("desk-playbook", draft.playbook_id).content.decode()
    comment = Comment.objects.get()
    for words in ("Settled. It stays below", "settled"):
        answer = desk.post("desk-playbook-comment-settle", draft.playbook_id, step.pk, comment.pk, follow=True)
        assert words in answer.content.decode()
    comment.refresh_from_db()
    assert (comment.settled_by, comment.made_by) == (desk.user, desk.user)
    assert "1 comment" not in desk.get("desk-playbook", draft.playbook_id).content.decode()


def test_pressing_twice_says_it_once(desk: Desk, step: Step) -> None:
    for _ in range(2):
        say(desk, step, "Once.")
    assert Comment.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "words"), [("  ", "Write a word or two"), ("x" * 2001, "Keep it under 2,000 characters")]
)
def test_what_cannot_be_sent_is_said_and_kept(desk: Desk, step: Step, text: str, words: str) -> None:
    page = say(desk, step, text)
    assert words in page
    assert text.strip() in page
    assert not Comment.objects.exists()


def test_it_outlives_the_version(desk: Desk, step: Step, draft: PlaybookVersion) -> None:
    say(desk, step, "For the next time.")
    publish(version=draft, by=None, now=NOW)
    following = start_draft(playbook=draft.playbook, by=None, now=NOW).steps.get(key=step.key)
    page = desk.get("desk-playbook-step", draft.playbook_id, following.pk).content.decode()
    assert "For the next time." in page


def test_nobody_else_reads_or_settles_it(vendor: Vendor, desk: Desk, step: Step, client: Client) -> None:
    say(desk, step, "Ours.")
    comment, playbook = Comment.objects.get(), step.version.playbook_id
    other = Desk(client, make_vendor("other")).enter(Member.Role.OWNER)
    assert other.post("desk-playbook-comment", playbook, step.pk, text="Mine").status_code == 404
    assert other.post("desk-playbook-comment-settle", playbook, step.pk, comment.pk).status_code == 404
    viewer = Desk(client, vendor).enter(Member.Role.VIEWER)
    assert viewer.post("desk-playbook-comment", playbook, step.pk, text="Mine").status_code == 403
    client.force_login(make_user())
    assert client.get(reverse("desk-playbook-step", args=["acme", playbook, step.pk])).status_code == 404


def test_queries_do_not_grow(
    desk: Desk, step: Step, draft: PlaybookVersion, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pages = (("desk-playbook", draft.playbook_id), ("desk-playbook-step", draft.playbook_id, step.pk))
    say(desk, step, "First.")
    for name, *ids in pages:
        with django_assert_max_num_queries(25) as few:
            desk.get(str(name), *ids)
        for number in range(4):
            Comment.objects.create(
                playbook=draft.playbook, step=step.key, text=f"{name} {number}", made_at=NOW, made_by=make_user()
            )
        with django_assert_max_num_queries(len(few)):
            desk.get(str(name), *ids)
