"""A sponsor writes down a call with somebody of their own first line, and with nobody else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from followups.models import Standing
from followups.silence.detecting import detect
from partners.models import Activity, AuditEntry, Partner, User, Vendor
from tests.clock import Clock
from tests.factories import NOW, make_contact, make_enrollment, make_member, make_partner, make_user, make_vendor
from tests.followups import world

pytestmark = pytest.mark.django_db
TOMORROW = datetime(2026, 3, 4, 8, tzinfo=UTC)  # 09:00 in Berlin
LINE = "/my/first-line/"
WORDS = {"outcome": "reached", "note": "Her technician is ill. Thursday again."}


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    return make_vendor("house", name="Backup House")


@pytest.fixture
def me() -> User:
    return make_user("sam@sponsor.example", name="Sam Sponsor")


@pytest.fixture
def sponsor(vendor: Vendor, me: User) -> Partner:
    return make_partner(vendor, company="Sponsor AG", user=me)


@pytest.fixture
def silent(sponsor: Partner, clock: Clock) -> Partner:
    """Accepted three days ago, and never began."""
    partner = make_partner(sponsor.vendor, company="Silent GmbH", sponsor=sponsor)
    make_enrollment(partner, now=NOW - timedelta(days=3))
    detect(now=NOW)
    return partner


@pytest.fixture
def my(me: User) -> Client:
    client = Client()
    client.force_login(me)
    return client


def called(client: Client, partner: Partner, words: dict[str, str] = WORDS, *, follow: bool = False) -> tuple[int, str]:
    response = client.post(f"{LINE}{partner.pk}/called/", words, follow=follow)
    return response.status_code, response.content.decode()


def calls() -> int:
    return Activity.objects.filter(kind="contacted").count()


def test_each_row_has_its_own_form(my: Client, silent: Partner) -> None:
    page = my.get(LINE).content.decode()
    assert f'action="{LINE}{silent.pk}/called/"' in page
    assert page.count('name="note"') == 1
    assert "Backup House reads it too." in page


def test_a_call_is_the_sponsors_and_lets_the_partner_rest(my: Client, silent: Partner, me: User) -> None:
    assert Standing.objects.get(pk=silent.pk).severity > 0
    status, page = called(my, silent, follow=True)
    assert status == 200
    assert "Silent GmbH has three days now" in page
    assert "called lately, rests until" in page
    told = Activity.objects.get(kind="contacted")
    assert (told.side, told.actor, told.actor_name) == ("sponsor", me, "Sam Sponsor, Sponsor AG")
    assert (told.note, told.data["outcome"]) == (WORDS["note"], "reached")
    standing = Standing.objects.get(pk=silent.pk)
    assert (standing.severity, standing.silence_kind) == (0, "never_started")
    assert standing.rests_until == NOW + timedelta(days=3)
    assert standing.last_activity_at is None  # it is no act of the partner's own
    assert AuditEntry.objects.get(action="partner.contacted").by == me


def test_not_reached_rests_until_tomorrow_morning(my: Client, silent: Partner, clock: Clock) -> None:
    assert "Try Silent GmbH again tomorrow" in called(my, silent, {"outcome": "not_reached"}, follow=True)[1]
    assert Standing.objects.get(pk=silent.pk).rests_until == TOMORROW
    assert "called lately, rests until 4 March<" in my.get(LINE).content.decode()
    clock.instant = TOMORROW - timedelta(hours=1)
    assert "called lately</span>" in my.get(LINE).content.decode()  # it rests until later today
    detect(now=clock.move(hours=2))
    assert Standing.objects.get(pk=silent.pk).severity > 0


def test_the_channel_manager_reads_it_and_who_said_it(my: Client, silent: Partner) -> None:
    called(my, silent)
    desk = Client()
    desk.force_login(silent.manager.user)
    page = desk.get(f"/v/house/partners/{silent.pk}/").content.decode()
    assert "Her technician is ill. Thursday again." in page
    assert "Sam Sponsor, Sponsor AG" in page


def test_the_same_press_twice_is_one_call(my: Client, silent: Partner, clock: Clock) -> None:
    for _ in range(2):
        assert called(my, silent)[0] == 302
    assert calls() == 1
    clock.move(hours=1)
    called(my, silent)
    assert calls() == 2


def test_the_page_and_the_place_on_it_are_kept(my: Client, silent: Partner) -> None:
    response = my.post(f"{LINE}{silent.pk}/called/?after=x", WORDS)
    assert response.headers["Location"] == f"{LINE}?after=x#partner-{silent.pk}"


@pytest.mark.parametrize("words", [{"outcome": "sold"}, {"note": "no outcome"}, {**WORDS, "note": "x" * 4001}])
def test_what_is_wrong_is_said_in_its_row(my: Client, silent: Partner, words: dict[str, str]) -> None:
    status, page = called(my, silent, words)
    assert status == 422
    assert f'<li id="partner-{silent.pk}"><details open>' in page
    assert "errorlist" in page
    assert calls() == 0


def test_nobody_elses_partner(my: Client, silent: Partner, sponsor: Partner, vendor: Vendor) -> None:
    """Of another sponsor, of another vendor, the second line, without a sponsor, oneself, gone."""
    other = make_partner(vendor, company="Other sponsor")
    foreign = make_partner(company="Foreign", sponsor=make_partner(company="Elsewhere"))
    second_line = make_partner(vendor, sponsor=silent)
    gone = make_partner(vendor, sponsor=sponsor, state="left")
    for partner in (make_partner(vendor, sponsor=other), foreign, second_line, make_partner(vendor), sponsor, gone):
        assert called(my, world.refreshed(partner, now=NOW))[0] == 404, partner.company
    assert calls() == 0


def test_who_left_the_sponsor_or_only_works_for_the_vendor_may_not(
    silent: Partner, sponsor: Partner, vendor: Vendor
) -> None:
    former, manager = make_user(), make_member(vendor).user
    make_contact(sponsor, user=former, left_at=NOW)
    for user in (former, manager, make_user()):
        client = Client()
        client.force_login(user)
        assert called(client, silent)[0] == 404
    assert Client().post(f"{LINE}{silent.pk}/called/", WORDS).status_code == 302  # to the sign-in
    assert calls() == 0


def test_a_call_is_posted(my: Client, silent: Partner) -> None:
    assert my.get(f"{LINE}{silent.pk}/called/").status_code == 405


def test_who_waits_on_the_vendor_was_called_too(my: Client, silent: Partner) -> None:
    world.pass_turn(world.first_step(silent), "vendor", now=NOW)
    called(my, silent)
    page = my.get(LINE).content.decode()
    assert "called lately</span>" in page
    assert "rests until" not in page  # what the vendor owes does not rest
    assert "Tell Kim Contact" not in page


def test_nothing_is_chosen_beforehand_and_who_has_no_number_was_written_to(my: Client, silent: Partner) -> None:
    page = my.get(LINE).content.decode()
    assert "checked" not in page
    assert ("Wrote to them" in page) == (not Standing.objects.get(pk=silent.pk).contact_phone)
    called(my, silent, {"outcome": "wrote"})
    assert Standing.objects.get(pk=silent.pk).rests_until == NOW + timedelta(days=3)
