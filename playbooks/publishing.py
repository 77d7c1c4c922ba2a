"""Publishing: a draft becomes a version that never changes again; the next change starts a new draft."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.models import User, Vendor
from playbooks.checking import Problem, check
from playbooks.models import Playbook, PlaybookVersion
from playbooks.outline import outline_of
from playbooks.storing import fill


class NotReady(Exception):
    """The draft has problems that a partner would stumble over; ``problems`` says which."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem.message) for problem in problems))
        self.problems = problems


class NothingPublished(Exception):
    """There is no published version yet, so nothing could start."""

    message = _("Publish this playbook first; only a published one can start when a partner is accepted.")


@transaction.atomic
def publish(*, version: PlaybookVersion, by: User | None, now: datetime) -> PlaybookVersion:
    """Freeze ``version`` and give it the next number; publishing it twice changes nothing.

    The vendor's first published playbook becomes the one that accepting a partner starts.
    Raises ``NotReady`` with what blocks it.
    """
    _take_turns(version.playbook)
    playbook = Playbook.objects.select_for_update().select_related("vendor").get(pk=version.playbook_id)
    version = PlaybookVersion.objects.select_for_update().get(pk=version.pk)
    if not version.is_draft:
        return version
    version.playbook = playbook
    blocking = [problem for problem in check(version=version, today=now.date()) if problem.blocks]
    if blocking:
        raise NotReady(blocking)
    _freeze(version, playbook.published(), by=by, now=now)
    version.changes.all().delete()  # there is nothing to take back any more
    auditing.record(
        vendor=playbook.vendor,
        action="playbook.published",
        subject=playbook,
        by=by,
        now=now,
        number=version.number,
    )
    if not Playbook.objects.of(playbook.vendor).filter(is_default=True).exists():
        make_default(playbook=playbook, by=by, now=now)
    return version


def _freeze(version: PlaybookVersion, newest: PlaybookVersion | None, *, by: User | None, now: datetime) -> None:
    version.number = newest.number + 1 if newest else 1
    version.state = PlaybookVersion.State.PUBLISHED
    version.published_at = version.changed_at = now
    version.published_by = by
    version.save(update_fields=["number", "state", "published_at", "published_by", "changed_at"])
    version.is_frozen = True


@transaction.atomic
def start_draft(*, playbook: Playbook, by: User | None, now: datetime) -> PlaybookVersion:
    """The playbook's draft: the one there is, else a copy of the newest published version."""
    playbook = Playbook.objects.select_for_update().select_related("vendor").get(pk=playbook.pk)
    draft = playbook.draft()
    if draft is not None:
        return draft
    newest = playbook.published()
    draft = PlaybookVersion.objects.create(
        playbook=playbook, number=newest.number + 1 if newest else 1, created_at=now, changed_at=now
    )
    if newest is not None:
        newest.playbook = playbook
        fill(draft, outline_of(newest))
    auditing.record(vendor=playbook.vendor, action="playbook.draft_started", subject=playbook, by=by, now=now)
    return draft


@transaction.atomic
def discard_draft(*, playbook: Playbook, by: User | None, now: datetime) -> None:
    """Throw the draft away; what is published stays. A playbook that was never published goes with it."""
    playbook = Playbook.objects.select_for_update().select_related("vendor").get(pk=playbook.pk)
    draft = playbook.draft()
    if draft is None:
        return
    # By their numbers, addresses that are still open somewhere are known to have been steps of it.
    data = {"numbers": list(draft.steps.order_by().values_list("pk", flat=True))}
    auditing.record(vendor=playbook.vendor, action="playbook.draft_discarded", subject=playbook, by=by, now=now, **data)
    if playbook.published() is None:
        playbook.delete()
    else:
        draft.delete()


@transaction.atomic
def make_default(*, playbook: Playbook, by: User | None, now: datetime) -> Playbook:
    """Accepting a partner starts ``playbook`` from now on. Raises ``NothingPublished``."""
    _take_turns(playbook)
    mates = Playbook.objects.select_for_update().of(playbook.vendor)
    playbook = mates.get(pk=playbook.pk)
    if playbook.is_default:
        return playbook
    if playbook.published() is None:
        raise NothingPublished
    mates.filter(is_default=True).update(is_default=False)
    playbook.is_default = True
    playbook.save(update_fields=["is_default"])
    auditing.record(vendor=playbook.vendor, action="playbook.made_default", subject=playbook, by=by, now=now)
    return playbook


def _take_turns(playbook: Playbook) -> None:
    """Who publishes, or says what starts, waits for whoever does that at the same vendor: one playbook is default."""
    Vendor.objects.select_for_update(no_key=True).get(pk=playbook.vendor_id)
