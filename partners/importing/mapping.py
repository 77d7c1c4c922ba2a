"""Which column of a file is which of ours."""

from collections.abc import Sequence

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
