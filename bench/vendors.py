"""Vendors of any size, filled by the database itself, with partners in every state they are found in."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from followups.silence.detecting import detect
from followups.standing.refreshing import refresh_vendor
from partners.models import Contact, Customer, Member, Partner, User, Vendor
from partners.ordering import count_anew
from playbooks.models import Playbook, PlaybookVersion, Progress, Stage, Step

STEPS = 10
MANAGERS = 10
FIRST_LINE = 9
SPONSOR = "R6"
OFFER = {
    "terms": "included",
    "days": 2,
    "texts": {"en": {"does": "We write it for you.", "needs": "Ten minutes on the phone."}},
}
CUSTOMERS_OF_SPONSOR = 5_000

EVIDENCE_AT = 6  # the position of the step that asks for something of each kind

# Of every hundred partners: 10 signed, 10 finished who order regularly, 20 finished who ordered once, 20 who stopped,
# 20 who never started, 5 stuck, 3 whose step the vendor does for them, 12 on track.
PARTNERS = """
INSERT INTO partners_partner (vendor_id, company, company_key, reference, country, time_zone, language, size, phone,
  sponsor_id, manager_id, state, signed_at, accepted_at)
SELECT %(vendor)s, name, lower(name), 'R' || i, 'DE', 'Europe/Berlin', '', '2-9', '+49 30 ' || i, NULL,
  (%(managers)s::bigint[])[1 + i %% %(leaders)s], CASE WHEN i %% 100 < 10 THEN 'signed' ELSE 'accepted' END,
  %(now)s - age - interval '1 day', CASE WHEN i %% 100 < 10 THEN NULL ELSE %(now)s - age END
FROM (SELECT i, (ARRAY['Fjord','Harbour','Linden','Summit','Brook','Ember','Quarry','Meadow','Anchor','Birch'])
    [1 + (i / 7) %% 10] || ' ' || (ARRAY['Systems','Networks','IT','Office','Data','Telecom','Services','Partner'])
    [1 + (i / 3) %% 8] || ' ' || substr(md5(i::text), 1, 6) AS name,
    (5 + i %% 300) * interval '1 day' AS age FROM generate_series(1, %(size)s) i) made
"""
SPONSORS = """
UPDATE partners_partner p SET sponsor_id = leader.id FROM partners_partner leader
WHERE p.vendor_id = %(vendor)s AND leader.vendor_id = p.vendor_id AND p.reference <> 'R1'
  AND leader.reference = 'R' || (1 + (substr(p.reference, 2)::int - 2) / %(line)s)
"""
CONTACTS = """
INSERT INTO partners_contact (partner_id, name, email, phone, role, language, time_zone, is_primary, created_at)
SELECT id, 'Anna Berg ' || substr(md5(id::text), 1, 5), 'anna' || id || '@partner.example', '', 'owner', '', '', true,
  signed_at
FROM partners_partner WHERE vendor_id = %(vendor)s
"""
ENROLLMENTS = """
INSERT INTO playbooks_enrollment (vendor_id, partner_id, playbook_id, version_id, state, started_at, ended_at, goal,
  goal_why)
SELECT vendor_id, id, %(playbook)s, %(version)s,
  CASE WHEN substr(reference, 2)::int %% 100 < 40 THEN 'finished' ELSE 'running' END, accepted_at,
  CASE WHEN substr(reference, 2)::int %% 100 < 40 THEN accepted_at + interval '4 days' END,
  'Three new clients by the summer', ''
FROM partners_partner WHERE vendor_id = %(vendor)s AND state = 'accepted'
"""
PROGRESS = """
INSERT INTO playbooks_progress (enrollment_id, step_id, position, state, turn, turn_since, opened_at, settled_at,
  reason)
SELECT e.id, s.id, s.position,
  CASE WHEN s.position < done THEN 'done' WHEN s.position > done THEN 'locked' WHEN stuck THEN 'stuck'
    WHEN handed THEN 'handed_over' ELSE 'open' END,
  CASE WHEN s.position <> done THEN '' WHEN stuck OR handed THEN 'vendor' ELSE 'partner' END,
  CASE WHEN s.position = done THEN acted END,
  CASE WHEN s.position <= done THEN e.started_at END,
  CASE WHEN s.position < done THEN acted END,
  CASE WHEN stuck AND s.position = done THEN 'No licence key came' ELSE '' END
