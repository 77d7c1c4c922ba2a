"""Which column of a file is which of ours."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.importing.columns import Column, Kind, fold
from partners.importing.reading import Table, Unreadable
from partners.templatetags.firstline import quoted

Mapping = dict[str, int]  # our column's key -> where it stands in the file's rows, from 0


def guess(kind: Kind, header: Sequence[str]) -> Mapping:
    """Our columns found by their usual names; each column of the file is used at most once."""
    places: dict[str, int] = {}
    for position, name in enumerate(header):
        places.setdefault(fold(name), position)
    found: Mapping = {}
    for column in kind.columns:
        free = (places[name] for name in column.folded_names if name in places and places[name] not in found.values())
        for place in free:
            found[column.key] = place
            break
    return found


@dataclass(frozen=True, slots=True)
class Rivals:
    """Columns of a file that are called so that each of them could be ``column``; one of them is used."""

    column: Column
    used: int
    others: Sequence[int]

    def in_words(self, header: Sequence[str]) -> str:
        there = ", ".join(place_in_words(header, place) for place in sorted([self.used, *self.others]))
        words = _("More than one column of the file could be %(name)s: %(columns)s. Used is %(used)s.")
        used = place_in_words(header, self.used)
        return words % {"name": quoted(str(self.column.label)), "columns": there, "used": used}


def rivals(kind: Kind, mapping: Mapping, header: Sequence[str]) -> list[Rivals]:
    """Where the file says the same thing in more than one column, by their names, and only one of them is read."""
    taken = set(mapping.values())
    free = [(place, fold(name)) for place, name in enumerate(header) if place not in taken and fold(name)]
    found = []
    for column in kind.columns:
        used = mapping.get(column.key)
        if used is not None:
            names = {*column.folded_names, fold(header[used])}
            others = [place for place, name in free if name in names]
            found += [Rivals(column, used, others)] if others else []
    return found


def place_in_words(header: Sequence[str], place: int) -> str:
    """A column's name with the number that tells it from others of the same name."""
    return _("%(name)s (column %(number)d)") % {"name": quoted(header[place].strip()), "number": place + 1}


def ambiguous(header: Sequence[str]) -> set[int]:
    """The places of columns whose name does not tell them from another one."""
    count = Counter(fold(name) for name in header)
    return {place for place, name in enumerate(header) if fold(name) and count[fold(name)] > 1}


def choose_table(kind: Kind, tables: Sequence[Table]) -> Table:
    """The sheet that holds what we look for: the one with the most of our columns, the first between equals."""
    return max(tables, key=lambda table: (-len(kind.missing(guess(kind, table.header))), _width(kind, table)))


def _width(kind: Kind, table: Table) -> int:
    return len(guess(kind, table.header))


def require(kind: Kind, mapping: Mapping, table: Table) -> None:
    """Raises ``Unreadable`` where no column of the file stands for a required one."""
    missing = kind.missing(mapping)
    if missing:
        raise Unreadable(missing_words(missing, table))


def missing_words(missing: Sequence[Column], table: Table) -> str:
    names = ", ".join(str(column.label) for column in missing)
    there = ", ".join(quoted(name.strip()) for name in table.header if name.strip())
    sentence = ngettext(
        "No column of the file (%(form)s) is recognised as %(names)s. Its columns are: %(there)s.",
        "No columns of the file (%(form)s) are recognised as %(names)s. Its columns are: %(there)s.",
        len(missing),
    )
    return sentence % {"form": table.form, "names": names, "there": there or _("none")}
