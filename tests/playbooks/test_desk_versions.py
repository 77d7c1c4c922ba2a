"""Publishing, drafts, the default, history and files, through their pages."""

import pytest
from django.urls import reverse

from partners.models import Member, Vendor
from playbooks.models import Playbook, PlaybookVersion
from playbooks.outline import outline_of
from playbooks.publishing import start_draft
from playbooks.reading import read
from tests.factories import NOW, make_user, make_vendor, make_version
from tests.playbooks.desk import Desk

pytestmark = pytest.mark.django_db


def test_problems_are_listed_with_links_and_block(desk: Desk, vendor: Vendor) -> None:
    draft = make_version(vendor, published=False, steps=[{"key": "one", "why": "", "minutes": 45}])
    step = draft.steps.get()
    for response in (
        desk.get("desk-playbook-publish", draft.playbook_id),
        desk.post("desk-playbook-publish", draft.playbook_id),
    ):
        page = response.content.decode()
        assert "1 gap has to be filled" in page
        assert ">Do the one thing</h2>" in page
        assert ">It lacks why it pays.</a>" in page
        assert ">Do the one thing</h3>" in page  # above what does not block
        assert "takes 45 minutes. Split it?" in page
        assert reverse("desk-playbook-step", args=["acme", draft.playbook_id, step.pk]) in page
        assert b"btn-primary" not in response.content
    assert response.status_code == 422
    assert draft.playbook.published() is None


def test_hints_do_not_block(desk: Desk, vendor: Vendor) -> None:
    draft = make_version(vendor, published=False, steps=[{"key": "one", "minutes": 45}])
    desk.post("desk-playbook-publish", draft.playbook_id)
    version = PlaybookVersion.objects.get()
    assert (version.state, version.published_by) == ("published", desk.user)


def test_publishing_twice_publishes_once(desk: Desk, vendor: Vendor) -> None:
    draft = make_version(vendor, published=False)
    for _ in range(2):
        assert desk.post("desk-playbook-publish", draft.playbook_id).status_code == 302
    assert PlaybookVersion.objects.count() == 1


def test_starting_a_draft_twice_starts_one(desk: Desk, vendor: Vendor) -> None:
    version = make_version(vendor)
    for _ in range(2):
        desk.post("desk-playbook-draft", version.playbook_id)
    assert version.playbook.versions.count() == 2


def test_the_default_is_changed(desk: Desk, vendor: Vendor) -> None:
    make_version(vendor)
    other = make_version(vendor, slug="other", default=False)
    for _ in range(2):
        desk.post("desk-playbook-default", other.playbook_id)
    assert [playbook.slug for playbook in Playbook.objects.filter(is_default=True)] == ["other"]


def test_a_draft_cannot_be_the_default(desk: Desk, vendor: Vendor) -> None:
    draft = make_version(vendor, published=False, default=False)
    response = desk.post("desk-playbook-default", draft.playbook_id, follow=True)
    assert "Publish this playbook first" in response.content.decode()
    assert not Playbook.objects.filter(is_default=True).exists()


def test_discarding_goes_to_what_is_left(desk: Desk, vendor: Vendor) -> None:
    version = make_version(vendor)
    start_draft(playbook=version.playbook, by=None, now=NOW)
    for _ in range(2):
        response = desk.post("desk-playbook-discard", version.playbook_id)
        assert response["Location"] == reverse("desk-playbook", args=["acme", version.playbook_id])
    never = make_version(vendor, slug="never", published=False, default=False)
    assert desk.post("desk-playbook-discard", never.playbook_id)["Location"] == reverse("desk-playbooks", args=["acme"])


def test_the_history_lists_every_version(desk: Desk, vendor: Vendor) -> None:
    version = make_version(vendor)
    start_draft(playbook=version.playbook, by=None, now=NOW)
    page = desk.get("desk-playbook-history", version.playbook_id).content.decode()
    assert page.index(">Draft<") < page.index(">Version 1<")
    old = desk.get("desk-playbook-version", version.playbook_id, 1)
    assert "Do the first thing" in old.content.decode()
    assert b"Add step" not in old.content


def test_the_draft_among_versions_leads_to_the_editor(desk: Desk, vendor: Vendor) -> None:
    draft = make_version(vendor, published=False)
    response = desk.get("desk-playbook-version", draft.playbook_id, 1)
    assert response["Location"] == reverse("desk-playbook", args=["acme", draft.playbook_id])


def test_the_export_can_be_read_again(desk: Desk, vendor: Vendor) -> None:
    version = make_version(vendor)
    response = desk.get("desk-playbook-export", version.playbook_id, 1)
    assert response["Content-Disposition"] == 'attachment; filename="start-1.yaml"'
    assert read(response.content) == outline_of(version)


@pytest.mark.parametrize("name", ["desk-playbook-export", "desk-playbook-version"])
def test_versions_are_the_vendors_alone_and_only_read(desk: Desk, vendor: Vendor, name: str) -> None:
    own, other = make_version(vendor), make_version(make_vendor())
    assert desk.get(name, other.playbook_id, 1).status_code == 404
    assert desk.get(name, own.playbook_id, 9).status_code == 404
    assert desk.post(name, own.playbook_id, 1).status_code == 405
    desk.enter(Member.Role.VIEWER)
    assert desk.get(name, own.playbook_id, 1).status_code == 200
    desk.client.force_login(make_user())
    assert desk.get(name, own.playbook_id, 1).status_code == 404