FROM (SELECT e.*, n %% 100 BETWEEN 80 AND 84 AS stuck, n %% 100 BETWEEN 85 AND 87 AS handed,
    CASE WHEN e.state = 'finished' THEN %(steps)s WHEN n %% 100 BETWEEN 60 AND 79 THEN 0
      ELSE 1 + n %% (%(steps)s - 2) END AS done,
    CASE WHEN n %% 100 BETWEEN 60 AND 79 THEN e.started_at
      WHEN n %% 100 BETWEEN 80 AND 84 THEN %(now)s - (n %% 13) * interval '20 hours'
      WHEN n %% 100 >= 85 THEN %(now)s - (1 + n %% 70) * interval '1 hour'
      ELSE GREATEST(e.started_at, %(now)s - (4 + n %% 160) * interval '1 day') END AS acted
  FROM (SELECT e.*, substr(p.reference, 2)::int AS n FROM playbooks_enrollment e
    JOIN partners_partner p ON p.id = e.partner_id WHERE e.vendor_id = %(vendor)s) e) e
JOIN playbooks_step s ON s.version_id = e.version_id
"""
# A third each: a quote was asked for, a day is set, something was missing.
HANDOVERS = """
INSERT INTO playbooks_handover (vendor_id, progress_id, contact_id, state, offer, asked_at, wish, currency, accepted_at,
  accepted_name, ready_on, due_at)
SELECT e.vendor_id, pr.id, contact.id, said.state, %(offer)s::jsonb, pr.turn_since,
  'We close at six, and the logo is on our website.', '',
  CASE WHEN said.state <> 'requested' THEN pr.turn_since END, '',
  (pr.turn_since + interval '2 days')::date, pr.turn_since + interval '2 days'
FROM playbooks_progress pr JOIN playbooks_enrollment e ON e.id = pr.enrollment_id
JOIN partners_partner p ON p.id = e.partner_id JOIN partners_contact contact ON contact.partner_id = p.id,
LATERAL (SELECT (ARRAY['requested','scheduled','returned'])[1 + (substr(p.reference, 2)::int + 2) %% 3] AS state) said
WHERE e.vendor_id = %(vendor)s AND pr.state = 'handed_over'
"""
MOVES = """
INSERT INTO playbooks_handovermove (handover_id, state, at, side, by_name, note, currency, ready_on)
SELECT handover.id, said, handover.asked_at, CASE WHEN said = 'scheduled' THEN 'vendor' ELSE 'partner' END, 'Anna Berg',
  'We close at six, and the logo is on our website.', '', handover.ready_on
FROM playbooks_handover handover, LATERAL (VALUES ('accepted'), (handover.state)) moves (said)
WHERE handover.vendor_id = %(vendor)s AND (said = handover.state OR handover.state <> 'requested')
ORDER BY handover.id, said = handover.state
"""
OWED = """
INSERT INTO followups_task (vendor_id, partner_id, contact_id, kind, progress_id, texts, made_at, not_before, due_at,
  ending)
SELECT e.vendor_id, e.partner_id, contact.id, CASE pr.state WHEN 'stuck' THEN 'stuck' ELSE 'handover' END, pr.id, '{}',
  pr.turn_since, pr.turn_since, pr.turn_since + interval '2 days', ''
FROM playbooks_progress pr JOIN playbooks_enrollment e ON e.id = pr.enrollment_id
JOIN partners_contact contact ON contact.partner_id = e.partner_id
WHERE e.vendor_id = %(vendor)s AND pr.state IN ('stuck', 'handed_over')
"""
# Who is on track was stuck once in the last month, and was answered.
ANSWERED = """
INSERT INTO followups_task (vendor_id, partner_id, contact_id, kind, progress_id, texts, made_at, not_before, due_at,
  ended_at, ending)
