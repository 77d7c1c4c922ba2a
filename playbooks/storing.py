"""An outline into the database, as a draft."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.models import User, Vendor
from playbooks.models import Playbook, PlaybookVersion, Stage, Step
from playbooks.outline import PlaybookOutline, outline_of


class DraftInTheWay(Exception):
    """The playbook has a draft that says something else; storing would lose it."""

    message = _(
        "This playbook already has a draft, and it differs from the file."
        " Publish or discard that draft first, or choose to replace it."
    )


@transaction.atomic
def store(
    *, outline: PlaybookOutline, vendor: Vendor, by: User | None, now: datetime, replace_draft: bool = False
) -> PlaybookVersion:
    """The version of ``vendor``'s playbook ``outline.key`` that says what ``outline`` says.

    A new draft, unless the playbook's draft or newest published version says exactly that already: storing the
    same thing twice changes nothing. Raises ``DraftInTheWay``.
    """
    Vendor.objects.select_for_update(no_key=True).get(pk=vendor.pk)
    playbook, _created = Playbook.objects.get_or_create(vendor=vendor, slug=outline.key, defaults={"created_at": now})
    draft, newest = playbook.draft(), playbook.published()
    for version in (draft, newest if draft is None else None):
        if version is not None and outline_of(version) == outline:
            return version
    if draft is not None and not replace_draft:
        raise DraftInTheWay
    return _new_draft(playbook, outline, draft, newest.number + 1 if newest else 1, by=by, now=now)


def _new_draft(
    playbook: Playbook,
    outline: PlaybookOutline,
    old: PlaybookVersion | None,
    number: int,
    *,
    by: User | None,
    now: datetime,
) -> PlaybookVersion:
    if old is not None:
        old.delete()
    draft = PlaybookVersion.objects.create(playbook=playbook, number=number, created_at=now, changed_at=now)
    fill(draft, outline)
    auditing.record(vendor=playbook.vendor, action="playbook.loaded", subject=playbook, by=by, now=now)
    return draft


def fill(draft: PlaybookVersion, outline: PlaybookOutline) -> None:
    """Write ``outline`` into an empty draft, in three queries whatever its length."""
    draft.languages = list(outline.languages)
    draft.texts = outline.texts
    draft.save(update_fields=["languages", "texts"])
    stages = Stage.objects.bulk_create(
        Stage(version=draft, key=stage.key, position=position, texts=stage.texts)
        for position, stage in enumerate(outline.stages)
    )
    steps = [(stage, step) for stage, planned in zip(stages, outline.stages, strict=True) for step in planned.steps]
    Step.objects.bulk_create(
        Step(
            version=draft,
            stage=stage,
            key=step.key,
            position=position,
            minutes=step.minutes,
            who=step.who,
            asks_for_goal=step.asks_for_goal,
            wants_approval=step.wants_approval,
            evidence=[field.as_json() for field in step.asked.fields],
            pass_mark=step.asked.pass_mark,
            resources=[resource.as_json() for resource in step.resources],
            needs=list(step.needs),
            offer=step.offer.as_json() if step.offer else {},
            achieves=step.achieves,
            condition=[test.as_json() for test in step.condition],
            due=step.due.as_json() if step.due else {},
            with_sponsor=step.with_sponsor,
            role=step.role,
            texts=step.texts,
        )
        for position, (stage, step) in enumerate(steps)
    )
