"""What the walk over every URL needs to know: example objects for the addresses' arguments, and who may come in.

A new URL needs a line here only if it has an argument of a new kind (EXAMPLES), or begins in a new way (DOORS).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.mail import EmailMessage

from followups.cadences.drafting import start_draft
from followups.engine.cadences import make_default_cadence
from followups.models import Notification, Task
from followups.unsubscribing import unsubscribe_url
from partners.applying import apply
from partners.inviting import invite_member
from partners.models import Application, Contact, Member, Partner, Vendor
from playbooks.calendar.feeds import renew, token_of
from playbooks.links import make_token
from playbooks.models import Comment, Enrollment, Playbook, PlaybookVersion, Progress, Upgrade
from tests import factories


@dataclass(frozen=True)
class World:
    """A vendor with one of everything that addresses name."""

    now: datetime
    vendor: Vendor
    owner: Member
    manager: Member
    viewer: Member
    sponsor: Contact
    partner: Partner
    contact: Contact
    brought: Partner  # by the partner
    application: Application
    version: PlaybookVersion
    enrollment: Enrollment
    desk_note: Notification
    my_note: Notification
    upgrade: Upgrade
    comment: Comment
    invitation: str
    stuck: Task

    @property
    def playbook(self) -> Playbook:
        return self.version.playbook

    @property
    def progress(self) -> Progress:
        return self.enrollment.progress.order_by("pk")[0]

    @classmethod
    def make(cls, slug: str, *, now: datetime, mails: list[EmailMessage]) -> "World":
        vendor = factories.make_vendor(slug)
        owner, manager, viewer = (factories.make_member(vendor, role=role) for role in Member.Role.values)
        start_draft(cadence=make_default_cadence(vendor=vendor, now=now), by=owner.user, now=now)
        asked = [factories.make_field("proof", required=False)]
        helps = [
            {"key": "list", "kind": "link", "texts": {"en": {"label": "A list", "address": "https://example.com/"}}}
        ]
        first = {"key": "first", "evidence": asked, "resources": helps}
        version = factories.make_version(vendor, steps=[first, "second", "third"])
        sponsor = factories.make_partner(vendor, manager=manager, user=factories.make_user())
        partner = factories.make_partner(vendor, manager=manager, sponsor=sponsor, user=factories.make_user())
        email = f"would-be@{slug}.example.com"
        invite_member(vendor=vendor, email=email, role="viewer", by=owner.user, now=now)
        enrollment = factories.make_enrollment(partner, version=version, now=now)
        progress = enrollment.progress.order_by("pk")[0]
        return cls(
            now=now,
            vendor=vendor,
            owner=owner,
            manager=manager,
            viewer=viewer,
            sponsor=sponsor.contacts.get(),
            partner=partner,
            contact=partner.contacts.get(),
            brought=factories.make_partner(vendor, manager=manager, sponsor=partner),
            application=apply(vendor=vendor, company="Would be", contact_name="W", email=email, now=now),
            version=version,
            enrollment=enrollment,
            desk_note=factories.make_note(progress, member=owner),
            my_note=factories.make_note(progress, contact=partner.contacts.get()),
            comment=Comment.objects.create(
                playbook=version.playbook, step="first", text="Shorter?", made_at=now, made_by=owner.user
            ),
            upgrade=Upgrade.objects.create(
                vendor=vendor, playbook=version.playbook, version=version, asked_at=now, ended_at=now, waiting=0
            ),
            stuck=_stuck(enrollment, now=now),
            invitation=str(mails[-1].body).split("/invitations/")[1].split("/")[0],
        )


def _stuck(enrollment: Enrollment, *, now: datetime) -> Task:
    """Somebody was stuck, and is not any more: the task is still there to look at."""
    return Task.objects.create(
        vendor=enrollment.vendor,
        partner=enrollment.partner,
        contact=enrollment.partner.contacts.get(),
        kind=Task.Kind.STUCK,
        progress=enrollment.progress.order_by("-pk")[0],
        made_at=now,
        not_before=now,
        due_at=now,
    )


# An argument's example: under its name alone, or with the beginning of the URL's name before a dot. The longest
# beginning counts: "desk-partner.pk" serves desk-partner, desk-partner-edit and every other desk-partner-….
EXAMPLES: Final[dict[str, Callable[[World], object]]] = {
    "vendor": lambda world: world.vendor.slug,
    "desk-bell-open.pk": lambda world: world.desk_note.pk,
    "my-bell-open.pk": lambda world: world.my_note.pk,
    "desk-application.pk": lambda world: world.application.pk,
    "desk-followup-cadence.pk": lambda world: world.vendor.cadences.get().pk,
    "desk-followup-cadence.kind": lambda world: "remind-24h",
    "desk-followup-cadence.playbook": lambda world: world.playbook.pk,
    "desk-followup-cadence-stage.key": lambda world: world.version.stages.get().key,
    "desk-followup-cadence-step.key": lambda world: world.version.steps.order_by("pk")[0].key,
    "desk-contact.pk": lambda world: world.contact.pk,
    "desk-partner.pk": lambda world: world.partner.pk,
    "desk-file.key": lambda world: "no-such-file",
    "my-file.key": lambda world: "no-such-file",
    "step-link-file.key": lambda world: "no-such-file",
    "desk-playbook.playbook": lambda world: world.playbook.pk,
    "desk-playbook.key": lambda world: "backup-reseller",
    "desk-playbook.resource": lambda world: "list",
    "my-step-file.key": lambda world: "no-such-file",
    "desk-playbook.field": lambda world: "proof",
    "desk-playbook.number": lambda world: world.version.number,
    "desk-playbook.stage": lambda world: world.version.stages.get().pk,
    "desk-playbook.comment": lambda world: world.comment.pk,
    "desk-playbook.upgrade": lambda world: world.upgrade.pk,
    "desk-playbook.step": lambda world: world.version.steps.order_by("pk")[0].pk,
    "desk-partners.token": lambda world: "no-such-upload",
    "desk-orders.token": lambda world: "no-such-upload",
    "desk-settings-person.pk": lambda world: world.manager.pk,
    "desk-today-stuck.pk": lambda world: world.stuck.pk,
    "desk-step.pk": lambda world: world.progress.pk,
    "invitation.token": lambda world: world.invitation,
    "my-first-line-called.pk": lambda world: world.brought.pk,
    "my-confidence.pk": lambda world: world.enrollment.pk,
    "my-goal.pk": lambda world: world.enrollment.pk,
    "operators-unknown.pk": lambda world: 1,  # whoever acts on one that is gone is told so
    "my-step.pk": lambda world: world.progress.pk,
    "certificate.number": lambda world: "2345-6789-ABCD",
    "desk-certificate.pk": lambda world: world.enrollment.pk,
    "my-certificate.pk": lambda world: world.enrollment.pk,
    "calendar-feed.token": lambda world: token_of(renew(user=world.owner.user, now=world.now)),
    "step-link.token": lambda world: make_token(contact=world.contact, progress=world.progress, now=world.now),
    "unsubscribe.token": lambda world: (
        unsubscribe_url(vendor=world.vendor, address=world.contact.email).rstrip("/").rsplit("/", 1)[1]
    ),
}

# Whose address is it, by how it begins: "desk" for a vendor's members alone, "my" for whoever is signed in, with
# objects of their own alone, "staff" for whoever runs the installation, "open" for everybody.
DOORS: Final[dict[str, str]] = {
    "v/": "desk",
    "my/": "my",
    "vendors/new/": "my",
    "accounts/": "open",
    "apply/": "open",
    "brand/": "open",
    "c/": "open",
    "certificates/": "open",
    "favicon.ico": "open",
    "healthz": "open",
    "invitations/": "open",
    "l/": "open",
    "metrics": "open",
    "operators/": "staff",
    "places/": "my",
    "preferences/": "open",
    "readyz": "open",
}

# URLs whose own example cannot be made here, with the reason: even the right people get 404.
NOTHING_THERE: Final[dict[str, str]] = {
    "desk-certificate": "a playbook that is walked has none yet",
    "my-certificate": "a playbook that is walked has none yet",
    "desk-bell-open": "a note is its one reader's",
    "desk-file": "a file has to be sent first",
    "my-step-file": "a file has to be there first",
    "my-file": "a file has to be sent first",
    "step-link-file": "a file has to be sent first",
    "desk-partners-upload": "an upload needs a file that was sent",
    "desk-partners-problems": "an upload needs a file that was sent",
    "desk-orders-upload": "an upload needs a file that was sent",
    "desk-orders-problems": "an upload needs a file that was sent",
}
