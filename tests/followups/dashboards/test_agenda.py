"""What goes out next and what became of the last ones, in words."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followups.dashboards.agenda import ROWS, agenda, make_key, read_key
from followups.engine.cadences import make_default_cadence
from followups.models import FollowUp, Message, Suppression
from partners.models import Member, Vendor
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_vendor, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    vendor = make_vendor("nordlicht")
    make_default_cadence(vendor=vendor, now=NOW)
    return vendor


@pytest.fixture
def member(vendor: Vendor, client: Client) -> Member:
    member = make_member(vendor)
    client.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
    return member


def walk(vendor: Vendor, count: int) -> None:
    version = vendor.playbooks.first()
    steps = version.versions.get() if version else make_version(vendor)
    for _ in range(count):
        make_enrollment(make_partner(vendor), version=steps)


def page(client: Client, query: str = "") -> str:
    response = client.get(f"/v/nordlicht/followups/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_every_fate_in_words(vendor: Vendor, member: Member, client: Client) -> None:
    walk(vendor, 4)
    rows = list(FollowUp.objects.order_by("pk"))
    message = Message.objects.create(
        key="digest:1",
        kind="reminder",
        to_address="a@b.example",
        state="unknown",
        not_before=NOW,
        created_at=NOW,
        finished_at=NOW,
    )
    ends: list[dict[str, Any]] = [
        {"state": "decided", "reason": "sent_alone", "message": message, "finished_at": NOW},
        {"state": "cancelled", "reason": "step_settled", "finished_at": NOW},
        {"state": "suppressed", "reason": "address_suppressed", "finished_at": NOW},
        {"reason": "daily_cap"},
    ]
    for row, end in zip(rows, ends, strict=False):
        FollowUp.objects.filter(pk=row.pk).update(**end)
    shown = page(client)
    for words in (
        "Unclear",
        "The step was done before it fell due",
        "Held back",
        "Moved",
        "Planned",
        "moved to the next",
    ):
        assert words in shown


def test_who_unsubscribed_is_seen_before_it_falls_due(vendor: Vendor, member: Member, client: Client) -> None:
    walk(vendor, 1)
    address = FollowUp.objects.select_related("contact").first().contact.email  # type: ignore[union-attr]
    assert "24 hours after the step opened" in page(client)
    Suppression.objects.create(vendor=vendor, address=address, reason="unsubscribed", created_at=NOW)
    assert "Will be held back" in page(client)


def test_pages_by_key_show_each_row_once(vendor: Vendor) -> None:
    walk(vendor, ROWS // 2 + 3)
    seen, after = list[int](), ""
    for _ in range(2):
        part = agenda(vendor=vendor, language="en", now=NOW, after=after).coming
        seen += [line.followup.pk for _day, lines in part.days for line in lines]
        after = part.more
    assert len(seen) == len(set(seen)) == ROWS + 6
    assert after == ""


def test_the_number_of_queries_does_not_grow(vendor: Vendor, member: Member, client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(client)
        return len(captured)

    walk(vendor, 2)
    few = queries()
    walk(vendor, 12)
    assert queries() == few <= 20


def test_reminders_called_off_together_are_told_in_one_line(vendor: Vendor, member: Member, client: Client) -> None:
    walk(vendor, 2)
    later = NOW + timedelta(minutes=1)
    for at, partner in ((NOW, "first"), (later, "last")):
        pks = getattr(vendor.partners.order_by("pk"), partner)().followups.values("pk")
        FollowUp.objects.filter(pk__in=pks).update(state="cancelled", reason="step_settled", finished_at=at)
    part = agenda(vendor=vendor, language="en", now=later).lately
    assert [line.count for _day, lines in part.days for line in lines] == [2, 2]
    assert page(client).count("2 reminders: The step was done before it fell due") == 2


def test_what_ended_for_different_reasons_stays_apart(vendor: Vendor) -> None:
    walk(vendor, 1)
    for row, reason in zip(FollowUp.objects.order_by("pk"), ("step_settled", "touch_removed"), strict=True):
        FollowUp.objects.filter(pk=row.pk).update(state="cancelled", reason=reason, finished_at=NOW)
    part = agenda(vendor=vendor, language="en", now=NOW).lately
    assert [line.count for _day, lines in part.days for line in lines] == [1, 1]


def test_nothing_within_a_week_says_when_the_next_is_due(vendor: Vendor, member: Member, client: Client) -> None:
    walk(vendor, 1)
    assert "Nothing is planned" not in page(client)
    FollowUp.objects.update(due_at=NOW + timedelta(days=9))
    shown = page(client)
    assert "Nothing is planned for the next seven days" in shown
    assert "The next one is due on 12 Mar 2026 10:00." in shown
    assert "Accept a partner" not in shown


def test_nothing_planned_says_what_to_do(member: Member, client: Client) -> None:
    assert "Accept a partner" in page(client)


def test_another_vendors_follow_ups_are_not_here(member: Member, client: Client) -> None:
    other = make_vendor("other")
    make_default_cadence(vendor=other, now=NOW)
    stranger = make_partner(other, company="Stranger Ltd")
    make_enrollment(stranger)
    assert "Stranger" not in page(client)
    assert client.get("/v/other/followups/").status_code == 404
    assert client.post("/v/nordlicht/followups/").status_code == 405


def test_a_viewer_may_read(vendor: Vendor, client: Client) -> None:
    viewer = make_member(vendor, role=Member.Role.VIEWER)
    client.force_login(viewer.user, "django.contrib.auth.backends.ModelBackend")
    page(client)


def test_keys_that_nobody_made_are_ignored() -> None:
    at = NOW + timedelta(microseconds=7)
    assert read_key(make_key(at, 5)) == (at, 5)
    assert read_key("") is None
    assert read_key("20260101T000000-x") is None
