"""The one statement that computes Standing from the facts, for any set of partners.

The steps that later ones use several times are materialized: PostgreSQL would otherwise copy their expressions into
each use, and take longer to plan the statement than to run it.
"""

from followups.silence.judging import REST_HOURS_NOT_REACHED, REST_HOURS_REACHED, timed, verdict
from followups.standing.dialect import folded, greatest, joined, later, start_of_day
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
    return f"picked AS (SELECT * FROM partners_partner WHERE {scope})"  # noqa: S608 - a condition of ours


# The newest running enrollment, else the newest finished one.
WALK = """walk AS (
  SELECT * FROM (
    SELECT e.id, e.partner_id, e.state, e.started_at, e.ended_at, row_number() OVER (
      PARTITION BY e.partner_id
      ORDER BY CASE e.state WHEN 'running' THEN 0 ELSE 1 END, e.started_at DESC, e.id DESC) AS place
    FROM picked JOIN playbooks_enrollment e ON e.partner_id = picked.id
    WHERE e.state IN ('running', 'finished')) ranked
  WHERE place = 1
)"""

STEPS = """steps AS (
  SELECT walk.id AS enrollment_id, count(*) AS total,
    sum(CASE WHEN pr.state IN ('done', 'skipped') THEN 1 ELSE 0 END) AS done
  FROM walk JOIN playbooks_progress pr ON pr.enrollment_id = walk.id
  GROUP BY walk.id
)"""

UPCOMING = """upcoming AS (
  SELECT * FROM (
    SELECT pr.enrollment_id, pr.step_id, step.stage_id, pr.state, pr.turn, pr.turn_since, pr.snoozed_until,
      row_number() OVER (PARTITION BY pr.enrollment_id ORDER BY pr.position, pr.id) AS place
    FROM walk
    JOIN playbooks_progress pr ON pr.enrollment_id = walk.id
    JOIN playbooks_step step ON step.id = pr.step_id
    WHERE walk.state = 'running' AND pr.state IN ('open', 'waiting', 'stuck', 'handed_over', 'reopened')) ranked
  WHERE place = 1
)"""

ORDERED_AMONG = "partner_id IN (SELECT id FROM picked)"
ORDERED = f"ordered AS ({counted('partner_id', among=ORDERED_AMONG)})"


# Their own last act, by one look into an index for each partner.
ACTED = """acted AS MATERIALIZED (
  SELECT picked.id AS partner_id,
    (SELECT max(a.at) FROM partners_activity a WHERE a.partner_id = picked.id AND a.side = 'partner') AS at
  FROM picked
)"""


def _people() -> str:
    return f"""people AS (
  SELECT picked.id AS partner_id, {joined("c.name || ' ' || c.email", order="c.id")} AS words
  FROM picked JOIN partners_contact c ON c.partner_id = picked.id
  WHERE c.left_at IS NULL
  GROUP BY picked.id
)"""  # noqa: S608 - no value from outside


def _facts() -> str:
    """Everything Standing holds that the clock does not move, but for what is derived from it below."""
    ordered_at = start_of_day("ordered.last_order_on")
    rest = f"CASE a.data ->> 'outcome' WHEN 'reached' THEN {REST_HOURS_REACHED} ELSE {REST_HOURS_NOT_REACHED} END"
    words = "p.company || ' ' || p.reference || ' ' || COALESCE(people.words, '')"
    return f"""facts AS MATERIALIZED (
  SELECT p.id AS partner_id, p.vendor_id, p.company, p.company_key, {folded(words)} AS search,
    p.state, p.signed_at, p.accepted_at, p.manager_id, p.sponsor_id,
    COALESCE(c.name, '') AS contact_name, COALESCE(c.email, '') AS contact_email,
    COALESCE(NULLIF(c.phone, ''), p.phone) AS contact_phone,
    walk.id AS enrollment_id, walk.started_at,
    CASE walk.state WHEN 'finished' THEN walk.ended_at END AS finished_at,
    upcoming.step_id AS next_step_id, upcoming.stage_id,
    COALESCE(upcoming.state, '') AS step_state,
    COALESCE(steps.done, 0) AS steps_done, COALESCE(steps.total, 0) AS steps_total,
    COALESCE(upcoming.turn, '') AS turn, upcoming.turn_since, upcoming.snoozed_until,
    {greatest(f"COALESCE(acted.at, {ordered_at})", f"COALESCE({ordered_at}, acted.at)")} AS last_activity_at,
    (SELECT {later("a.at", rest)} FROM partners_activity a WHERE a.partner_id = p.id AND a.kind = 'contacted'
      ORDER BY a.at DESC, a.id DESC LIMIT 1) AS rests_until,
    COALESCE(ordered.orders, 0) AS orders, COALESCE(ordered.order_days, 0) AS order_days,
    ordered.first_order_on, ordered.last_order_on,
    CASE WHEN ordered.order_days >= {REGULAR_FROM_DAYS} THEN 'regular'
      WHEN ordered.order_days >= {REPEAT_FROM_DAYS} THEN 'repeat'
      WHEN ordered.order_days = 1 THEN 'first_order' ELSE 'prospect' END AS life
  FROM picked p
  LEFT JOIN walk ON walk.partner_id = p.id
  LEFT JOIN steps ON steps.enrollment_id = walk.id
  LEFT JOIN upcoming ON upcoming.enrollment_id = walk.id
  LEFT JOIN ordered ON ordered.partner_id = p.id
  LEFT JOIN acted ON acted.partner_id = p.id
  LEFT JOIN people ON people.partner_id = p.id
  LEFT JOIN partners_contact c ON c.partner_id = p.id AND c.is_primary AND c.left_at IS NULL
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
    tables = [_picked(scope), WALK, STEPS, UPCOMING, ORDERED, ACTED, _people(), _facts(), _quiet(), timed("quiet")]
    clocked = verdict()
    columns = [f"t.{column}" for column in PLAIN] + [f"{clocked[column]} AS {column}" for column in CLOCKED]
    return f"WITH {', '.join(tables)}\nSELECT {', '.join(columns)} FROM timed t WHERE 1 = 1"


def upsert(scope: str) -> str:
    """The statement that brings Standing up to date; rows that are right already are not written."""
    values = COLUMNS[1:]
    changes = ", ".join(f"{column} = excluded.{column}" for column in values)
    stored = ", ".join(f"followups_standing.{column}" for column in values)
    fresh = ", ".join(f"excluded.{column}" for column in values)
    return f"""INSERT INTO followups_standing ({", ".join(COLUMNS)})
{computed(scope)}
ON CONFLICT (partner_id) DO UPDATE SET {changes}
WHERE ({stored}) IS DISTINCT FROM ({fresh})"""
