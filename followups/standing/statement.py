"""The one statement that computes Standing from the facts, for any set of partners.

The steps that later ones use several times are materialized: PostgreSQL would otherwise copy their expressions into
each use, and take longer to plan the statement than to run it.
"""

from followups.silence.judging import REST_HOURS_NOT_REACHED, REST_HOURS_REACHED, timed, verdict
from followups.standing.dialect import (
    folded,
    greatest,
    is_postgresql,
    joined,
    later,
    looked_up,
    start_of_day,
    written_instant,
)
from partners.ordering import counted

# From how many days with an order a partner is called what.
REPEAT_FROM_DAYS = 2
REGULAR_FROM_DAYS = 5

PLAIN = (
    "partner_id",
    "vendor_id",
    "company",
    "company_key",
    "search",
    "state",
    "accepted_at",
    "manager_id",
    "sponsor_id",
    "contact_name",
    "contact_email",
    "contact_phone",
    "enrollment_id",
    "started_at",
    "finished_at",
    "next_step_id",
    "stage_id",
    "step_state",
    "steps_done",
    "steps_total",
    "turn",
    "turn_since",
    "last_activity_at",
    "orders",
    "order_days",
    "first_order_on",
    "last_order_on",
    "life",
    "quiet_kind",
    "quiet_since",
    "rests_until",
)
CLOCKED = ("next_change_at", "silence_kind", "silence_since", "severity")
COLUMNS = PLAIN + CLOCKED


def _picked(scope: str) -> str:
    """The partners, with their own last act."""
    acted = "SELECT max(a.at) FROM partners_activity a WHERE a.partner_id = p.id AND a.side = 'partner'"
    return f"picked AS MATERIALIZED (SELECT p.*, ({acted}) AS acted_at FROM partners_partner p WHERE {scope})"  # noqa: S608


def _ordered() -> str:
    """A left join to what the orders of each partner tell, found by a look into an index for each.

    As a table that is joined, PostgreSQL counts it anew for every partner where its statistics are of a time when
    there were no orders; SQLite counts it once, and knows no LATERAL.
    """
    if is_postgresql():
        return f"LEFT JOIN LATERAL ({counted('partner_id', among='partner_id = p.id')}) ordered ON TRUE"
    theirs = counted("partner_id", among="partner_id IN (SELECT id FROM picked)")
    return f"LEFT JOIN ({theirs}) ordered ON ordered.partner_id = p.id"


# The newest running enrollment, else the newest finished one.
WALK = """e.id = (SELECT mine.id FROM playbooks_enrollment mine
    WHERE mine.partner_id = p.id AND mine.state IN ('running', 'finished')
    ORDER BY CASE mine.state WHEN 'running' THEN 0 ELSE 1 END, mine.started_at DESC, mine.id DESC LIMIT 1)"""

# The first step that somebody has to move now; before it what is the partner's turn, and then where they are stuck.
# As ``ProgressQuerySet.partners_first`` has it.
UPCOMING = """pr.id = (SELECT theirs.id FROM playbooks_progress theirs
    WHERE theirs.enrollment_id = e.id AND e.state = 'running'
      AND theirs.state IN ('open', 'waiting', 'stuck', 'handed_over', 'reopened')
    ORDER BY CASE WHEN theirs.turn = 'partner' THEN 0 WHEN theirs.state = 'stuck' THEN 1 ELSE 2 END,
      theirs.position, theirs.id LIMIT 1)"""


