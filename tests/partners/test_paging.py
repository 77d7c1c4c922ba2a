"""Pages by key: every row once, forwards and back; a key that nobody here has made begins at the beginning."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db.models import F
from django.http import QueryDict
from django.test import RequestFactory

from partners.applying import apply
from partners.models import Application, Vendor
from partners.paging import By, Page, instant, key, page_of, pages_of

LATEST = (By("applied_at", instant, descending=True), By("id", key, descending=True))
LONGEST_WAITING = (By("applied_at", instant), By("id", key))
BY_COMPANY = (By("company"), By("id", key))


def page(query: str, order: Sequence[By] = LATEST, *, size: int = 50) -> Page[Application]:
    return page_of(Application.objects.all(), order, request=RequestFactory().get(f"/{query}"), size=size)


def some(vendor: Vendor, now: datetime, count: int) -> list[int]:
    """Several at one instant, and companies in another order than they came."""
    for number in range(count):
        apply(
            vendor=vendor,
            company=f"{(number * 7) % 5}~{number}",
            contact_name="A",
            email=f"a{number}@x.example",
            now=now + timedelta(microseconds=number // 3),
        )
    return list(Application.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("order", [LATEST, LONGEST_WAITING, BY_COMPANY])
def test_every_row_once_forwards_and_back(vendor: Vendor, now: datetime, order: Sequence[By]) -> None:
    everybody = some(vendor, now, 11)
    forwards, query = [page("?show=all", order, size=4)], ""
    while query := forwards[-1].next:
        assert QueryDict(query.removeprefix("?"))["show"] == "all"
        forwards.append(page(query, order, size=4))
    seen = [row.pk for part in forwards for row in part.rows]
    assert sorted(seen) == sorted(everybody)
    sign = {True: "-", False: ""}
    names = [f"{sign[by.descending]}{by.column}" for by in order]
    assert seen == list(Application.objects.order_by(*names).values_list("pk", flat=True))
    assert [len(part.rows) for part in forwards] == [4, 4, 3]
    assert forwards[0].previous == ""
    back = page(forwards[2].previous, order, size=4)
    assert back.rows == forwards[1].rows
    assert page(back.previous, order, size=4).rows == forwards[0].rows


def parts_page(query: str) -> Page[Application]:
    """The even ones, the longest waiting on top; then the odd ones, the latest on top."""
    even = Application.objects.annotate(odd=F("id") % 2).filter(odd=0)
    odd = Application.objects.annotate(odd=F("id") % 2).filter(odd=1)
    return pages_of([(even, LONGEST_WAITING), (odd, LATEST)], request=RequestFactory().get(f"/{query}"), size=3)


def test_a_list_of_two_parts_shows_every_row_once_forwards_and_back(vendor: Vendor, now: datetime) -> None:
    everybody = some(vendor, now, 11)
    forwards = [parts_page("")]
    while query := forwards[-1].next:
        forwards.append(parts_page(query))
    even = sorted(pk for pk in everybody if not pk % 2)
    odd = sorted((pk for pk in everybody if pk % 2), reverse=True)
    assert [row.pk for part in forwards for row in part.rows] == even + odd
    assert forwards[0].previous == ""
    for later, earlier in zip(forwards[:0:-1], forwards[-2::-1], strict=True):
        assert parts_page(later.previous).rows == earlier.rows
    assert parts_page(forwards[1].previous).previous == ""


@pytest.mark.parametrize(
    "token", ["2~x~1", "-1~x~1", "²~x~1", "0~x~1", "0", "1~2026-01-01T00:00:00+00:00", "~", "1e9~"]
)
def test_a_place_in_no_part_is_ignored(token: str, application: Application) -> None:
    assert len(parts_page(f"?after={quote(token)}").rows) == 1


@pytest.mark.parametrize(
    "token",
    [
        "x~1",
        "1~1",
        "0001-01-01T00:00:00+14:00~1",
        "2026-01-01T00:00:00~1",
        "2026-01-01T00:00:00+00:00~x",
        "2026-01-01T00:00:00+00:00~-1",
        f"2026-01-01T00:00:00+00:00~{2**70}",
        "2026-01-01T00:00:00+00:00",
        "\0~1",
        "%",
        "é",
        "~" * 6000,
    ],
)
@pytest.mark.parametrize("word", ["after", "before"])
def test_what_nobody_here_has_made_is_ignored(token: str, word: str, application: Application, now: datetime) -> None:
    assert page(f"?{word}={quote(token)}").rows == [application]


def test_a_moment_is_read_back_as_it_was() -> None:
    at = datetime(2026, 3, 1, 12, 0, 0, 7, tzinfo=UTC)
    assert instant(at.isoformat()) == at


@pytest.mark.parametrize("text", ["", "-1", "x", str(2**63)])
def test_no_row_has_such_a_key(text: Any) -> None:
    with pytest.raises(ValueError, match=text or "invalid literal"):
        key(text)
