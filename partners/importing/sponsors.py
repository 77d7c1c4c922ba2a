"""Sponsors named in a file: they may be partners already, or stand in a good row of the file, also further down."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from django.db import connection

from partners.importing.chunks import chunked
from partners.importing.matching import KnownPartners
from partners.importing.naming import AT_ONCE, name_key
from partners.models import Partner, Vendor

Node = int | str  # a partner's key, or the company of one that the file brings


class Naming(NamedTuple):
    """A row that names a sponsor, as far as sponsors are concerned."""

    company_key: str
    contact_email: str
    reference: str
    sponsor: str  # as written


class SponsorsInFile:
    """Who stands in the file, and who is named there as a sponsor."""

    def __init__(self) -> None:
        self._standing: Counter[str] = Counter()  # company or e-mail -> good rows that hold it
        self._company: dict[str, str] = {}  # company or e-mail -> the company of the first row that holds it
        self._named: defaultdict[str, list[int]] = defaultdict(list)  # sponsor's name -> lines that need it
        self._rows: dict[int, Naming] = {}  # by their lines

    def add(self, line: int, row: Naming) -> None:
        for name in (row.company_key, row.contact_email):
            self._standing[name] += 1
            self._company.setdefault(name, row.company_key)
        if row.sponsor:
            self._named[name_key(row.sponsor)].append(line)
            self._rows[line] = row

    @property
    def names(self) -> list[str]:
        return list(self._named)

    def in_circles(self, vendor: Vendor, *, known: Mapping[str, int]) -> Iterator[tuple[int, str]]:
        """Lines whose sponsor was brought in, directly or not, by their own partner, with the sponsor as written.

        By what the file says and by who brought in whom already. Like those that are lost they are no sponsors
        either; ask for them first.
        """
        above: dict[Node, Node] = dict(sponsors_above(known.values()).items())
        set_already = set(above)
        meant = self._known_tops(vendor, known=known, above=above)
        line_of: dict[Node, int] = {}
        for line, row in self._rows.items():
            sponsor = name_key(row.sponsor)
            node, its_sponsor = meant.get(line, row.company_key), known.get(sponsor, self._company.get(sponsor))
            if its_sponsor is not None and node not in set_already and node not in line_of:
                above[node], line_of[node] = its_sponsor, line
        for line in sorted(line_of[node] for node in on_circles(above) if node in line_of):
            row = self._rows[line]
            self._named[name_key(row.sponsor)].remove(line)
            self._standing.subtract((row.company_key, row.contact_email))
            yield line, row.sponsor

    def _known_tops(self, vendor: Vendor, *, known: Mapping[str, int], above: Mapping[Node, Node]) -> dict[int, Node]:
        """Which rows mean a partner at the upper end of a line that begins at a sponsor: they alone can close it."""
        tops = {pk for pk in (*known.values(), *above.values()) if pk not in above}
        names = set[str]()
        for some in chunked(tops, AT_ONCE):
            for called in Partner.objects.filter(pk__in=some).values_list("company_key", "reference"):
                names.update(called)
        names.discard("")
        found: dict[int, Node] = {}
        suspects = ((line, row) for line, row in self._rows.items() if names & {row.company_key, row.reference})
        for chunk in chunked(suspects, AT_ONCE):
            partners = KnownPartners(vendor, [row for _, row in chunk])
            for line, row in chunk:
                partner = partners.find(row)
                if partner is not None and partner.pk in tops:
                    found[line] = partner.pk
        return found

    def lost(self, *, known: Container[str]) -> Iterator[tuple[int, str]]:
        """Lines whose sponsor is nowhere, with the sponsor as written.

        A row that is lost cannot be a sponsor either, so those who named it are lost with it.
        """
        unknown = [name for name in self._named if name not in known and not self._standing[name]]
        while unknown:
            name = unknown.pop()
            for line in self._named.pop(name, []):
                row = self._rows[line]
                yield line, row.sponsor
                held = (row.company_key, row.contact_email)
                unknown.extend(gone for gone in held if self._take_away(gone) and gone not in known)

    def _take_away(self, name: str) -> bool:
        """Whether that was the last row that held ``name``, and somebody needs it."""
        self._standing[name] -= 1
        return not self._standing[name] and name in self._named


def on_circles(above: Mapping[Node, Node]) -> set[Node]:
    """Those that one comes back to by going up and up."""
    found: set[Node] = set()
    seen: set[Node] = set()
    for start in above:
        path: dict[Node, None] = {}
        here: Node | None = start
        while here is not None and here not in seen:
            seen.add(here)
            path[here] = None
            here = above.get(here)
        if here is not None and here in path:
            walked = list(path)
            found.update(walked[walked.index(here) :])
    return found


def sponsors_above(sponsors: Iterable[int]) -> dict[int, int]:
    """Partner to sponsor, for these and all above them."""
    found: dict[int, int] = {}
    for chunk in chunked(sponsors, AT_ONCE):
        with connection.cursor() as cursor:
            cursor.execute(_lines_above(chunk))
            found.update(cursor.fetchall())
    return found


class LinesOfSponsors:
    """Who brought in these sponsors, and whom before, so that nobody comes to stand above themselves."""

    def __init__(self, sponsors: Iterable[int]) -> None:
        self._above: dict[int, int] = sponsors_above(sponsors)

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
