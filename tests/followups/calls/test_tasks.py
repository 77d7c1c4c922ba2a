"""Calls that a cadence asks for, and addresses to ask for: one line on Today each, gone when done, never doubled."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client

from followups.bouncing import suppress_bounced, suppress_complained
from followups.calls.contacting import Outcome, log_contact
from followups.engine.cadences import make_default_cadence
from followups.engine.deciding import decide_batch
from followups.models import FollowUp, Message, Task, Touch
from followups.silence.detecting import detect
from partners.editing import edit_partner
from partners.joining import leave
from partners.models import Member, Partner, Vendor
from playbooks import walking
from playbooks.models import Progress
from tests.clock import Clock
from tests.factories import NOW, make_contact, make_enrollment, make_member, make_partner, make_vendor, make_version
from tests.followups.world import refreshed

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    vendor = make_vendor("nordlicht", time_zone="Europe/Berlin", country="DE")
    make_default_cadence(vendor=vendor, now=NOW)
    Touch.objects.update(channel=Touch.Channel.CALL)
    return vendor


@pytest.fixture
def me(vendor: Vendor) -> Member:
    return make_member(vendor)


@pytest.fixture
def desk(me: Member) -> Client:
    client = Client()
    client.force_login(me.user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def partner(vendor: Vendor, me: Member) -> Partner:
    contact = {"name": "Hanna Hafen", "phone": "+49 40 1"}
    return make_partner(vendor, company="Hafen IT", email="hanna@hafen.example", manager=me, contact=contact)


@pytest.fixture
def progress(partner: Partner) -> Progress:
    return make_enrollment(partner).progress.get(position=0)


def lines(desk: Client, query: str = "") -> list[tuple[str, str]]:
    tasks = desk.get(f"/v/nordlicht/{query}").context["tasks"]
    return [(line.company, line.action) for line in tasks.lines] if tasks else []


def log(partner: Partner, me: Member, outcome: Outcome, *, hours: int = 25) -> None:
    log_contact(partner=partner, outcome=outcome, note="", by=me.user, now=NOW + timedelta(hours=hours))


def test_a_call_is_one_line_with_one_action(desk: Client, progress: Progress, clock: Clock) -> None:
    decide_batch(now=clock.move(hours=24))
    message = Message.objects.get()
    assert (message.channel, message.kind, message.state) == ("call", "touch", "accepted")
    assert lines(desk) == [("Hafen IT", "Call Hanna Hafen")]
    assert (
        "Time for a call about “Do the first thing”; it became their turn yesterday"
        in desk.get("/v/nordlicht/").content.decode()
    )


def test_the_vendors_words_say_why(desk: Client, progress: Progress, clock: Clock) -> None:
    words = {"subject": "Ask for {step}", "body": "{name} has the key."}
    Touch.objects.filter(kind="remind-24h").update(texts={"en": words, "de": words})
    decide_batch(now=clock.move(hours=24))
    assert "Ask for Do the first thing: Hanna Hafen has the key." in desk.get("/v/nordlicht/").content.decode()


def test_nobody_calls_the_manager(progress: Progress, vendor: Vendor) -> None:
    """The form refuses such a touch; one that got in otherwise ends by itself and stops nobody else's."""
    FollowUp.objects.filter(kind="remind-24h").update(contact=None, member=progress.enrollment.partner.manager)
    assert decide_batch(now=NOW + DAY) == 1
    assert FollowUp.objects.get(kind="remind-24h").reason == "no_address"


def test_writing_it_down_does_it(desk: Client, progress: Progress, partner: Partner, me: Member, clock: Clock) -> None:
    decide_batch(now=clock.move(hours=24))
    clock.move(hours=1)
    log(partner, me, Outcome.REACHED)
    assert lines(desk) == []
    task = Task.objects.get()
    assert (task.ending, task.ended_at) == ("done", NOW + timedelta(hours=25))


def test_not_reached_it_comes_back_the_next_day(
    desk: Client, progress: Progress, partner: Partner, me: Member, clock: Clock
) -> None:
    decide_batch(now=clock.move(hours=24))
    log(partner, me, Outcome.NOT_REACHED)
    assert lines(desk) == []
    clock.set(NOW + timedelta(hours=49, minutes=1))
    assert lines(desk) == [("Hafen IT", "Call Hanna Hafen")]


def test_a_call_that_was_not_made_goes_into_the_next(progress: Progress) -> None:
    decide_batch(now=NOW + DAY)
    decide_batch(now=NOW + 2 * DAY)
    assert list(Task.objects.order_by("pk").values_list("ending", flat=True)) == ["replaced", ""]


def test_two_of_one_batch_leave_one_open(progress: Progress, partner: Partner) -> None:
    make_enrollment(partner, version=make_version(partner.vendor, slug="other", default=False))
    assert decide_batch(now=NOW + DAY) == 2
    assert Task.objects.still_open().count() == 1
    assert Task.objects.count() == 2


