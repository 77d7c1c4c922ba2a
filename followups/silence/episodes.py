"""Episodes of silence follow Standing: one is open for each partner that is silent, with its kind and beginning."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from followups.standing.dialect import among, instant

CLOSE = """
UPDATE followups_silence SET ended_at = %(now)s
WHERE ended_at IS NULL AND {scope} AND NOT EXISTS (
  SELECT 1 FROM followups_standing s
  WHERE s.partner_id = followups_silence.partner_id
    AND s.silence_kind = followups_silence.kind AND s.silence_since = followups_silence.began_at)
"""

OPEN = """
INSERT INTO followups_silence (vendor_id, partner_id, kind, number, began_at)
SELECT vendor_id, partner_id, silence_kind,
  1 + COALESCE((SELECT max(past.number) FROM followups_silence past WHERE past.partner_id = s.partner_id), 0),
  silence_since
FROM followups_standing s
WHERE silence_kind <> '' AND {scope} AND NOT EXISTS (
  SELECT 1 FROM followups_silence held WHERE held.partner_id = s.partner_id AND held.ended_at IS NULL)
ON CONFLICT DO NOTHING
"""


def follow(*, silences: Mapping[int, str], now: datetime) -> None:
    """Close the episodes that Standing has left and open those it has entered.

    ``silences`` holds the partners whose Standing was written, with the kind of their silence now, "" for none. Call it
    in the transaction that wrote it.
    """
    silent = [pk for pk, kind in silences.items() if kind]
    with connection.cursor() as cursor:
        for statement, ids in ((CLOSE, silences), (OPEN, silent)):
            if ids:
                cursor.execute(statement.format(scope=among("partner_id", ids)), {"now": instant(now)})