def _facts() -> str:
    """Everything Standing holds that the clock does not move, but for what is derived from it below.

    Nothing here can become a join that reads a whole table: a thousand partners cost a thousand looks into each
    index, however many partners there are, and also right after a load, when the database has no statistics yet.
    """
    ordered_at = start_of_day("ordered.last_order_on")
    rest = f"""CASE WHEN a.data ->> 'outcome' IN ('reached', 'wrote') THEN {REST_HOURS_REACHED}
      ELSE {REST_HOURS_NOT_REACHED} END"""
    back_at = written_instant("a.data ->> 'back_at'")
    rested = f"COALESCE({back_at}, {later('a.at', rest)})"
    people = f"""(SELECT {joined("c.name || ' ' || c.email", order="c.id")} FROM partners_contact c
      WHERE c.partner_id = p.id AND c.left_at IS NULL)"""  # noqa: S608 - no value from outside
    words = f"p.company || ' ' || p.reference || ' ' || COALESCE({people}, '')"
    return f"""facts AS MATERIALIZED (
  SELECT p.id AS partner_id, p.vendor_id, p.company, p.company_key, {folded(words)} AS search,
    p.state, p.signed_at, p.accepted_at, p.manager_id, p.sponsor_id,
    COALESCE(c.name, '') AS contact_name, COALESCE(c.email, '') AS contact_email,
    COALESCE(NULLIF(c.phone, ''), p.phone) AS contact_phone,
    e.id AS enrollment_id, e.started_at,
    CASE e.state WHEN 'finished' THEN e.ended_at END AS finished_at,
    pr.step_id AS next_step_id, step.stage_id,
    COALESCE(pr.state, '') AS step_state,
    (SELECT count(*) FROM playbooks_progress settled
      WHERE settled.enrollment_id = e.id AND settled.state IN ('done', 'skipped')
        AND NOT settled.left_out) AS steps_done,
    (SELECT count(*) FROM playbooks_progress every
      WHERE every.enrollment_id = e.id AND NOT every.left_out) AS steps_total,
    COALESCE(pr.turn, '') AS turn, pr.turn_since, pr.snoozed_until,
    {greatest(f"COALESCE(p.acted_at, {ordered_at})", f"COALESCE({ordered_at}, p.acted_at)")} AS last_activity_at,
    (SELECT {rested} FROM partners_activity a WHERE a.partner_id = p.id AND a.kind = 'contacted'
      ORDER BY a.at DESC, a.id DESC LIMIT 1) AS rests_until,
    COALESCE(ordered.orders, 0) AS orders, COALESCE(ordered.order_days, 0) AS order_days,
    ordered.first_order_on, ordered.last_order_on,
    CASE WHEN ordered.order_days >= {REGULAR_FROM_DAYS} THEN 'regular'
      WHEN ordered.order_days >= {REPEAT_FROM_DAYS} THEN 'repeat'
      WHEN ordered.order_days = 1 THEN 'first_order' ELSE 'prospect' END AS life
  FROM picked p
  {_ordered()}
  {looked_up("partners_contact", "c", "c.partner_id = p.id AND c.is_primary AND c.left_at IS NULL")}
  {looked_up("playbooks_enrollment", "e", WALK)}
  {looked_up("playbooks_progress", "pr", UPCOMING)}
  {looked_up("playbooks_step", "step", "step.id = pr.step_id")}
)"""  # noqa: S608 - no value from outside


def _quiet() -> str:
    """What the partner will be called if nobody acts, and since when; the table is in silence/judging.py."""
    last = "COALESCE(last_activity_at, turn_since)"
    later_asked = "COALESCE(snoozed_until, turn_since)"
    return f"""quiet AS MATERIALIZED (
  SELECT facts.*,
    CASE
      WHEN state = 'left' THEN ''
      WHEN turn = 'vendor' THEN 'waiting_on_us'
      WHEN turn = 'partner' AND last_activity_at > started_at THEN 'stopped'
      WHEN turn = 'partner' THEN 'never_started'
      WHEN order_days = 1 THEN 'ordered_once'
      ELSE ''
    END AS quiet_kind,
    CASE
      WHEN state = 'left' THEN NULL
      WHEN turn = 'vendor' THEN turn_since
      WHEN turn = 'partner' THEN {greatest("turn_since", last, later_asked)}
      WHEN order_days = 1 THEN {start_of_day("last_order_on")}
      WHEN state = 'signed' AND orders = 0 THEN signed_at
    END AS quiet_since
  FROM facts
)"""  # noqa: S608 - no value from outside


def computed(scope: str) -> str:
    """A query whose rows are what Standing should hold at ``%(now)s``; its columns are ``COLUMNS``.

    ``scope`` is a condition on the columns of ``partners_partner``, written by us.
    """
    tables = [_picked(scope), _facts(), _quiet(), timed("quiet")]
    clocked = verdict()
    columns = [f"t.{column}" for column in PLAIN] + [f"{clocked[column]} AS {column}" for column in CLOCKED]
    return f"WITH {', '.join(tables)}\nSELECT {', '.join(columns)} FROM timed t WHERE 1 = 1"


def upsert(scope: str) -> str:
    """The statement that brings Standing up to date, and returns the key and the silence of each row that it wrote.

    Rows that are right already are not written.
    """
    values = COLUMNS[1:]
    changes = ", ".join(f"{column} = excluded.{column}" for column in values)
    stored = ", ".join(f"followups_standing.{column}" for column in values)
    fresh = ", ".join(f"excluded.{column}" for column in values)
    return f"""INSERT INTO followups_standing ({", ".join(COLUMNS)})
{computed(scope)}
ON CONFLICT (partner_id) DO UPDATE SET {changes}
WHERE ({stored}) IS DISTINCT FROM ({fresh})
RETURNING partner_id, silence_kind"""