def test_done_steps_need_no_call(progress: Progress) -> None:
    decide_batch(now=NOW + DAY)
    walking.complete(progress=progress, by=None, now=NOW + DAY)
    assert Task.objects.get().ending == "settled"
    assert FollowUp.objects.get(progress=progress, kind="remind-48h").reason == "step_settled"


def test_a_partner_with_a_task_is_not_listed_twice(desk: Client, progress: Progress, clock: Clock) -> None:
    for _touch in range(2):
        decide_batch(now=clock.move(hours=24))
    detect(now=clock.move(hours=48))
    page = desk.get("/v/nordlicht/")
    assert [line["company"] for line in page.context["lines"]] == []
    assert len(page.context["tasks"].lines) == 1
    only = desk.get("/v/nordlicht/?kind=never_started")
    assert only.context["tasks"] is None
    assert len(only.context["lines"]) == 1


def test_a_colleagues_partner_is_on_everyones_list(
    desk: Client, progress: Progress, vendor: Vendor, clock: Clock
) -> None:
    Partner.objects.update(manager=make_member(vendor))
    decide_batch(now=clock.move(hours=24))
    assert lines(desk) == []
    assert lines(desk, "?who=everyone") == [("Hafen IT", "Call Hanna Hafen")]


def test_a_dead_address_is_to_be_asked_for(desk: Client, partner: Partner) -> None:
    refreshed(partner, now=NOW)
    suppress_bounced(address="hanna@hafen.example", now=NOW)
    suppress_bounced(address="hanna@hafen.example", now=NOW)
    assert lines(desk) == [("Hafen IT", "Ask for a new address")]
    page = desk.get("/v/nordlicht/").content.decode()
    assert "Mails to hanna@hafen.example come back" in page
    assert f"/v/nordlicht/partners/{partner.pk}/edit/#person" in page


def test_another_address_ends_it(desk: Client, partner: Partner, me: Member) -> None:
    suppress_bounced(address="hanna@hafen.example", now=NOW)
    edit_partner(partner=partner, changes={"contact_name": "Hanna H. Hafen"}, by=me.user, now=NOW)
    assert len(lines(desk)) == 1
    edit_partner(partner=partner, changes={"contact_email": "h@hafen.example"}, by=me.user, now=NOW)
    assert lines(desk) == []
    assert Task.objects.get().ending == "done"


def test_a_call_does_not_end_it(desk: Client, partner: Partner, me: Member) -> None:
    suppress_bounced(address="hanna@hafen.example", now=NOW)
    log(partner, me, Outcome.REACHED)
    assert len(lines(desk)) == 1


def test_an_address_that_works_again_ends_it(desk: Client, partner: Partner) -> None:
    suppress_bounced(address="hanna@hafen.example", now=NOW)
    call_command("lift_suppression", "hanna@hafen.example")
    assert lines(desk) == []


def test_a_complaint_asks_for_no_address(desk: Client, partner: Partner, vendor: Vendor) -> None:
    suppress_complained(address="hanna@hafen.example", vendor=vendor, now=NOW)
    assert lines(desk) == []


def test_another_vendors_tasks_are_not_there(desk: Client, partner: Partner) -> None:
    elsewhere = make_partner(make_vendor("away"), email="hanna@hafen.example")
    suppress_bounced(address="hanna@hafen.example", now=NOW)
    assert lines(desk, "?who=everyone") == [("Hafen IT", "Ask for a new address")]
    assert Task.objects.filter(partner=elsewhere).exists()


def test_who_left_is_called_no_more_and_a_colleague_is(
    desk: Client, partner: Partner, me: Member, progress: Progress
) -> None:
    anna = make_contact(partner, name="Anna", email="anna@hafen.example")
    common = {"vendor": partner.vendor, "partner": partner, "contact": anna, "made_at": NOW, "not_before": NOW}
    Task.objects.create(kind=Task.Kind.CALL, progress=progress, **common)
    Task.objects.create(kind=Task.Kind.DOUBT, texts={"en": {"subject": "Doubts", "body": "No time"}}, **common)
    suppress_bounced(address="anna@hafen.example", now=NOW)
    assert ("Hafen IT", "Ask for a new address") in lines(desk)
    leave(contact=anna, by=me.user, now=NOW)
    assert lines(desk) == [("Hafen IT", "Call Hanna Hafen")] * 2
    assert Task.objects.get(kind="address").ending == "settled"


def test_where_nobody_is_left_no_call_stays_open(partner: Partner, me: Member, progress: Progress) -> None:
    partner.contacts.update(is_primary=False)
    [hanna] = partner.contacts.all()
    said = {"vendor": partner.vendor, "made_at": NOW, "not_before": NOW}
    Task.objects.create(kind=Task.Kind.CALL, partner=partner, contact=hanna, progress=progress, **said)
    leave(contact=hanna, by=me.user, now=NOW)
    assert Task.objects.get().ending == "settled"
