"""A small world for the tests of this floor: facts are written as the lower floors write them."""

from datetime import date, datetime
from typing import Any

from django.utils.text import slugify

from partners.models import Activity, Member, Partner, User, Vendor
from partners.recording import record_activity
from partners.registering import register_partner
from partners.signals import partners_changed
from playbooks.models import Enrollment, Playbook, PlaybookVersion, Progress, Stage, Step
from playbooks.signals import enrollment_started, step_opened
from tests.factories import make_orders


def vendor(name: str, *, now: datetime, **fields: Any) -> tuple[Vendor, Member]:
    made = Vendor.objects.create(name=name, slug=slugify(name), created_at=now, **fields)
    return made, member(made, f"Manager of {name}", now=now)


def member(of: Vendor, name: str, *, now: datetime, role: str = "manager") -> Member:
    user = User.objects.create_user(f"{slugify(name)}@{of.slug}.example", name=name)
    return Member.objects.create(vendor=of, user=user, role=role, joined_at=now)


def playbook(of: Vendor, *, now: datetime, steps: int = 3) -> PlaybookVersion:
    book = Playbook.objects.create(vendor=of, slug="start", is_default=True, created_at=now)
    version = PlaybookVersion.objects.create(
        playbook=book, number=1, state="published", languages=["en"], created_at=now, changed_at=now, published_at=now
    )
    stage = Stage.objects.create(version=version, key="begin", position=0, texts={"en": {"title": "Begin"}})
    for position in range(steps):
        texts = {"en": {"title": f"Step {position + 1}"}}
        Step.objects.create(version=version, stage=stage, key=f"s{position}", position=position, texts=texts)
    return version


def partner(led_by: Member, company: str, *, now: datetime, **details: Any) -> Partner:
    return register_partner(
        vendor=led_by.vendor,
        company=company,
        contact_name=f"Head of {company}",
        contact_email=f"{slugify(company)}@partner.example",
        manager=led_by,
        by=led_by.user,
        now=now,
        **details,
    )


def walking(who: Partner, version: PlaybookVersion, *, now: datetime) -> Progress:
    """The partner accepted, with its first step open and its turn."""
    who.state, who.accepted_at = Partner.State.ACCEPTED, now
    who.save()
    enrollment = Enrollment.objects.create(
        vendor=who.vendor, partner=who, playbook=version.playbook, version=version, started_at=now
    )
    rows = [
        Progress.objects.create(enrollment=enrollment, step=step, position=step.position)
        for step in version.steps.all()
    ]
    enrollment_started.send(sender=Enrollment, enrollments=[enrollment], now=now)
    return pass_turn(rows[0], "partner", now=now)


def pass_turn(progress: Progress, turn: str, *, now: datetime, state: str = "open") -> Progress:
    progress.state, progress.turn, progress.turn_since = state, turn, now
    progress.opened_at = progress.opened_at or now
    progress.save()
    step_opened.send(sender=Progress, steps=[progress], now=now)
    return progress


def acts(who: Partner, *, now: datetime, kind: str = Activity.Kind.OPENED) -> None:
    record_activity(partner=who, kind=kind, side=Activity.Side.PARTNER, now=now)
    partners_changed.send(sender=Partner, vendor=who.vendor, partner_ids=[who.pk], now=now)


def orders(who: Partner, *days: date, now: datetime) -> None:
    make_orders(who, *days, now=now)
    partners_changed.send(sender=Partner, vendor=who.vendor, partner_ids=[who.pk], now=now)


def first_step(who: Partner) -> Progress:
    return Progress.objects.in_play().get(enrollment__partner=who)


def refreshed(who: Partner, *, now: datetime) -> Partner:
    """The lists told about facts that a factory wrote directly."""
    partners_changed.send(sender=Partner, vendor=who.vendor, partner_ids=[who.pk], now=now)
    return who
