"""What is done for partners, as the vendor's Today says it: what, for whom, and by which day."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from followups.dashboards.handed import Handed, in_words
from followups.dashboards.wording import reason_for
from followups.models import Standing
from partners.models import Vendor
from playbooks.models import PlaybookVersion, Progress
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_vendor, make_version
from tests.playbooks.offers.world import HOUR, WAYS, bring, make_offer, step_of

DAY = timedelta(days=1)


def said(state: str, *, ready_on: date | None = None, due_at: Any = None, now: Any = NOW, language: str = "en") -> str:
    handed = Handed(state, "Kim", NOW, ready_on, due_at)
    with translation.override(language), timezone.override("Europe/Berlin"):
        return (
            in_words(handed, title="Landing page", person="Hansa", now=now).replace("\u2068", "").replace("\u2069", "")
        )


@pytest.mark.parametrize(
    ("days", "english", "german"),
    [
        (0, "Kim asked today, due tomorrow", "Kim hat heute gefragt, fällig morgen"),
        (1, "Kim asked yesterday, due today", "Kim hat gestern gefragt, fällig heute"),
        (2, "Kim asked on Tuesday, was due yesterday", "Kim hat am Dienstag gefragt, war gestern fällig"),
        (9, "Kim asked on 3 March, was due on 4 March", "Kim hat am 3. März gefragt, war am 4. März fällig"),
    ],
)
def test_a_quote_has_both_its_days(days: int, english: str, german: str) -> None:
    """NOW is Tuesday, 3 March; it is due a day later."""
    asked: dict[str, Any] = {"due_at": NOW + DAY + 2 * HOUR, "now": NOW + days * DAY}
    assert said("requested", **asked) == f"Quote for “Landing page”: {english}"
    assert said("requested", language="de", **asked) == f"Angebot für „Landing page“: {german}"


@pytest.mark.parametrize(
    ("state", "ready_on", "english", "german"),
    [
        ("scheduled", date(2026, 3, 4), "promised for tomorrow", "zugesagt für morgen"),
        ("scheduled", date(2026, 3, 6), "promised for Friday", "zugesagt für Freitag"),
        ("scheduled", date(2026, 3, 20), "promised for 20 March", "zugesagt für den 20. März"),
        ("scheduled", date(2026, 3, 2), "was promised for yesterday", "war zugesagt für gestern"),
        ("scheduled", date(2026, 2, 27), "was promised for 27 February", "war zugesagt für den 27. Februar"),
        ("accepted", date(2026, 3, 6), "promised for Friday, and no day is set yet", "zugesagt für Freitag"),
        ("accepted", date(2026, 3, 2), "was promised for yesterday, and no day is set", "war zugesagt für gestern"),
        ("returned", date(2026, 3, 5), "something is missing, promised for Thursday", "etwas fehlt"),
        ("returned", date(2026, 3, 2), "what is missing was promised for yesterday", "was fehlt"),
    ],
)
def test_agreed_work_has_the_day_it_was_promised_for(state: str, ready_on: date, english: str, german: str) -> None:
    assert said(state, ready_on=ready_on) == f"“Landing page” for Kim: {english}"
    assert said(state, ready_on=ready_on, language="de").startswith(f"„Landing page“ für Kim: {german}")


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    clock.instant = NOW + 10 * HOUR
    return make_vendor("acme", name="Acme", country="DE", time_zone="Europe/Berlin")


@pytest.fixture
def desk(vendor: Vendor) -> Client:
    client = Client()
    client.force_login(make_member(vendor).user)
    return client


def handed(vendor: Vendor, state: str) -> Progress:
    version = PlaybookVersion.objects.filter(playbook__vendor=vendor).first()
    version = version or make_version(vendor, steps=[{"key": "first", "offer": make_offer("quote")}, "second"])
    step = step_of(make_enrollment(make_partner(vendor, contact={"name": "Kim"}), version=version))
    bring(step, *WAYS[state])
    return step


@pytest.mark.django_db
def test_today_and_the_partners_page_say_it_with_what_to_do(vendor: Vendor, desk: Client) -> None:
    steps = [handed(vendor, state) for state in ("requested", "accepted", "scheduled", "returned")]
    page = desk.get("/v/acme/?who=everyone").content.decode()
    for words in (
        "asked today, due tomorrow",
        "and no day is set yet",
        "promised for 10 March",
        "something is missing",
    ):
        assert words in page
    for action in ("Send a quote", "Set the day", "Say it is done", "Add it"):
        assert action in page
    page = desk.get(f"/v/acme/partners/{steps[0].enrollment.partner_id}/").content.decode()
    assert "asked today, due tomorrow" in page
    assert "Send a quote" in page
    assert "you do this step for them, or owe them a quote" in page
    assert "asked today, due tomorrow" in desk.get("/v/acme/partners/").content.decode()


@pytest.mark.django_db
def test_as_many_queries_for_ten_as_for_two(vendor: Vendor, desk: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            desk.get("/v/acme/?who=everyone")
        return len(caught)

    for state in ("requested", "accepted"):
        handed(vendor, state)
    count()
    few = count()
    for _number in range(4):
        for state in ("requested", "accepted"):
            handed(vendor, state)
    assert count() == few


@pytest.mark.django_db
def test_a_step_of_the_vendors_own_is_not_said_to_be_done_for_them(vendor: Vendor) -> None:
    step = handed(vendor, "requested")
    standing = Standing.objects.get(partner=step.enrollment.partner)
    standing.step_state = Progress.State.OPEN
    assert reason_for(standing, title="It", now=NOW + 2 * HOUR) == "“It” is your step; it opened 1 hour ago"
