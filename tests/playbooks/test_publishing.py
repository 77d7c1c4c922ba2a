from datetime import timedelta

import pytest

from partners.models import AuditEntry, Vendor
from playbooks.models import Playbook, PlaybookVersion
from playbooks.models.playbook import PublishedNeverChanges
from playbooks.outline import outline_of
from playbooks.publishing import NothingPublished, NotReady, discard_draft, make_default, publish, start_draft
from playbooks.starters import NoSuchStarter, copy_starter
from tests.factories import NOW, make_user, make_vendor, make_version

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def vendor() -> Vendor:
    return make_vendor()


def test_publishing_numbers_and_freezes(vendor: Vendor) -> None:
    draft = make_version(vendor, published=False)
    user = make_user()
    published = publish(version=draft, by=user, now=LATER)
    assert (published.number, published.published_at, published.published_by) == (1, LATER, user)
    assert draft.playbook.published() == published
    assert AuditEntry.objects.filter(vendor=vendor, action="playbook.published", by=user).count() == 1


def test_publishing_twice_changes_nothing(vendor: Vendor) -> None:
    draft = make_version(vendor, published=False)
    publish(version=draft, by=None, now=LATER)
    again = publish(version=draft, by=None, now=LATER + timedelta(days=1))
    assert (again.number, again.published_at) == (1, LATER)
    assert AuditEntry.objects.filter(action="playbook.published").count() == 1


def test_a_published_version_never_changes(vendor: Vendor) -> None:
    make_version(vendor)
    version = PlaybookVersion.objects.get()
    stage, step = version.stages.get(), version.steps.first()
    assert step is not None
    step.minutes = 5
    for change in (version.save, version.delete, stage.save, stage.delete, step.save, step.delete):
        with pytest.raises(PublishedNeverChanges):
            change()
    assert version.steps.get(pk=step.pk).minutes == 10


def test_the_instance_that_was_published_is_frozen_too(vendor: Vendor) -> None:
    published = publish(version=make_version(vendor, published=False), by=None, now=NOW)
    published.languages = []
    with pytest.raises(PublishedNeverChanges):
        published.save()


def test_a_draft_with_gaps_is_not_published(vendor: Vendor) -> None:
    draft = make_version(vendor, published=False, steps=[{"key": "one", "why": ""}])
    with pytest.raises(NotReady) as caught:
        publish(version=draft, by=None, now=NOW)
    assert [problem.message for problem in caught.value.problems] == ["“Do the one thing” lacks why it pays."]
    assert draft.playbook.published() is None


def test_the_first_published_playbook_is_the_default_and_the_second_is_not(vendor: Vendor) -> None:
    first = make_version(vendor, published=False, default=False)
    second = make_version(vendor, published=False, default=False, slug="other")
    publish(version=first, by=None, now=NOW)
    publish(version=second, by=None, now=NOW)
    assert [playbook.slug for playbook in Playbook.objects.of(vendor).filter(is_default=True)] == ["start"]


def test_a_new_draft_copies_the_newest_published_version(vendor: Vendor) -> None:
    version = make_version(vendor)
    draft = start_draft(playbook=version.playbook, by=None, now=LATER)
    assert (draft.number, draft.is_draft) == (2, True)
    assert outline_of(draft) == outline_of(version)
    assert not set(draft.steps.all()) & set(version.steps.all())
    assert start_draft(playbook=version.playbook, by=None, now=LATER) == draft


def test_changing_the_draft_leaves_the_published_version_alone(vendor: Vendor) -> None:
    version = make_version(vendor)
    before = outline_of(version)
    draft = start_draft(playbook=version.playbook, by=None, now=LATER)
    draft.steps.all()[1].delete()
    step = draft.steps.first()
    assert step is not None
    step.minutes = 3
    step.save()
    assert publish(version=draft, by=None, now=LATER).number == 2
    assert outline_of(version) == before


def test_discarding_a_draft_keeps_what_is_published(vendor: Vendor) -> None:
    version = make_version(vendor)
    start_draft(playbook=version.playbook, by=None, now=LATER)
    discard_draft(playbook=version.playbook, by=None, now=LATER)
    discard_draft(playbook=version.playbook, by=None, now=LATER)
    assert list(version.playbook.versions.all()) == [version]


def test_discarding_the_draft_of_what_was_never_published_removes_the_playbook(vendor: Vendor) -> None:
    draft = make_version(vendor, published=False)
    discard_draft(playbook=draft.playbook, by=None, now=LATER)
    assert not Playbook.objects.of(vendor).exists()


def test_only_a_published_playbook_becomes_the_default(vendor: Vendor) -> None:
    published, draft = make_version(vendor), make_version(vendor, published=False, default=False, slug="other")
    with pytest.raises(NothingPublished):
        make_default(playbook=draft.playbook, by=None, now=NOW)
    publish(version=draft, by=None, now=NOW)
    make_default(playbook=draft.playbook, by=None, now=NOW)
    published.playbook.refresh_from_db()
    draft.playbook.refresh_from_db()
    assert (published.playbook.is_default, draft.playbook.is_default) == (False, True)


def test_the_starters_can_be_published_as_they_are(vendor: Vendor) -> None:
    for key in ("backup-reseller", "direct-sales-distributor", "phone-system-reseller"):
        draft = copy_starter(vendor=vendor, key=key, by=None, now=NOW).draft()
        assert draft is not None
        assert publish(version=draft, by=None, now=NOW).number == 1


def test_copying_a_starter_twice_gives_one_playbook(vendor: Vendor) -> None:
    first = copy_starter(vendor=vendor, key="backup-reseller", by=None, now=NOW)
    assert copy_starter(vendor=vendor, key="backup-reseller", by=None, now=NOW) == first
    assert first.versions.count() == 1


def test_an_unknown_starter_is_refused(vendor: Vendor) -> None:
    with pytest.raises(NoSuchStarter):
        copy_starter(vendor=vendor, key="nothing", by=None, now=NOW)
