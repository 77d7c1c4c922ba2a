"""Sponsors named in a file: they may be partners already, or stand in a good row of the file, also further down."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterator

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
