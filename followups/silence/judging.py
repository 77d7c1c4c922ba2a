"""Who is silent, of which kind, and how urgent that is: one judgement, shared by refreshing and detecting.

Everything is wall-clock time. A partner has one candidate kind at any moment (``quiet_kind``), which follows
from whose turn it is, and has been quiet since ``quiet_since``:

========================  =====================================  ==========================================
candidate                 when                                   quiet since
========================  =====================================  ==========================================
waiting on us             it is the vendor's turn                the turn passed to the vendor
never started             the partner's turn, never acted in it  the turn passed to the partner
started, then stopped     the partner's turn, has acted in it    the last act, or the turn, or a "later" asked for
ordered once              nobody's turn, orders all on one day   that day began (UTC)
========================  =====================================  ==========================================

So a partner who waits on the vendor can never be called inactive. The candidate becomes a silence once the
vendor's threshold for that kind has passed, and not before the reminders have been decided that the partner's own
people get within it: over a weekend, or while a cap or a pause holds them, nobody is silent who was not reminded yet.

**Severity** (0 to 95) is the kind's weight in one of three age bands. What we owe comes first and grows with time: it
is our own turn. A partner who went quiet is easiest to win back early, so that weight falls and the long cold do not
bury the fresh. Whoever was talked to rests for some days (``rests_until``): still silent, but nobody needs to call
again before. What we owe does not rest. Each number belongs to one kind, so that who needs somebody can be counted by
kind over the index of the severities (``severities_of``). Who signed and waits for our yes needs us too; after two
weeks it was not so urgent, or they came in a file with many.

**Who comes first**: whoever waits for a step of ours (``OWED``), the longest wait on top, whatever the severity. Then
everybody else by severity, and of one severity whoever went quiet last.
"""

from followups.standing.dialect import greatest, later, no_longer_than

# kind: weights once silent, after the second edge, after the third; the two edges in hours after falling silent
BANDS = {
    "waiting_on_us": (70, 80, 90, 3 * 24, 14 * 24),
    "never_started": (60, 40, 20, 14 * 24, 60 * 24),
    "stopped": (50, 35, 15, 14 * 24, 60 * 24),
    "ordered_once": (45, 30, 10, 30 * 24, 90 * 24),
}
STUCK = 65  # a step is stuck, and we have not been late yet
STUCK_EXTRA = 5  # on top of waiting_on_us, once we are
OUR_TURN = 62  # the vendor's turn, not late yet
REST_HOURS_REACHED = 72  # after a talk the partner gets this long to act
REST_HOURS_NOT_REACHED = 24  # not reached, and written down before it was kept when tomorrow's work begins
NOT_ACCEPTED = 61  # signed, no orders, waits for a yes
NOT_ACCEPTED_LONG = 25
LONG_HOURS = 14 * 24  # from here on
OWED = OUR_TURN  # from this severity on, a partner waits for a step of ours; the indexes of Standing are cut here

# A reminder that fell due leaves within minutes; where it has not been decided by then, silence looks again later.
GRACE_HOURS = 0.05
LOOK_AGAIN_HOURS = 0.25

AGES = """CASE
      WHEN t.long_at > %(now)s THEN t.long_at
      WHEN t.silent_at > %(now)s THEN t.silent_at
      WHEN t.second_at > %(now)s THEN t.second_at
      WHEN t.third_at > %(now)s THEN t.third_at
    END"""


def severities_of(kind: str) -> tuple[int, ...]:
    """Every severity that somebody of this kind who needs us can have."""
    weights = BANDS[kind][:3]
    if kind != "waiting_on_us":
        return weights
    stuck = tuple(weight + STUCK_EXTRA for weight in weights)
    return (*weights, *stuck, STUCK, OUR_TURN, NOT_ACCEPTED, NOT_ACCEPTED_LONG)


def places_of(severity: int) -> str:
    """Which part of the list of those who need us this severity is in: owed, signed, or quiet for how long."""
    if severity >= OWED:
        return "owed"
    if severity in (NOT_ACCEPTED, NOT_ACCEPTED_LONG):
        return "signed" if severity == NOT_ACCEPTED else "signed_long"
    age = next(band.index(severity) for band in BANDS.values() if severity in band[:3])
    return ("lately", "for_weeks", "for_months")[age]


