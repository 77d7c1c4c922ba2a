"""Sponsors named in a file: they may be partners already, or stand in a good row of the file, also further down."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping

from django.db import connection

from partners.importing.naming import name_key


class SponsorsInFile:
    """Who stands in the file, and who is named there as a sponsor."""

    def __init__(self) -> None:
        self._standing: Counter[str] = Counter()  # company or e-mail -> good rows that hold it
        self._named: defaultdict[str, list[int]] = defaultdict(list)  # sponsor's name -> lines that need it
        self._rows: dict[int, tuple[str, str, str]] = {}  # line -> company, e-mail, sponsor as written

    def add(self, line: int, *, company: str, email: str, sponsor: str) -> None:
        self._standing.update((company, email))
        if sponsor:
            self._named[name_key(sponsor)].append(line)
            self._rows[line] = (company, email, sponsor)

    @property
    def names(self) -> list[str]:
        return list(self._named)

    def in_circles(self) -> Iterator[tuple[int, str]]:
        """Lines whose sponsor was brought in by themselves, in this file, with the sponsor as written.

        Like those that are lost they are no sponsors either; ask for them first.
        """
        holder: dict[str, int] = {}
        for line, (company, email, _) in self._rows.items():
            holder.setdefault(company, line)
            holder.setdefault(email, line)
        above = {line: holder.get(name_key(sponsor)) for line, (_, _, sponsor) in self._rows.items()}
        for line in sorted(_on_circles(above)):
            company, email, sponsor = self._rows[line]
            self._named[name_key(sponsor)].remove(line)
            self._standing.subtract((company, email))
            yield line, sponsor

    def lost(self, *, known: Container[str]) -> Iterator[tuple[int, str]]:
        """Lines whose sponsor is nowhere, with the sponsor as written.

        A row that is lost cannot be a sponsor either, so those who named it are lost with it.
        """
        unknown = [name for name in self._named if name not in known and not self._standing[name]]
        while unknown:
            name = unknown.pop()
            for line in self._named.pop(name, []):
                company, email, sponsor = self._rows[line]
                yield line, sponsor
                unknown.extend(gone for gone in (company, email) if self._take_away(gone) and gone not in known)

    def _take_away(self, name: str) -> bool:
        """Whether that was the last row that held ``name``, and somebody needs it."""
        self._standing[name] -= 1
        return not self._standing[name] and name in self._named


def _on_circles(above: dict[int, int | None]) -> set[int]:
    """Those that one comes back to by going up and up."""
    found: set[int] = set()
    seen: set[int] = set()
    for start in above:
        path: dict[int, None] = {}
        here: int | None = start
        while here is not None and here not in seen:
            seen.add(here)
            path[here] = None
            here = above.get(here)
        if here in path:
            walked = list(path)
            found.update(walked[walked.index(here) :])
    return found


class LinesOfSponsors:
    """Who brought in these sponsors, and whom before, so that nobody comes to stand above themselves."""

    def __init__(self, sponsors: Iterable[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_lines_above(sponsors))
            self._above: dict[int, int | None] = dict(cursor.fetchall())

    def link(self, partner: int, sponsor: int) -> bool:
        """Note ``sponsor`` above ``partner``, unless that closes a circle; says whether it was noted."""
        here: int | None = sponsor
        seen = set[int]()
        while here is not None and here not in seen:
            if here == partner:
                return False
            seen.add(here)
            here = self._above.get(here)
        self._above[partner] = sponsor
        return True


def _lines_above(sponsors: Iterable[int]) -> str:
    """A query: each of these partners and of those above them, with its sponsor."""
    keys = ", ".join(str(int(pk)) for pk in {0, *sponsors})
    return f"""WITH RECURSIVE above (id, sponsor_id) AS (
  SELECT id, sponsor_id FROM partners_partner WHERE id IN ({keys})
  UNION
  SELECT p.id, p.sponsor_id FROM above JOIN partners_partner p ON p.id = above.sponsor_id)
SELECT id, sponsor_id FROM above WHERE sponsor_id IS NOT NULL"""  # noqa: S608 - numbers of ours


def write_sponsors(sponsors: Mapping[int, int]) -> None:
    """Give partners, by key, their sponsors, in one statement."""
    if not sponsors:
        return
    pairs = ", ".join(f"({int(partner)}, {int(sponsor)})" for partner, sponsor in sponsors.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH told (id, sponsor_id) AS (VALUES {pairs}) "  # noqa: S608 - numbers of ours
            "UPDATE partners_partner SET sponsor_id = told.sponsor_id FROM told WHERE partners_partner.id = told.id"
        )
