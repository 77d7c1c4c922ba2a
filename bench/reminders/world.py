"""Any number of partners with a step open and reminders planned, made by the database itself.

The real functions found one vendor with one partner who has begun a starter playbook. Set-based statements then
multiply its rows, so that whatever column a row gets tomorrow is there too. The original is number 0; the copy with
number i of a row has the original's id plus i, or plus i times how many originals there are. The tables that a batch
speaks of count from different thousands of millions, so that a number in a statement says what it belongs to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models, transaction

from bench.reminders.clock import START
from followups.models import Cadence, FollowUp, Message, Standing, Touch
from partners.accepting import register_and_accept
from partners.models import Contact, Member, Partner, User, Vendor
from partners.vendors import create_vendor
from playbooks.goals import write_goal
from playbooks.models import Enrollment, Playbook, PlaybookVersion, Progress, Stage, Step
from playbooks.publishing import publish
from playbooks.starters import available_starters, copy_starter

PARTNERS_OF_A_VENDOR = 500
FIRST, SECOND = "remind-24h", "remind-48h"
NUMBERS = "generate_series(%(first)s, %(last)s) i"
MILLIARD = 10**9
BASES: dict[type[models.Model], int] = {
    Partner: 2 * MILLIARD,
    Contact: 3 * MILLIARD,
    Enrollment: 4 * MILLIARD,
    Progress: 5 * MILLIARD,
    FollowUp: 6 * MILLIARD,  # and those of ``make_due`` from the next on
    Message: 8 * MILLIARD,
}
DUE = 7 * MILLIARD
# Spread over the 30 days that follow tomorrow, to the second.
LATER = "%(tomorrow)s::timestamptz + mod(i::bigint * 7919 + {salt}, 2592000) * interval '1 second'"


@dataclass
class World:
    """Partners number 0 to ``partners`` - 1; those below ``used`` have been given their first reminder."""

    partners: int
    used: int = 0
    written: int = 0  # messages by ``make_ready``

    @property
    def vendors(self) -> int:
        return max(1, self.partners // PARTNERS_OF_A_VENDOR)

    def make_due(self, count: int, *, at: datetime) -> None:
        """The first reminder of ``count`` more partners, due at ``at``, with all that the database has to do for it."""
        self.feed(count, at=at)
        settle()

    def feed(self, count: int, *, at: datetime, channel: str = "'mail'") -> None:
        """The same while it is at work. Neighbours belong to different vendors.

        ``channel`` is an expression of the partner's number ``i``.
        """
        first, self.used = self.used, self.used + count
        if self.used > self.partners:
            raise ValueError(f"{self.used} partners are needed, and there are {self.partners}.")
        with _bulk():
            given: dict[str, Any] = {"first": first, "last": self.used - 1, "at": at}
            _plan(self, FIRST, NUMBERS, due_at="%(at)s::timestamptz", channel=channel, **given)

    def make_ready(self, count: int, *, at: datetime) -> None:
        """``count`` messages that may leave at ``at`` and carry nothing yet."""
        first, self.written = self.written, self.written + count
        fields = {"vendor": Vendor.objects.earliest("pk"), "kind": Message.Kind.REMINDER, "language": "en"}
        original = Message.objects.create(
            key="original", to_address="a@b.example", not_before=at, created_at=at, **fields
        )
        links = {"vendor_id": f"+ mod(i, {self.vendors})", "contact_id": f"{BASES[Contact]} + mod(i, {self.partners})"}
        texts = {"key": "'bench:' || i", "to_address": "'anna' || i || '@partner.example'"}
        number = {"id": f"nextval('{Message._meta.db_table}_id_seq')"}
        with _bulk():
            given = {"first": first, "last": self.written - 1}
            _multiply(Message, {**number, **links, **texts}, Message.objects.filter(pk=original.pk), given=given)
        original.delete()
        settle()

    def add_backlog(self, rows: int, *, beyond: int) -> None:
        """``rows`` more reminders for later, spread over partners number ``beyond`` and on."""
        numbers = "(SELECT %(first)s + mod(g, %(width)s) AS i, 1 + g / %(width)s AS episode"
        numbers += " FROM generate_series(0, %(last)s) g) n"
        given: dict[str, Any] = {"first": beyond, "width": self.partners - beyond, "last": rows - 1}
        with _bulk():
            _plan(self, SECOND, numbers, due_at=LATER.format(salt="n.episode * 104729"), episode="n.episode", **given)
        settle()


def build(partners: int, *, with_standing: bool = False) -> World:
    """Each partner has the second reminder planned for one of the next 30 days."""
    world = World(partners)
    _found()
    with _bulk():
        _multiply_vendors(world.vendors - 1)
        _multiply_partners(world, with_standing=with_standing)
        _plan(world, SECOND, NUMBERS, due_at=LATER.format(salt="0"), first=1, last=partners - 1)
    settle()
    return world


def settle() -> None:
    """Let the database finish what filling left behind, so that nothing of it is measured."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


@transaction.atomic
def _found() -> None:
    """One vendor, with one partner who began a day ago; what is planned but the second reminder is taken off again."""
    for model, base in BASES.items():
        _count_from(model, base)
    yesterday = START - timedelta(days=1)
    owner = User.objects.create_user("owner0@bench.example", name="Ada Owner")
    place = {"country": "DE", "language": "en", "time_zone": "Europe/Berlin"}
    vendor = create_vendor(name="Vendor 0", slug="bench-0", owner=owner, now=yesterday, **place)
    Vendor.objects.update(postal_address="Hafenstraße 1, 20457 Hamburg")
    playbook = copy_starter(vendor=vendor, key=available_starters()[0].key, by=owner, now=yesterday)
    publish(version=playbook.versions.get(), by=owner, now=yesterday)
    register_and_accept(
        vendor=vendor,
        company="Fjord Systems 0",
        contact_name="Anna Berg 0",
        contact_email="anna0@partner.example",
        manager=Member.objects.get(),
        by=owner,
        now=yesterday,
        country="DE",
    )
    goal = "Three new customers by the summer, with backup for all of them."
    write_goal(enrollment=Enrollment.objects.get(), goal=goal, goal_by=None, goal_why="", by=None, now=yesterday)
    FollowUp.objects.exclude(kind=SECOND).delete()