SELECT e.vendor_id, e.partner_id, contact.id, 'stuck', pr.id, '{}', ended - took, ended - took,
  ended - took + interval '1 day', ended, 'done'
FROM playbooks_progress pr JOIN playbooks_enrollment e ON e.id = pr.enrollment_id
JOIN partners_partner p ON p.id = e.partner_id JOIN partners_contact contact ON contact.partner_id = p.id,
LATERAL (SELECT %(now)s - (substr(p.reference, 2)::int %% 700) * interval '1 hour' AS ended,
  (1 + substr(p.reference, 2)::int %% 50) * interval '1 hour' AS took) said
WHERE e.vendor_id = %(vendor)s AND pr.position = 0 AND pr.state = 'done' AND substr(p.reference, 2)::int %% 100 >= 85
"""
ACTIVITIES = """
INSERT INTO partners_activity (vendor_id, partner_id, at, side, kind, actor_name, note, data)
SELECT e.vendor_id, e.partner_id, pr.settled_at - (9 - pr.position) * interval '1 minute', 'partner', 'done',
  'Anna Berg', '', jsonb_build_object('title', jsonb_build_object('en', 'Step ' || pr.position))
FROM playbooks_progress pr JOIN playbooks_enrollment e ON e.id = pr.enrollment_id
WHERE e.vendor_id = %(vendor)s AND pr.state = 'done'
"""
ORDERS = """
INSERT INTO partners_order (vendor_id, partner_id, reference, ordered_on, quantity, imported_at)
SELECT vendor_id, id, id || '-' || k, (accepted_at + k * interval '9 days')::date, 1, %(now)s
FROM partners_partner p, generate_series(1, 6) k
WHERE vendor_id = %(vendor)s AND (substr(reference, 2)::int %% 100 BETWEEN 10 AND 19
  OR (k = 1 AND substr(reference, 2)::int %% 100 BETWEEN 20 AND 39))
"""
# The sponsor whose page is measured is a shop of its own: of every five customers, three ordered once.
CUSTOMERS = """
INSERT INTO partners_customer (vendor_id, partner_id, reference, name, created_at)
SELECT vendor_id, id, 'C' || k, 'Customer ' || k, signed_at
FROM partners_partner p, generate_series(1, %(customers)s) k WHERE vendor_id = %(vendor)s AND reference = %(sponsor)s
"""
CUSTOMERS_ORDERS = """
INSERT INTO partners_order (vendor_id, partner_id, customer_id, reference, ordered_on, quantity, imported_at)
SELECT c.vendor_id, c.partner_id, c.id, c.id || '-c' || k, (%(now)s - (31 + c.id %% 200 + k) * interval '1 day')::date,
  1, %(now)s
