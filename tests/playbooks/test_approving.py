"""A step that wants approval: handed in, taken back, sent back with what is missing, approved."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from followups.dashboards.timeline import timeline
from followups.engine.cadences import ANSWER, make_default_cadence
from followups.models import FollowUp, Notification, Standing
from partners.models import Activity, Member, User
from playbooks import walking
from playbooks.links import make_step_link
from playbooks.models import Enrollment, Evidence, Progress, TurnSpell
from playbooks.walking import NotYourMove, ReasonMissing
from tests.clock import Clock
from tests.factories import (
    NOW,
    make_enrollment,
    make_field,
    make_member,
    make_partner,
    make_user,
    make_vendor,
    make_version,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
GIVEN = {"evidence-price": "39"}


@dataclass(frozen=True)
class Way:
    client: Client
    page: str

    def post(self, act: str, **words: str) -> Any:
        return self.client.post(f"{self.page}{act}/", words)

    def read(self) -> str:
        return self.client.get(self.page).content.decode()


@pytest.fixture
def user() -> User:
    return make_user(name="Kim")


@pytest.fixture
def enrollment(user: User, clock: Clock) -> Enrollment:
    vendor = make_vendor("acme", name="Acme")
    make_default_cadence(vendor=vendor, now=NOW)
    steps: list[Any] = [{"key": "price", "wants_approval": True, "evidence": [make_field("price", "number")]}, "next"]
    return make_enrollment(make_partner(vendor, user=user, company="Hafen"), version=make_version(vendor, steps=steps))


@pytest.fixture
def step(enrollment: Enrollment) -> Progress:
    return enrollment.progress.get(position=0)


@pytest.fixture
def mara(enrollment: Enrollment) -> Member:
    manager = enrollment.partner.manager
    User.objects.filter(pk=manager.user_id).update(name="Mara")
    manager.user.refresh_from_db()
    return manager


@pytest.fixture(params=["signed in", "from a mail"])
def way(request: pytest.FixtureRequest, user: User, step: Progress) -> Way:
    client = Client()
    if request.param == "signed in":
        client.force_login(user)
        return Way(client, f"/my/steps/{step.pk}/")
    contact = step.enrollment.partner.contacts.get()
    link = make_step_link(contact=contact, progress=step, now=NOW)
    return Way(client, link.removeprefix("http://127.0.0.1:8000"))


def state(step: Progress) -> tuple[str, str]:
    step.refresh_from_db()
    return step.state, step.turn


def hand_in(step: Progress, **given: Any) -> bool:
    return walking.complete(progress=step, by=None, now=NOW + HOUR, given=given or {"price": "39"}, actor_name="Kim")


def test_done_hands_it_in_once_and_the_vendors_clock_runs(way: Way, step: Progress) -> None:
    assert "Hand it in" in way.read()
    assert way.post("done").status_code == 422  # what it asks for comes first
    for _ in range(2):
        assert way.post("done", **GIVEN)["Location"] == way.page
    assert state(step) == ("waiting", "vendor")
    assert TurnSpell.objects.get().turn == "partner"
    assert Evidence.objects.get().value == "39"
    assert list(Activity.objects.filter(kind__in=["handed_in", "done"]).values_list("kind", flat=True)) == ["handed_in"]
    page = way.read()
    assert "Acme looks at it" in page
    assert "Your price" in page
    assert 'name="evidence-price"' not in page
    assert step.enrollment.progress.get(position=1).state == "locked"


def test_what_is_handed_in_from_a_page_that_was_overtaken_says_what_happened(way: Way, step: Progress) -> None:
    hand_in(step)
    way.post("done", **{"evidence-price": "77"})
    page = way.read()
    assert "This step was handed in before" in page
    assert "77" in page
    assert "closed before" not in page
    assert Evidence.objects.get().value == "39"


def test_approving_what_was_sent_back_meanwhile_says_by_whom(step: Progress, mara: Member) -> None:
    hand_in(step)
    desk, page = Client(), f"/v/acme/steps/{step.pk}/"
    desk.force_login(mara.user)
    step.refresh_from_db()
    old = {"seen": step.handed_in}
    walking.send_back(progress=step, missing="The tax.", by=mara.user, now=NOW + 2 * HOUR)
    answer = desk.post(f"{page}done/", old, follow=True).content.decode()
    assert "Mara sent it back since you opened the page" in answer
    assert "not open right now" not in answer
    answer = desk.post(f"{page}back/", {**old, "missing": "The date."}, follow=True).content.decode()
    assert "Mara sent it back since" in answer
    assert "The date." in answer
    assert state(step) == ("reopened", "partner")


def test_it_is_taken_back_with_all_that_was_typed(way: Way, step: Progress) -> None:
    way.post("done", **GIVEN)
    for _ in range(2):
        assert way.post("withdraw")["Location"] == way.page
    assert state(step) == ("open", "partner")
    assert 'value="39"' in way.read()
    assert Activity.objects.filter(kind="withdrawn").count() == 1
    assert Activity.objects.filter(kind="withdrawn").get().side == "partner"


def test_approved_it_is_done_and_frozen_and_the_next_one_opens(step: Progress, mara: Member) -> None:
    hand_in(step)
    desk = Client()
    desk.force_login(mara.user)
    page = desk.get(f"/v/acme/steps/{step.pk}/").content.decode()
    for words in ("Hafen handed this in", "Approve", "Send it back", "39"):
        assert words in page
    step.refresh_from_db()
    response = desk.post(f"/v/acme/steps/{step.pk}/done/", {"seen": step.handed_in}, follow=True)
    assert "Approved: Do the price thing." in response.content.decode()
    assert state(step) == ("done", "")
    assert step.enrollment.progress.get(position=1).state == "open"
    assert not walking.withdraw(progress=step, by=None, now=NOW, side="partner")
    assert not walking.send_back(progress=step, missing="x", by=mara.user, now=NOW)
    assert not hand_in(step, price="1")
    assert Evidence.objects.get().value == "39"
    what = [entry.what for entry in timeline(partner=step.enrollment.partner, after="", language="en").entries]
    assert "Approved “Do the price thing”" in what


def test_sent_back_it_says_what_is_missing_on_the_step_and_by_mail(way: Way, step: Progress, mara: Member) -> None:
    way.post("done", **GIVEN)
    desk = Client()
    desk.force_login(mara.user)
    back = f"/v/acme/steps/{step.pk}/back/"
    step.refresh_from_db()
    seen = step.handed_in
    assert desk.post(back, {"missing": " ", "seen": seen})["Location"] == f"/v/acme/steps/{step.pk}/"
    assert state(step) == ("waiting", "vendor")
    for _ in range(2):
        desk.post(back, {"missing": "The <tax> is missing.", "seen": seen})
    assert state(step) == ("reopened", "partner")
    page = way.read()
    assert "Something is missing" in page
    assert "The &lt;tax&gt; is missing." in page
    assert 'value="39"' in page
    assert Activity.objects.filter(kind="sent_back").count() == 1
    answer = FollowUp.objects.get(kind=ANSWER)
    contact = step.enrollment.partner.contacts.get()
    assert (answer.contact, answer.state) == (contact, FollowUp.State.SCHEDULED)
    assert way.post("done", **{"evidence-price": "45"}).status_code == 302
    assert state(step) == ("waiting", "vendor")
    assert Evidence.objects.get().value == "45"
    step.refresh_from_db()
    assert step.reason == ""


def test_today_and_the_partners_page_say_who_waits_for_a_yes_and_since_when(
    step: Progress, mara: Member, clock: Clock
) -> None:
    hand_in(step)
    clock.instant = NOW + 4 * HOUR
    standing = Standing.objects.get(partner=step.enrollment.partner)
    assert (standing.turn, standing.step_state, standing.quiet_since) == ("vendor", "waiting", NOW + HOUR)
    desk = Client()
    desk.force_login(mara.user)
    today = desk.get("/v/acme/").content.decode()
    assert "Asked you 3 hours ago to approve “Do the price thing”" in today
    assert "Look and approve" in today
    assert f"/v/acme/steps/{step.pk}/" in desk.get(f"/v/acme/partners/{standing.partner_id}/").content.decode()


def test_whoever_leads_the_partner_has_a_note_until_it_is_decided(step: Progress, mara: Member) -> None:
    hand_in(step)
    note = Notification.objects.get(member=mara)
    assert note.leads_to == f"/v/acme/steps/{step.pk}/"
    assert "asks you to approve" in note.texts["en"]["subject"]
    assert note.settled_at is None
    walking.send_back(progress=step, missing="The tax", by=mara.user, now=NOW + 2 * HOUR)
    note.refresh_from_db()
    assert note.settled_at == NOW + 2 * HOUR
    walking.complete(progress=step, by=None, now=NOW + 3 * HOUR)
    assert Notification.objects.filter(member=mara, settled_at=None).count() == 1


def test_reminders_rest_while_it_waits_and_begin_anew(step: Progress) -> None:
    planned = FollowUp.objects.scheduled().filter(progress=step)
    assert planned.count() == 2
    hand_in(step)
    assert planned.count() == 0
    walking.withdraw(progress=step, by=None, now=NOW + 2 * HOUR, side="partner")
    assert {followup.anchor_at for followup in planned} == {NOW + 2 * HOUR}


def test_what_is_missing_and_whose_it_is_is_checked(step: Progress, mara: Member) -> None:
    assert not walking.send_back(progress=step, missing="x", by=mara.user, now=NOW)  # nothing was handed in
    assert not walking.withdraw(progress=step, by=None, now=NOW, side="partner")
    hand_in(step)
    with pytest.raises(ReasonMissing):
        walking.send_back(progress=step, missing=" ", by=mara.user, now=NOW)
    with pytest.raises(NotYourMove):
        walking.withdraw(progress=step, by=None, now=NOW, side="sponsor")
    Enrollment.objects.update(state="stopped", ended_at=NOW)
    with pytest.raises(NotYourMove):
        walking.withdraw(progress=step, by=None, now=NOW, side="partner")
    with pytest.raises(NotYourMove):
        walking.send_back(progress=step, missing="x", by=mara.user, now=NOW)


def test_a_sponsors_step_goes_back_to_the_sponsor(user: User, clock: Clock) -> None:
    vendor = make_vendor()
    newcomer = make_partner(vendor, sponsor=make_partner(vendor, user=user))
    version = make_version(vendor, steps=[{"key": "call", "who": "sponsor", "wants_approval": True}])
    call = make_enrollment(newcomer, version=version).progress.get()
    client = Client()
    client.force_login(user)
    assert client.post(f"/my/steps/{call.pk}/done/")["Location"] == f"/my/steps/{call.pk}/"
    assert state(call) == ("waiting", "vendor")
    walking.send_back(progress=call, missing="The date", by=newcomer.manager.user, now=NOW)
    assert state(call) == ("reopened", "sponsor")
    assert not FollowUp.objects.filter(kind=ANSWER).exists()
    assert "The date" in client.get(f"/my/steps/{call.pk}/").content.decode()


@pytest.mark.parametrize("act", ["back", "done"])
def test_others_decide_nothing(act: str, client: Client, step: Progress, enrollment: Enrollment) -> None:
    hand_in(step)
    page = f"/v/acme/steps/{step.pk}/{act}/"
    client.force_login(make_member(make_vendor("other")).user)
    assert client.post(page, {"missing": "x"}).status_code == 404
    client.force_login(make_member(enrollment.vendor, role=Member.Role.VIEWER).user)
    assert client.post(page, {"missing": "x"}).status_code == 403
    assert client.get(page).status_code == 405
    client.force_login(make_user())
    assert client.post(f"/my/steps/{step.pk}/withdraw/").status_code == 404
    assert state(step) == ("waiting", "vendor")


def test_only_what_was_looked_at_is_decided_and_no_word_is_lost(step: Progress, mara: Member) -> None:
    hand_in(step)
    desk, page = Client(), f"/v/acme/steps/{step.pk}/"
    desk.force_login(mara.user)
    step.refresh_from_db()
    old = {"seen": step.handed_in, "missing": "The tax."}
    assert old["seen"] in desk.get(page).content.decode()
    walking.withdraw(progress=step, by=None, now=NOW + 2 * HOUR, side="partner")
    for act in ("done", "back"):  # taken back meanwhile
        answer = desk.post(f"{page}{act}/", old, follow=True).content.decode()
        assert "They took it back" in answer
        assert ("The tax." in answer) == (act == "back")
    assert state(step) == ("open", "partner")
    walking.complete(progress=step, by=None, now=NOW + 3 * HOUR, given={"price": "77"})
    for act in ("done", "back"):  # and handed in anew
        refused = desk.post(f"{page}{act}/", old)
        assert refused.status_code == 422
        shown = refused.content.decode()
        assert "They handed it in anew" in shown
        assert "77" in shown
        assert (">The tax.</textarea>" in shown) == (act == "back")
    assert state(step) == ("waiting", "vendor")
    assert desk.post(f"{page}done/").status_code == 422  # nobody said what they saw
    desk.post(f"{page}done/", {"seen": step.handed_in})
    assert state(step) == ("done", "")


def test_the_answers_and_both_buttons_come_before_the_steps_text(step: Progress, mara: Member) -> None:
    hand_in(step)
    desk = Client()
    desk.force_login(mara.user)
    page = desk.get(f"/v/acme/steps/{step.pk}/").content.decode()
    places = [page.index(words) for words in ("What was written down here", "Approve", 'id="back"', "thing pays.")]
    assert places == sorted(places)