def _count_from(model: type[models.Model], number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE {model._meta.db_table}_id_seq RESTART WITH {number}")


def _multiply_vendors(copies: int) -> None:
    given = {"first": 1, "last": copies}
    texts = {"slug": "'bench-' || i", "name": "'Vendor ' || i", "language": "(ARRAY['en','de'])[1 + mod(i, 2)]"}
    texts["colour"] = "(ARRAY['#2f6f4f','#7a2f6f','#f2c14e'])[1 + mod(i, 3)]"
    stages = f"+ i * {Stage.objects.count()}"
    _multiply(Vendor, texts, given=given)
    _multiply(User, {"email": "'owner' || i || '@bench.example'"}, given=given)
    _multiply(Member, {"vendor_id": "+ i", "user_id": "+ i"}, given=given)
    _multiply(Cadence, {"vendor_id": "+ i"}, given=given)
    _multiply(Touch, {"cadence_id": "+ i"}, given=given)
    _multiply(Playbook, {"vendor_id": "+ i"}, given=given)
    _multiply(PlaybookVersion, {"playbook_id": "+ i"}, given=given)
    _multiply(Stage, {"version_id": "+ i"}, given=given)
    _multiply(Step, {"version_id": "+ i", "stage_id": stages}, given=given)


def _multiply_partners(world: World, *, with_standing: bool) -> None:
    given: dict[str, Any] = {"first": 1, "last": world.partners - 1, "tomorrow": START + timedelta(days=1)}
    v = f"+ mod(i, {world.vendors})"
    every = steps()
    company = {"company": "'Fjord Systems ' || i", "company_key": "'fjord systems ' || i"}
    person = {"name": "'Anna Berg ' || i", "email": "'anna' || i || '@partner.example'"}
    walk = {"vendor_id": v, "partner_id": "+ i", "playbook_id": v, "version_id": v}
    step = {"id": f"+ i * {every}", "enrollment_id": "+ i", "step_id": f"{v} * {every}"}
    _multiply(Partner, {**company, "vendor_id": v, "manager_id": v}, given=given)
    _multiply(Contact, {**person, "partner_id": "+ i"}, given=given)
    _multiply(Enrollment, walk, given=given)
    _multiply(Progress, step, Progress.objects.filter(position=0), given=given)
    if with_standing:
        links = {"partner_id": "+ i", "vendor_id": v, "manager_id": v, "enrollment_id": "+ i"}
        clocked = {"next_step_id": f"{v} * {every}", "next_change_at": "%(tomorrow)s::timestamptz"}
        _multiply(Standing, {**company, **links, **clocked, "contact_email": person["email"]}, given=given)


def _plan(
    world: World, kind: str, numbers: str, *, due_at: str, episode: str = "0", channel: str = "'mail'", **given: Any
) -> None:
    v = f"+ mod(i, {world.vendors})"
    links = {"vendor_id": v, "partner_id": "+ i", "enrollment_id": "+ i", "contact_id": "+ i"}
    links["progress_id"] = f"+ i * {steps()}"
    links["id"] = f"{DUE} + i" if kind == FIRST else f"nextval('{FollowUp._meta.db_table}_id_seq')"
    hours = 24 if kind == FIRST else 48
    plan = {"kind": f"'{kind}'", "offset": f"interval '{hours} hours'", "due_at": due_at, "episode": episode}
    plan["channel"] = channel
    original = FollowUp.objects.filter(kind=SECOND).order_by("pk")[:1]
    given |= {"tomorrow": START + timedelta(days=1)}
    _multiply(FollowUp, {**links, **plan}, original, numbers=numbers, given=given)


def steps() -> int:
    """How many steps the playbook has; the first of them is the one that is open."""
    return Step.objects.filter(version__playbook__vendor__slug="bench-0").count()


def _multiply(
    model: type[models.Model],
    columns: dict[str, str],
    originals: models.QuerySet[Any] | None = None,
    *,
    given: dict[str, Any],
    numbers: str = NUMBERS,
) -> None:
    """Copy rows for every number ``i``. ``columns`` says what differs: an expression, or what is added ("+ i")."""
    rows = list((model._default_manager.all() if originals is None else originals).values_list("pk", flat=True))
    columns = {"id": f"+ i * {len(rows)}", **columns}
    names = [str(field.column) for field in model._meta.local_concrete_fields]
    quoted = [connection.ops.quote_name(name) for name in names]
    wanted = [_expression(column, columns.get(name, "")) for name, column in zip(names, quoted, strict=True)]
    sql = f"""INSERT INTO {model._meta.db_table} ({", ".join(quoted)}) SELECT {", ".join(wanted)}
        FROM {model._meta.db_table} e, {numbers} WHERE e.{model._meta.pk.column} = ANY(%(rows)s)"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, {**given, "rows": rows})


def _expression(column: str, said: str) -> str:
    return f"e.{column} {said}" if not said or said.startswith("+") else said


@contextmanager
def _bulk() -> Iterator[None]:
    """One transaction without the triggers of foreign keys: what is copied refers to what was copied before."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL synchronous_commit = off")
        yield