FROM partners_customer c, generate_series(1, 3) k
WHERE c.vendor_id = %(vendor)s AND (k = 1 OR c.id %% 5 < 2)
"""
FACTS = (
    *(PARTNERS, SPONSORS, CONTACTS, ENROLLMENTS, PROGRESS, HANDOVERS, MOVES, OWED, ANSWERED, ACTIVITIES, ORDERS),
    *(CUSTOMERS, CUSTOMERS_ORDERS),
)


@dataclass(frozen=True)
class Bench:
    """A filled vendor, and who looks at it."""

    vendor: Vendor
    manager: User
    sponsor: User
    reseller: User
    progress: Progress
    giver: User
    evidence: Progress  # open to ``giver``, and asks for something of each kind
    handed: Progress  # the vendor does it, and it asks for the same


def fill(*, size: int, now: datetime) -> Bench:
    """A vendor with ``size`` partners whose lists are up to date."""
    vendor = Vendor.objects.create(slug=f"bench-{size}", name=f"{size:,} partners", created_at=now)
    users = [_user(f"manager{number}-{size}") for number in range(MANAGERS)]
    members = [Member.objects.create(vendor=vendor, user=user, role="manager", joined_at=now) for user in users]
    version = _playbook(vendor, now=now)
    values: dict[str, Any] = {
        "vendor": vendor.pk,
        "size": size,
        "now": now,
        "managers": [member.pk for member in members],
        "leaders": len(members),
        "line": FIRST_LINE,
        "playbook": version.playbook_id,
        "version": version.pk,
        "steps": STEPS,
        "sponsor": SPONSOR,
        "customers": CUSTOMERS_OF_SPONSOR,
        "offer": json.dumps(OFFER),
    }
    _write(values)
    count_anew(Customer.objects.of(vendor).values_list("pk", flat=True))
    refresh_vendor(vendor=vendor, now=now)
    detect(now=now)
    return _people(vendor, users[0])


@transaction.atomic
def _write(values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        for statement in FACTS:
            cursor.execute(statement, values)
            cursor.execute("ANALYZE")  # the next statement joins what this one has written


def _user(name: str) -> User:
    return User.objects.create_user(f"{name}@bench.example", name=name.title())


def _playbook(vendor: Vendor, *, now: datetime) -> PlaybookVersion:
    playbook = Playbook.objects.create(vendor=vendor, slug="start", is_default=True, created_at=now)
    version = PlaybookVersion.objects.create(
        playbook=playbook,
        number=1,
        state="published",
        languages=["en", "de"],
        texts={"en": {"name": "Start", "summary": "From the first call to the first order."}},
        created_at=now,
        changed_at=now,
        published_at=now,
    )
    stages = [
        Stage.objects.create(version=version, key=f"stage{place}", position=place, texts=_words(f"Stage {place}"))
        for place in range(4)
    ]
    for position in range(STEPS):
        words = _words(f"Step {position}")
        Step.objects.create(
            version=version,
            stage=stages[position // 3],
            key=f"step{position}",
            position=position,
            texts=words,
            evidence=_evidence() if position == EVIDENCE_AT else [],
            offer=OFFER if position == EVIDENCE_AT else {},
        )
    return version


def _evidence() -> list[dict[str, Any]]:
    """One field of each kind, the quiz with three answers."""
    kinds = ("tick", "text", "number", "date", "link", "file", "question")
    fields: list[dict[str, Any]] = [{"key": kind, "kind": kind, "texts": _label(f"Your {kind}")} for kind in kinds]
    texts = [{language: {"text": f"Answer {number}"} for language in ("en", "de")} for number in range(3)]
    fields[-1]["options"] = [{"texts": each, "right": number == 1} for number, each in enumerate(texts)]
    return fields


def _label(label: str) -> dict[str, Any]:
    words = {"label": label, "help": "Any will do, as long as it is yours."}
    return {"en": words, "de": words}


def _words(title: str) -> dict[str, Any]:
    how = [f"Small move number {number}, which takes a few minutes and says exactly how." for number in range(5)]
    obstacles = [{"what": "No time", "answer": "Take ten minutes now and the rest tomorrow."} for _ in range(3)]
    words = {"title": title, "why": "Because it pays. " * 12, "how": how, "tools": how[:2], "obstacles": obstacles}
    return {"en": words, "de": words}


def _people(vendor: Vendor, manager: User) -> Bench:
    """The sponsor leads nine partners and has customers; the reseller has a step open."""
    sponsor = Partner.objects.of(vendor).get(reference=SPONSOR)
    their_turn = Progress.objects.filter(enrollment__vendor=vendor, state="open", turn="partner").order_by("pk")
    progress = their_turn.select_related("enrollment__partner")[3]
    evidence = their_turn.filter(position=EVIDENCE_AT).select_related("enrollment__partner")[0]
    handed = Progress.objects.filter(enrollment__vendor=vendor, state="handed_over", position=EVIDENCE_AT)
    users = [_user(f"{name}-{vendor.pk}") for name in ("sponsor", "reseller", "giver")]
    theirs = [sponsor, progress.enrollment.partner, evidence.enrollment.partner]
    for user, partner in zip(users, theirs, strict=True):
        Contact.objects.filter(partner=partner, is_primary=True).update(user=user, email=user.email)
    agreed = handed.exclude(handovers__state="requested").order_by("pk")[0]
    return Bench(vendor, manager, users[0], users[1], progress, users[2], evidence, agreed)
