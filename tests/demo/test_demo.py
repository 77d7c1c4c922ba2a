"""The demo: about sixty partners in every state, three doors, a mailbox, and a clock that anybody can move."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from followups.engine.cadences import CONFIDENCE, WELCOME
from followups.models import FollowUp, Message, Standing
from onboarding_portal.demo import cast, clock, people, snapshots, stories, views
from partners import clock as project_clock
from partners.hours import into_window, waking_hours_in
from partners.models import Partner, User, Vendor

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor(built: datetime) -> Vendor:
    return Vendor.objects.get(slug=people.VENDOR)


def test_every_state_of_a_partner_is_there(vendor: Vendor) -> None:
    standings = Standing.objects.of(vendor)
    kinds = Counter(standings.values_list("silence_kind", flat=True))
    assert standings.count() == 60
    assert all(kinds[kind] >= 3 for kind in ("never_started", "stopped", "waiting_on_us", "ordered_once"))
    assert standings.filter(finished_at__isnull=False).count() >= 5
    assert standings.filter(state=Partner.State.SIGNED).count() == 3


def test_the_sponsor_has_a_first_line_of_nine_of_every_kind(vendor: Vendor) -> None:
    line = Standing.objects.of(vendor).filter(sponsor__company=cast.SPONSOR.name)
    assert line.count() == 9
    assert len({*line.values_list("silence_kind", flat=True)}) == 5


def test_what_lists_show_is_what_happened(vendor: Vendor) -> None:
    call_command("check_standing", vendor=vendor.slug)


def test_reminders_fall_due_within_the_first_minute(vendor: Vendor, built: datetime) -> None:
    soon = FollowUp.objects.of(vendor).scheduled().filter(due_at__gt=built, due_at__lte=built + timedelta(minutes=1))
    soon = soon.exclude(kind=CONFIDENCE)  # goes along in the same mail, where people work
    assert soon.count() == 3
    newcomers = FollowUp.objects.of(vendor).filter(contact__in=soon.values("contact"))
    welcomed = newcomers.filter(kind=WELCOME, state=FollowUp.State.DECIDED, message__state=Message.State.ACCEPTED)
    if stories.somebody_works(stories.newcomers_awake(built)[0][0], built):
        assert welcomed.count() == 3  # as they were accepted
    else:
        assert set(soon.values_list("kind", flat=True)) == {WELCOME}


@pytest.mark.parametrize("monday", [datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 21, tzinfo=UTC)])
def test_at_any_hour_of_a_week_two_or_three_get_a_mail_within_the_first_minute(monday: datetime) -> None:
    """Also on a weekend and over Christmas: a reminder where people work, else a welcome where they are awake."""
    for hour in range(7 * 24):
        now = monday + timedelta(hours=hour)
        them = stories.newcomers_awake(now)[0]
        accepted = [deed.at for deed in stories.arrivals(now, them) if deed.verb == "accept"]
        assert len(accepted) == 3
        for company, at in zip(them, accepted, strict=True):
            working, awake = stories.hours_of(company.country, company.zone), waking_hours_in(company.zone)
            due = into_window(at + timedelta(hours=24), working) if at < now else into_window(at, awake)
            assert now < due <= now + timedelta(minutes=1), f"{company.name} at {now}"


def test_the_vendor_works_as_vendors_do(vendor: Vendor) -> None:
    assert vendor.working_days == "12345"
    assert not User.objects.get(email=people.DOORS[0].email).is_staff


def test_the_clock_on_the_strip_is_the_same_for_everybody_and_says_where(vendor: Vendor, client: Client) -> None:
    said = set()
    for door in people.DOORS:
        User.objects.filter(email=door.email).update(time_zone="Asia/Tokyo")
        client.post(reverse("demo-enter", args=[door.key]))
        said.update(re.findall(r"(\d\d:\d\d) Berlin", client.get("/demo/").content.decode()))
    now = project_clock.now().astimezone(ZoneInfo("Europe/Berlin"))
    assert said <= {f"{at:%H:%M}" for at in (now, now - timedelta(minutes=1))}
    assert said


@pytest.mark.parametrize("day", [datetime(2026, 11, 25, tzinfo=UTC), datetime(2026, 12, 25, tzinfo=UTC)])
@pytest.mark.parametrize("hour", range(24))
def test_somewhere_it_is_the_middle_of_a_working_day(day: datetime, hour: int) -> None:
    """On a Wednesday at any hour; on Christmas Day wherever it is a working day in daylight somewhere."""
    now = day + timedelta(hours=hour)
    them = stories.newcomers_awake(now)[0]
    assert len(them) == 3
    for company in them:
        hours = stories.hours_of(company.country, company.zone)
        assert 10 <= now.astimezone(hours.zone).hour <= 15
        if day.month == 11:
            assert into_window(now, hours) == now


@pytest.mark.parametrize("hour", range(24))
def test_the_reseller_behind_the_door_was_accepted_yesterday_while_people_work(hour: int) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC) + timedelta(hours=hour)
    signed, accepted = stories.signed_yesterday(now)
    at_home = accepted.at.astimezone(ZoneInfo("Europe/Berlin"))
    assert 9 <= at_home.hour < 17
    assert at_home.date() == now.astimezone(ZoneInfo("Europe/Berlin")).date() - timedelta(days=1)
    assert signed.at < accepted.at < now


@pytest.mark.parametrize("door", [*people.DOORS, people.OPERATOR], ids=lambda door: door.key)
def test_each_door_signs_in_and_leads_to_work(vendor: Vendor, client: Client, door: people.Door) -> None:
    response = client.post(reverse("demo-enter", args=[door.key]), follow=True)
    assert response.status_code == 200
    assert response.context["user"].email == door.email
    assert response.redirect_chain[-1][0] == (
        reverse(door.lands_on, args=[people.VENDOR]) if door.lands_on == "desk-today" else reverse(door.lands_on)
    )


def test_a_door_that_is_none(vendor: Vendor, client: Client) -> None:
    assert client.post("/demo/enter/cellar/").status_code == 404
    assert client.get(reverse("demo-enter", args=["reseller"])).status_code == 405


def test_the_mailbox_shows_each_mail_as_its_reader_sees_it(vendor: Vendor, client: Client) -> None:
    message = Message.objects.filter(channel="mail", state=Message.State.ACCEPTED, vendor=vendor).latest("finished_at")
    assert message.subject in client.get(reverse("demo-mailbox")).content.decode()
    assert message.to_address in client.get(reverse("demo-mail", args=[message.pk])).content.decode()
    body = client.get(reverse("demo-mail-body", args=[message.pk]))
    assert "sandbox" in body.headers["Content-Security-Policy"]
    assert message.html in body.content.decode()


def test_the_mailbox_leads_through_all_mails(vendor: Vendor, client: Client) -> None:
    there = set(Message.objects.filter(channel="mail", state=Message.State.ACCEPTED).values_list("pk", flat=True))
    assert len(there) > 2 * views.SHOWN_MAILS
    seen: set[int] = set()
    address = reverse("demo-mailbox")
    while address:
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address).context["page"]
        assert len(queries) <= 2
        seen |= {mail.pk for mail in page.rows}
        address = f"{reverse('demo-mailbox')}{page.next}" if page.next else ""
    assert seen == there


def test_links_in_the_text_of_a_mail_can_be_followed_and_nothing_else_is_markup() -> None:
    text = views.linked("See http://here.example/l/abc <b>now</b>", autoescape=True)
    link = '<a href="http://here.example/l/abc" rel="noopener">http://here.example/l/abc</a>'
    assert text == f"See {link} &lt;b&gt;now&lt;/b&gt;"


def test_the_clock_moves_for_everybody(vendor: Vendor, client: Client) -> None:
    before = project_clock.now()
    client.post(reverse("demo-clock"), {"step": "day", "next": "/demo/mailbox/"})
    client.post(reverse("demo-clock"), {"step": "hour"})
    assert timedelta(hours=25) <= project_clock.now() - before < timedelta(hours=25, minutes=1)
    assert "25 hours ahead" in client.get(reverse("demo-doors")).content.decode()


def test_the_clock_goes_back_only_to_pages_of_this_house(vendor: Vendor, client: Client) -> None:
    away = client.post(reverse("demo-clock"), {"step": "hour", "next": "https://elsewhere.example/"})
    assert away.headers["Location"] == reverse("demo-doors")


def test_going_back_says_first_what_it_undoes(vendor: Vendor, client: Client, built: datetime) -> None:
    back = reverse("demo-back")
    assert client.get(f"{back}?next=/demo/mailbox/").headers["Location"] == "/demo/mailbox/"
    assert "Back to now" not in client.get("/demo/mailbox/").content.decode()
    kept = snapshots.file()
    kept.touch()
    try:
        clock.move_on(timedelta(hours=5))
        Message.objects.filter(channel="mail", state=Message.State.ACCEPTED).update(
            finished_at=built - timedelta(days=9)
        )
        late = Message.objects.filter(channel="mail", state=Message.State.ACCEPTED)[:2].values("pk")
        Message.objects.filter(pk__in=list(late.values_list("pk", flat=True))).update(finished_at=project_clock.now())
        page = client.get("/demo/mailbox/").content.decode()
        assert '<a href="/demo/back/?next=/demo/mailbox/">Back to now</a>' in page
        page = client.get(f"{back}?next=https://elsewhere.example/").content.decode()
        assert "what Firstline did, and what you did by hand" in page
        assert "2 mails that went out meanwhile leave the mailbox again." in page
        assert page.count('value="/demo/"') == 1
        assert 'href="https://elsewhere' not in page
        assert "Back to now</a>" not in page
    finally:
        kept.unlink()
    assert "the whole demo is made anew" in client.get(back).content.decode()
    assert client.post(back).status_code == 405


def test_everybody_without_a_zone_reads_the_vendors(vendor: Vendor, client: Client) -> None:
    message = Message.objects.filter(channel="mail", state=Message.State.ACCEPTED).latest("finished_at")
    assert message.finished_at is not None
    address = reverse("demo-mail", args=[message.pk])
    for zone in ("Europe/Berlin", "Asia/Tokyo"):
        Vendor.objects.filter(pk=vendor.pk).update(time_zone=zone)
        assert f"{message.finished_at.astimezone(ZoneInfo(zone)):%H:%M}" in heading(
            client.get(address).content.decode()
        )
    client.force_login(User.objects.get(email=cast.SPONSOR.email), "django.contrib.auth.backends.ModelBackend")
    User.objects.filter(email=cast.SPONSOR.email).update(time_zone="America/New_York")
    there = message.finished_at.astimezone(ZoneInfo("America/New_York"))
    assert f"{there:%H:%M}" in heading(client.get(address).content.decode())


def heading(page: str) -> str:
    return page.split("<h1>")[1].split("</header>", maxsplit=1)[0]


def test_there_is_room_for_each_mail_without_a_script(vendor: Vendor, client: Client) -> None:
    styles = (Path(settings.BASE_DIR) / "static" / "css" / "demo.css").read_text()
    assert all(f".fl-mail-{size} {{" in styles for size in range(2, views.LONGEST_MAIL + 1))
    message = Message.objects.filter(channel="mail", state=Message.State.ACCEPTED).first()
    assert message is not None
    for length, size in ((1, 1), (400, 1), (401, 2), (99_999, views.LONGEST_MAIL)):
        Message.objects.filter(pk=message.pk).update(text="x" * length)
        page = client.get(reverse("demo-mail", args=[message.pk])).content.decode()
        assert f'class="fl-mail fl-mail-{size}"' in page


def test_days_later_reminders_went_out_and_one_more_fell_silent(vendor: Vendor, client: Client) -> None:
    jonas = Standing.objects.of(vendor).get(company=cast.RESELLER.name)
    assert jonas.silence_kind == ""
    sent = Message.objects.filter(to_address=cast.RESELLER.email, state=Message.State.ACCEPTED).order_by("pk")
    for day in range(9):  # two, and as many as lie between on which nobody works
        if day >= 2 and sent.count() == 3:
            break
        client.post(reverse("demo-clock"), {"step": "day"})
    client.post(reverse("demo-clock"), {"step": "hour"})
    jonas.refresh_from_db()
    assert list(sent.values_list("kind", flat=True)) == ["greeting", "reminder", "reminder"]
    assert jonas.silence_kind == "never_started"


@pytest.mark.parametrize("orders", [0, 400])
def test_starting_again_asks_the_same_of_the_database_however_many_partners(
    vendor: Vendor, tmp_path: Path, orders: int
) -> None:
    file = tmp_path / "orders.csv"
    rows = "".join(f"customer-{number},2026-01-02,1\n" for number in range(orders))
    file.write_text(f"customer_id,ordered_on,quantity\n{rows}")
    call_command("import_orders", str(file), vendor=vendor.slug)
    clock.move_on(timedelta(days=3))
    with CaptureQueriesContext(connection) as queries:
        call_command("demo_data", if_empty=True)
    assert len(queries) <= 600
    assert walks_through_partners("SELECT id FROM partners_partner WHERE phone = '1'")  # or it could not tell
    assert [query["sql"] for query in queries if walks_through_partners(query["sql"])] == []


def walks_through_partners(sql: str) -> bool:
    """Whether SQLite would read a table that grows with the partners from end to end."""
    if not sql.startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        plan = [row[-1] for row in cursor.fetchall()]
    return any(re.match(r"SCAN (partners_|followups_s|playbooks_(enrollment|progress))", line) for line in plan)


@pytest.mark.parametrize("code", [400, 403, 404, 429, 500])
def test_the_pages_for_errors_can_be_looked_at(code: int) -> None:
    response = Client(raise_request_exception=False).get(reverse("demo-error", args=[code]))
    assert response.status_code == code
    assert 'class="fl-brand"' in response.content.decode()


def test_building_twice_is_refused(vendor: Vendor) -> None:
    with pytest.raises(CommandError, match="there already"):
        call_command("demo_data")


def test_the_clock_is_never_more_than_a_year_ahead() -> None:
    clock.move_on(timedelta(days=1000))
    assert clock.offset() == clock.LONGEST