def threshold_hours(row: str) -> str:
    """After how many hours the candidate of ``row`` becomes a silence; its vendor is at hand as ``v``."""
    return f"""CASE {row}.quiet_kind
      WHEN 'waiting_on_us' THEN v.waiting_hours
      WHEN 'never_started' THEN v.never_started_hours
      WHEN 'stopped' THEN v.stopped_hours
      WHEN 'ordered_once' THEN v.ordered_once_days * 24
    END"""


def _by_kind(column: int) -> str:
    cases = " ".join(f"WHEN '{kind}' THEN {band[column]}" for kind, band in BANDS.items())
    return f"CASE t.quiet_kind {cases} END"


def _edge(column: int) -> str:
    cases = " ".join(f"WHEN '{kind}' THEN {band[column]}" for kind, band in BANDS.items())
    return f"{threshold_hours('f')} + CASE f.quiet_kind {cases} END"


def _reminded_at() -> str:
    """When the last reminder is due that belongs to the silence of ``f`` and is not decided yet; NULL for none."""
    hours = threshold_hours("f")
    return f"""CASE WHEN f.quiet_kind IN ('never_started', 'stopped') THEN (
      SELECT max(u.due_at) FROM followups_followup u JOIN partners_contact person ON person.id = u.contact_id
      WHERE u.partner_id = f.partner_id AND u.state = 'scheduled' AND u.enrollment_id = f.enrollment_id
        AND person.partner_id = u.partner_id AND u.channel <> 'webhook'
        AND {no_longer_than('u."offset"', hours)}) END"""  # noqa: S608 - ours


def _silent_at() -> str:
    """The threshold, or a moment after that reminder; where it is late itself, soon."""
    reminded = later("w.reminded_at", str(GRACE_HOURS))
    at = greatest("w.threshold_at", reminded)
    return f"""CASE
      WHEN w.reminded_at IS NULL THEN w.threshold_at
      WHEN {at} > %(now)s THEN {at}
      ELSE {later("%(now)s", str(LOOK_AGAIN_HOURS))}
    END"""


def timed(source: str) -> str:
    """CTEs up to ``timed``: the rows of ``source`` with the instants at which the clock changes something.

    ``source`` has partner_id, vendor_id, enrollment_id, state, turn, step_state, orders, quiet_kind, quiet_since and
    rests_until.
    """
    return f"""warned AS MATERIALIZED (
  SELECT f.*,
    {_reminded_at()} AS reminded_at,
    {later("f.quiet_since", threshold_hours("f"))} AS threshold_at,
    {later("f.quiet_since", _edge(3))} AS second_at,
    {later("f.quiet_since", _edge(4))} AS third_at,
    CASE WHEN f.state = 'signed' AND f.orders = 0 THEN {later("f.quiet_since", str(LONG_HOURS))} END AS long_at
  FROM {source} f JOIN partners_vendor v ON v.id = f.vendor_id
), timed AS MATERIALIZED (SELECT w.*, {_silent_at()} AS silent_at FROM warned w)"""  # noqa: S608 - names of ours


def verdict() -> dict[str, str]:
    """The columns of Standing that the clock moves, as expressions over ``timed t`` and the parameter ``now``."""
    stuck = f"CASE WHEN t.step_state = 'stuck' THEN {STUCK_EXTRA} ELSE 0 END"
    return {
        "silence_kind": "CASE WHEN t.silent_at <= %(now)s THEN t.quiet_kind ELSE '' END",
        "silence_since": "CASE WHEN t.silent_at <= %(now)s THEN t.quiet_since END",
        "severity": f"""CASE
      WHEN t.state = 'left' THEN 0
      WHEN t.rests_until > %(now)s AND t.turn <> 'vendor' THEN 0
      WHEN t.turn = 'partner' AND t.silent_at > %(now)s THEN 0
      WHEN t.third_at <= %(now)s THEN {_by_kind(2)} + {stuck}
      WHEN t.second_at <= %(now)s THEN {_by_kind(1)} + {stuck}
      WHEN t.silent_at <= %(now)s THEN {_by_kind(0)} + {stuck}
      WHEN t.turn = 'vendor' AND t.step_state = 'stuck' THEN {STUCK}
      WHEN t.turn = 'vendor' THEN {OUR_TURN}
      WHEN t.long_at <= %(now)s THEN {NOT_ACCEPTED_LONG}
      WHEN t.state = 'signed' AND t.orders = 0 THEN {NOT_ACCEPTED}
      ELSE 0
    END""",
        "next_change_at": f"""CASE
      WHEN t.rests_until > %(now)s AND (({AGES}) IS NULL OR t.rests_until < ({AGES})) THEN t.rests_until
      ELSE {AGES}
    END""",
    }
