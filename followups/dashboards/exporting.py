"""The list of partners as a file: what a filter leaves, in the columns that loading a file takes.

So whoever is missing can be filled in where many are filled in quickest, and the file loaded again: a row finds its
partner by reference or company, and a person who is new there is added.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.http import HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from followups.dashboards.partners import ALPHABET, Wanted, selected
from partners.importing.columns import PARTNERS
from partners.importing.tables import csv_lines
from partners.scoping import ScopedRequest, for_those_who_act

CHUNK: Final = 2000
# Our column of a file of partners, and where a standing has it.
COLUMNS: Final = {
    "company": "company",
    "contact_name": "contact_name",
    "contact_email": "contact_email",
    "country": "partner__country",
    "time_zone": "partner__time_zone",
    "language": "partner__language",
    "size": "partner__size",
    "vertical": "partner__vertical",
    "sponsor": "sponsor__company",
    "manager": "manager__user__email",
    "reference": "partner__reference",
    "phone": "contact_phone",
}


@require_safe
@for_those_who_act
def export(request: ScopedRequest, vendor: str) -> HttpResponseBase:
    found = selected(request.vendor, Wanted.read(request.GET)).order_by(*(by.column for by in ALPHABET))
    rows: Iterable[tuple[Any, ...]] = found.values_list(*COLUMNS.values()).iterator(chunk_size=CHUNK)
    response = StreamingHttpResponse(csv_lines(_table(rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="partners-{request.vendor.slug}.csv"'
    return response


def _table(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[str]]:
    """The names by which a file's columns are found, whatever language the reader has; then the rows."""
    yield [PARTNERS.by_key[key].folded_names[0] for key in COLUMNS]
    for row in rows:
        yield [str(value or "") for value in row]
