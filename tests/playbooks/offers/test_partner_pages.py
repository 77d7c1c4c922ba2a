"""The partner's side of what is done for them: signed in and from a mail, without JavaScript."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from partners.models import Activity, Contact, User
from playbooks import handing_over, walking
from playbooks.links import make_step_link
from playbooks.models import Handover, Progress, Step, StoredFile
from playbooks.offers.items import fingerprint, offer_of
from playbooks.pages.words import LONGEST
from tests.clock import Clock
from tests.factories import NOW, make_member, make_partner, make_user
from tests.playbooks.offers.world import WAYS, ask, bring, make_offer, offered, seen, step_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%%EOF"


@dataclass(frozen=True)
class Way:
    client: Client
    page: str

    def press(self, move: str, **words: Any) -> Any:
        return self.client.post(f"{self.page}handover/", {"move": move, **words})

    def read(self) -> str:
        return self.client.get(self.page).content.decode()


@pytest.fixture
def user() -> User:
    return make_user(name="Kim")


@pytest.fixture
def step(user: User, clock: Clock) -> Progress:
    clock.instant = NOW + timedelta(hours=9)
    return step_of(offered("quote", user=user))


@pytest.fixture(params=["signed in", "from a mail"])
def way(request: pytest.FixtureRequest, user: User, step: Progress) -> Way:
    return way_of(step, user if request.param == "signed in" else None)


def way_of(step: Progress, user: User | None) -> Way:
    client = Client()
    if user is not None:
        client.force_login(user)
        return Way(client, f"/my/steps/{step.pk}/")
    link = make_step_link(contact=step.enrollment.partner.contacts.get(), progress=step, now=NOW)
    return Way(client, link.removeprefix("http://127.0.0.1:8000"))


def offer(step: Progress, terms: str, **given: Any) -> str:
    """The step offers this from now on; what a browser sends that shows it."""
    Step.objects.filter(pk=step.step_id).update(offer=make_offer(terms, **given))
    step.step.refresh_from_db()
    return seen_offer(step)


def seen_offer(step: Progress) -> str:
    return fingerprint(offer_of(step.step))


def test_from_asking_to_the_yes(way: Way, step: Progress) -> None:
    page = way.read()
    assert "can do this for you" in page
    assert f'name="seen" value="{seen_offer(step)}"' in page
    way.press("ask", seen=seen_offer(step), words="In blue.")
    assert "prepares a quote for you" in way.read()
    bring(step, "quote")
    page = way.read()
    assert "would do it for 120.00 EUR" in page
    assert f'value="{seen(step)}"' in page
    way.press("accept", seen=seen(step))
    page = way.read()
    assert "Next they tell you the day" in page
    assert "Agreed: Acme does this for you · 120.00 EUR</h2>" in page
    bring(step, "schedule")
    assert "Acme does this for you by 10 Mar 2026 · 120.00 EUR</h2>" in way.read()
    bring(step, "deliver")
    page = way.read()
    assert "Is all there?" in page
    assert "It is online." in page
    assert way.press("send_back", words=" ")["Location"].endswith("?want=missing&missing=reason#missing")
    way.press("send_back", words="The logo.")
    assert "looks at it again" in way.read()
    bring(step, "deliver")
    way.press("confirm")
    step.refresh_from_db()
    assert (step.state, step.settled_by) == ("done", step.enrollment.partner.contacts.get().user)


@pytest.mark.parametrize("state", ["requested", "accepted"])
def test_it_is_taken_back_before_there_is_a_day(way: Way, step: Progress, state: str) -> None:
    bring(step, *WAYS[state])
    assert "Take it back and do it myself" in way.read()
    for _ in range(2):
        way.press("take_back")
    step.refresh_from_db()
    assert (step.state, step.turn) == ("open", "partner")
    assert "Ask for a quote" in way.read()


@pytest.mark.parametrize("state", ["quoted", "scheduled", "delivered", "returned"])
def test_later_it_is_not(step: Progress, user: User, state: str) -> None:
    bring(step, *WAYS[state])
    way = way_of(step, user)
    assert "Take it back and do it myself" not in way.read()
    way.press("take_back")
    assert Handover.objects.get().state == state


def test_a_price_is_agreed_to_by_a_press_that_says_it(step: Progress, user: User) -> None:
    way, shown = way_of(step, user), offer(step, "price")
    assert "Yes, do it for me for 80.00 EUR" in way.read()
    offer(step, "price", amount="95.00")
    page = way.client.post(f"{way.page}handover/", {"move": "ask", "seen": shown}, follow=True).content.decode()
    assert "This offer has changed" in page
    assert "Yes, do it for me for 95.00 EUR" in page
    assert not Handover.objects.exists()
    answer = way.client.post(f"{way.page}handover/", {"move": "ask", "seen": seen_offer(step)}, follow=True)
    assert "Agreed." in answer.content.decode()
    handover = Handover.objects.get()
    assert (handover.accepted_by, str(handover.amount)) == (user, "95.00")


def test_what_is_not_whole_is_not_offered(step: Progress, user: User) -> None:
    way = way_of(step, user)
    for offered_now in (
        make_offer("price", currency=""),
        make_offer("price", amount="1.00", currency=""),
        make_offer(days=0),
        make_offer(texts={}),
        {},
    ):
        Step.objects.filter(pk=step.step_id).update(offer=offered_now)
        assert "can do this for you" not in way.read()
        way.press("ask", seen="")
    assert not Handover.objects.exists()


def test_who_was_declined_reads_why_and_goes_on(way: Way, step: Progress) -> None:
    bring(step, *WAYS["declined"])
    page = way.read()
    assert "cannot do this one for you" in page
    assert "Too far away." in page
    assert "can do this for you" not in page
    assert "Ask Acme again" in page
    way.press("ask", seen=seen_offer(step), words="We moved, and are near now.")
    assert "prepares a quote for you" in way.read()


def test_a_move_that_is_none_of_theirs_changes_nothing(way: Way, step: Progress) -> None:
    bring(step, *WAYS["scheduled"])
    for move in ("steal", "deliver", ""):
        assert way.press(move).status_code == 302
    assert Handover.objects.get().state == "scheduled"
    assert way.client.get(f"{way.page}handover/").status_code == 405


def test_strangers_and_sponsors_are_told_nothing(step: Progress) -> None:
    stranger = way_of(step, make_user())
    assert stranger.press("ask", seen=seen_offer(step)).status_code == 404
    ask(step)
    sponsor = make_user()
    by = make_partner(step.enrollment.vendor, user=sponsor)
    type(by).objects.filter(pk=step.enrollment.partner_id).update(sponsor=by)
    Step.objects.filter(pk=step.step_id).update(who="sponsor")
    assert way_of(step, sponsor).press("take_back").status_code == 404
    assert Handover.objects.get().state == "requested"


def test_today_asks_for_the_answer(step: Progress, user: User) -> None:
    way = way_of(step, user)
    bring(step, *WAYS["requested"])
    assert "Waiting on others" in way.client.get("/my/").content.decode()
    bring(step, "quote")
    page = way.client.get("/my/").content.decode()
    assert "Say yes or no" in page
    assert "Waiting on others" not in page


def test_a_colleague_may_answer_as_well(step: Progress) -> None:
    bring(step, *WAYS["quoted"])
    colleague = make_user(name="Lou")
    Contact.objects.create(partner=step.enrollment.partner, user=colleague, email=colleague.email, created_at=NOW)
    way_of(step, colleague).press("accept", seen=seen(step))
    assert Handover.objects.get().accepted_by == colleague


def test_the_page_takes_two_queries_more_at_most(
    step: Progress, user: User, django_assert_max_num_queries: Any
) -> None:
    way = way_of(step, user)
    bring(step, *WAYS["returned"])
    for _ in range(3):
        bring(step, "deliver", "send_back")
    way.read()
    with django_assert_max_num_queries(12):
        way.read()


def test_a_day_that_moved_is_said_with_the_one_before(way: Way, step: Progress) -> None:
    bring(step, *WAYS["scheduled"])
    page = way.read()
    assert "The day has moved" not in page
    assert "Take it back" not in page
    handing_over.schedule(progress=step, ready_on=date(2026, 4, 1), by=None, now=NOW + timedelta(hours=6))
    page = way.read()
    assert "10 Mar 2026 was agreed, now it is 1 Apr 2026" in page
    way.press("take_back")
    assert Handover.objects.get().state == "withdrawn"


# What the vendor should know


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def ask_with(way: Way, step: Progress, words: str, name: str = "Logo.pdf", content: bytes = PDF) -> Any:
    file: Any = SimpleUploadedFile(name, content)
    return way.press("ask", seen=seen_offer(step), words=words, file=file)


@pytest.mark.usefixtures("media")
def test_their_words_and_a_file_reach_whoever_does_it(way: Way, step: Progress) -> None:
    page = way.read()
    assert page.index("Ten minutes on the phone.") < page.index("should know")
    assert 'enctype="multipart/form-data"' in page
    answer = ask_with(way, step, "We close at <six>.")
    assert answer.cookies["draft_sent"].value in page
    stored = StoredFile.objects.get()
    handover = Handover.objects.get()
    assert (handover.wish, handover.attached["file"], stored.progress) == ("We close at <six>.", stored.key, step)
    own = way.read()
    assert "We close at &lt;six&gt;." in own
    assert f"/files/{stored.key}/" in own
    bring(step, "quote")
    own = way.read()
    assert "We close at &lt;six&gt;." in own
    assert f"/files/{stored.key}/" in own
    desk = Client()
    desk.force_login(make_member(step.enrollment.vendor).user)
    slug = step.enrollment.vendor.slug
    there = f"/v/{slug}/steps/{step.pk}/"
    for move in ("accept", "schedule"):
        page = desk.get(there).content.decode()
        assert "What they want you to know" in page
        assert "We close at &lt;six&gt;." in page
        assert "Logo.pdf" in page
        bring(step, move)
    given: Any = desk.get(f"/v/{slug}/files/{stored.key}/")
    assert (b"".join(given.streaming_content), given["X-Content-Type-Options"]) == (PDF, "nosniff")
    queue = desk.get(f"/v/{slug}/owed/?who=everyone").content.decode()
    assert "We close at &lt;six&gt;." in queue
    assert "Logo.pdf" in queue
    bring(step, "deliver", "send_back")
    queue = desk.get(f"/v/{slug}/owed/?who=everyone").content.decode()
    assert "The logo." in queue  # what is missing, and no more what they wrote first
    assert "We close at" not in queue


@pytest.mark.usefixtures("media")
@pytest.mark.parametrize(
    ("words", "name", "content", "fault"),
    [
        ("Mine", "Logo.html", PDF, "This kind of file is not taken."),
        ("Mine", "Logo.pdf", b"MZ", "not what its name says"),
        ("Mine" + "x" * 2000, "Logo.pdf", PDF, "2000"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_typed_is_lost(
    way: Way, step: Progress, words: str, name: str, content: bytes, fault: str
) -> None:
    answer = ask_with(way, step, words, name, content)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert fault in page
    assert 'id="offer" open' in page
    assert words in page
    assert not Handover.objects.exists()
    assert not StoredFile.objects.exists()


@pytest.mark.usefixtures("media")
def test_words_for_an_offer_that_changed_stay_in_their_field_and_the_file_is_asked_for_anew(
    way: Way, step: Progress
) -> None:
    before = seen_offer(step)
    now = offer(step, "price")
    answer = way.press("ask", seen=before, words="In blue, please.", file=SimpleUploadedFile("Logo.pdf", PDF))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "draft_sent" not in answer.cookies
    assert "This offer has changed" in page
    assert "In blue, please.</textarea>" in page
    assert "Your file was not sent, because the offer has changed. Choose it once more." in page
    assert f'name="seen" value="{now}"' in page
    assert 'id="offer" open' in page
    assert not Handover.objects.exists()
    assert not StoredFile.objects.exists()
    page = way.press("ask", seen=before, words="In blue, please.").content.decode()
    assert "In blue, please.</textarea>" in page
    assert "Choose it once more" not in page


@pytest.mark.usefixtures("media")
def test_where_nothing_is_offered_any_more_the_words_are_said_and_that_the_file_is_gone(
    way: Way, step: Progress
) -> None:
    before = seen_offer(step)
    Step.objects.filter(pk=step.step_id).update(offer={})
    way.press("ask", seen=before, words="In blue, please.", file=SimpleUploadedFile("Logo.pdf", PDF))
    page = way.read()
    assert "In blue, please." in page
    assert "Your file was not sent: Logo.pdf" in page
    assert not StoredFile.objects.exists()


LONG = "Look! " + "x" * LONGEST


@pytest.mark.parametrize(("state", "move"), [("delivered", "send_back"), ("quoted", "refuse")])
def test_words_that_are_too_long_are_refused_in_their_field(way: Way, step: Progress, state: str, move: str) -> None:
    bring(step, *WAYS[state])
    answer = way.press(move, words=LONG)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"{LONG}</textarea>" in page
    assert f"at most {LONGEST} characters" in page
    assert 'id="missing-words_error"' in page
    assert Handover.objects.get().state == state
    assert not Activity.objects.filter(note__contains="Look!").exists()
    way.press(move, words="x" * LONGEST)
    assert Handover.objects.get().state == ("returned" if move == "send_back" else "refused")


def test_words_for_what_moved_on_are_shown_once_more(way: Way, step: Progress) -> None:
    bring(step, *WAYS["confirmed"])
    page = way.press("send_back", words=LONG).content.decode()
    assert "What you wrote was not sent" in page
    assert f"{LONG}</textarea>" in page
    way.press("send_back", words="The logo is missing.")
    assert "The logo is missing." in way.read()


def test_words_survive_an_expired_session(step: Progress, user: User) -> None:
    client = Client()
    client.force_login(user)
    page = client.get(f"/my/steps/{step.pk}/").content.decode()
    draft = re.findall(r'data-draft="([\w.]+[.]offer)"', page)[0]
    del client.cookies["sessionid"]
    sent = {"move": "ask", "seen": seen_offer(step), "words": "In blue, please.", "draft": draft}
    assert client.post(f"/my/steps/{step.pk}/handover/", sent)["Location"].startswith("/accounts/login/")
    client.force_login(user)
    page = client.get(f"/my/steps/{step.pk}/").content.decode()
    assert "In blue, please." in page
    assert 'id="offer" open' in page


def test_what_was_tried_before_stands_where_it_is_approved(step: Progress) -> None:
    Step.objects.filter(pk=step.step_id).update(wants_approval=True)
    ask(step, wish="We close at six.")
    bring(step, "decline")
    walking.complete(progress=step, by=None, now=NOW + timedelta(hours=9))
    desk = Client()
    desk.force_login(make_member(step.enrollment.vendor).user)
    page = desk.get(f"/v/{step.enrollment.vendor.slug}/steps/{step.pk}/").content.decode()
    assert "We close at six." in page
    assert "Approve" in page


def test_in_german_what_is_too_long_is_said_in_german(step: Progress, user: User) -> None:
    user.language = "de"
    user.save(update_fields=["language"])
    bring(step, *WAYS["delivered"])
    page = way_of(step, user).press("send_back", words=LONG).content.decode()
    assert "höchstens" in page
    assert f"{LONG}</textarea>" in page
