"""Plain makers of what tests need. Each has sensible defaults; every test says only what it is about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from followups.models import FollowUp, Message, Notification
from partners.models import Contact, Customer, Member, Partner, User, Vendor
from partners.ordering import Placed, record_orders
from playbooks.models import Enrollment, Playbook, PlaybookVersion, Progress, Stage, Step

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)  # a Tuesday; the instant at which the `clock` fixture stands
_number = count(1)


def make_user(email: str = "", **fields: Any) -> User:
    return User.objects.create_user(email or f"person{next(_number)}@example.com", **fields)


def make_vendor(slug: str = "", **fields: Any) -> Vendor:
    slug = slug or f"vendor-{next(_number)}"
    given: dict[str, Any] = {"name": slug.replace("-", " ").title(), "created_at": NOW, **fields}
    return Vendor.objects.create(slug=slug, **given)


def make_member(vendor: Vendor, *, role: str = Member.Role.MANAGER, user: User | None = None) -> Member:
    return Member.objects.create(vendor=vendor, user=user or make_user(), role=role, joined_at=NOW)


def make_partner(
    vendor: Vendor | None = None,
    *,
    company: str = "",
    user: User | None = None,
    email: str = "",
    contact: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Partner:
    """An accepted partner with a manager and its primary contact, who signs in as ``user`` if there is one."""
    vendor = vendor or make_vendor()
    number = next(_number)
    given: dict[str, Any] = {"signed_at": NOW, "state": Partner.State.ACCEPTED, **fields}
    if given["state"] != Partner.State.SIGNED:
        given.setdefault("accepted_at", NOW)
    if "manager" not in given:
        given["manager"] = vendor.members.who_lead().first() or make_member(vendor)
    partner = Partner.objects.create(vendor=vendor, company=company or f"Partner {number}", **given)
    make_contact(partner, user=user, email=email, is_primary=True, **(contact or {}))
    return partner


def make_contact(partner: Partner, *, user: User | None = None, email: str = "", **fields: Any) -> Contact:
    email = email or (user.email if user else f"contact{next(_number)}@example.com")
    given: dict[str, Any] = {"name": "Kim Contact", "created_at": NOW, **fields}
    return Contact.objects.create(partner=partner, user=user, email=email, **given)


def make_customer(partner: Partner, *days: date, name: str = "") -> Customer:
    """A customer of ``partner`` with an order on each of ``days``."""
    reference = f"C-{next(_number)}"
    customer = Customer.objects.create(
        vendor=partner.vendor, partner=partner, reference=reference, name=name, created_at=NOW
    )
    make_orders(partner, *days, customer=customer)
    customer.refresh_from_db()
    return customer


def make_orders(
    partner: Partner, *days: date, customer: Customer | None = None, now: datetime = NOW, **fields: Any
) -> None:
    """An order on each of ``days``; the lists are not told."""
    given = {"partner_id": partner.pk, "customer_id": customer.pk if customer else None, **fields}
    orders = [Placed(reference=f"N-{next(_number)}", ordered_on=day, **given) for day in days]
    record_orders(orders, vendor=partner.vendor, now=now)


def make_version(
    vendor: Vendor,
    *,
    steps: Sequence[str | Mapping[str, Any]] = ("first", "second", "third"),
    slug: str = "start",
    default: bool = True,
    published: bool = True,
) -> PlaybookVersion:
    """A version in English with one stage; a step is its key, or a mapping of ``key``, columns and texts."""
    playbook = Playbook.objects.create(vendor=vendor, slug=slug, is_default=default, created_at=NOW)
    version = PlaybookVersion.objects.create(
        playbook=playbook,
        number=1,
        state=PlaybookVersion.State.PUBLISHED if published else PlaybookVersion.State.DRAFT,
        published_at=NOW if published else None,
        languages=["en"],
        texts={"en": {"name": "Your start", "summary": "A start.", "goal_hint": "Three clients by June."}},
        created_at=NOW,
        changed_at=NOW,
    )
    stage = Stage.objects.create(version=version, key="stage", position=0, texts={"en": {"title": "The start"}})
    for position, step in enumerate(steps):
        make_step(stage, position, {"key": step} if isinstance(step, str) else step)
    return version


def make_step(stage: Stage, position: int, given: Mapping[str, Any]) -> Step:
    key = given["key"]
    texts = {
        "title": f"Do the {key} thing",
        "why": f"The {key} thing pays.",
        "how": ["Open it.", "Close it."],
        "obstacles": [{"what": "No time", "answer": "Take ten minutes."}],
        "done_when": "It is closed.",
    }
    names = ["who", "role", "minutes", "asks_for_goal", "evidence", "pass_mark", "wants_approval", "resources"]
    names += ["needs", "condition", "offer", "achieves", "due", "with_sponsor"]
    columns = {name: given[name] for name in names if name in given}
    texts |= {name: value for name, value in given.items() if name not in {"key", *columns}}
    return Step.objects.create(
        version=stage.version, stage=stage, key=key, position=position, texts={"en": texts}, **columns
    )


def make_field(key: str, kind: str = "text", **given: Any) -> dict[str, Any]:
    """One thing that a step asks for, in English, as its column holds it; ``options`` are pairs of text and right."""
    options = [{"texts": {"en": {"text": text}}, "right": right} for text, right in given.pop("options", ())]
    words = {name: given.pop(name) for name in ("help", "unit", "explanation") if name in given}
    label = given.pop("label", f"Your {key}")
    stored: dict[str, Any] = {"key": key, "kind": kind, "texts": {"en": {"label": label, **words}}, **given}
    return stored | ({"options": options} if options else {})


def make_note(progress: Progress, *, contact: Contact | None = None, member: Member | None = None) -> Notification:
    """A note about a step at somebody's bell, as the engine leaves it there."""
    number = next(_number)
    vendor = progress.enrollment.vendor
    people = {"contact": contact, "member": member}
    message = Message.objects.create(
        vendor=vendor,
        key=f"note:{number}",
        kind=Message.Kind.TOUCH,
        channel="in-app",
        state=Message.State.ACCEPTED,
        not_before=NOW,
        created_at=NOW,
        finished_at=NOW,
        **people,
    )
    followup = FollowUp.objects.create(
        vendor=vendor,
        partner=progress.enrollment.partner,
        enrollment=progress.enrollment,
        progress=progress,
        kind=f"note-{number}",
        channel="in-app",
        anchor_at=NOW,
        offset=timedelta(hours=24),
        time_zone="Europe/Berlin",
        policy_version=1,
        due_at=NOW,
        state=FollowUp.State.DECIDED,
        reason=FollowUp.Reason.SENT_ALONE,
        message=message,
        finished_at=NOW,
        **people,
    )
    return Notification.objects.create(vendor=vendor, followup=followup, progress=progress, made_at=NOW, **people)


def make_enrollment(
    partner: Partner | None = None, *, version: PlaybookVersion | None = None, now: datetime = NOW
) -> Enrollment:
    """A partner that has just begun: its first step is open."""
    from playbooks.enrolling import enroll

    partner = partner or make_partner()
    return enroll(partner=partner, version=version or make_version(partner.vendor), by=None, now=now)
