"""How sure are you: answered on Today and from a mail, changed, and told to whoever leads the partner."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from followups.dashboards.tasks import tasks_of
from followups.models import Notification, Task
from partners.models import Activity, Contact, User
from playbooks import confidence
from playbooks.links import make_step_link
from playbooks.models import Confidence, Enrollment
from playbooks.walking import NotYourMove, ReasonMissing
from tests.clock import Clock
from tests.factories import NOW, make_contact, make_enrollment, make_member, make_partner, make_user, make_vendor

pytestmark = pytest.mark.django_db
QUESTION = "Does the decision still feel right?"


@dataclass(frozen=True)
class Way:
    client: Client
    page: str
    is_signed_in: bool

    def answer(self, answer: str, reason: str = "", seen: str = "") -> tuple[int, str]:
        response = self.client.post(self.page, {"answer": answer, "reason": reason, "seen": seen}, follow=True)
        return response.status_code, bare(response.content.decode())


@pytest.fixture
def enrollment(user: User, clock: Clock) -> Enrollment:
    vendor = make_vendor(name="Acme", asks_confidence=True)
    manager = make_member(vendor)
    partner = make_partner(vendor, company="Hafen IT", manager=manager, user=user, contact={"phone": "+49 40 1234"})
    enrollment = make_enrollment(partner)
    enrollment.goal = "Five tested backups"
    enrollment.save()
    clock.move(hours=25)
    return enrollment


@pytest.fixture(params=["signed in", "from a mail"])
def way(request: pytest.FixtureRequest, user: User, enrollment: Enrollment) -> Way:
    client = Client()
    if request.param == "signed in":
        client.force_login(user)
        return Way(client, f"/my/confidence/{enrollment.pk}/", is_signed_in=True)
    step, contact = enrollment.progress.get(position=0), enrollment.partner.contacts.get()
    link = make_step_link(contact=contact, progress=step, now=NOW)
    return Way(client, f"{link.removeprefix('http://127.0.0.1:8000')}sure/", is_signed_in=False)


def test_opening_asks_and_changes_nothing(way: Way) -> None:
    for address in (way.page, f"{way.page}?answer=doubts"):
        assert QUESTION in way.client.get(address).content.decode()
    assert not Confidence.objects.exists()
    assert '<details class="my-stuck" id="doubts" open>' in way.client.get(f"{way.page}?answer=doubts").content.decode()


def test_one_press_says_confident(way: Way, mailoutbox: list[EmailMessage]) -> None:
    status, shown = way.answer("confident")
    assert status == 200
    assert "Good to hear" in shown
    assert Confidence.objects.get().answer == "confident"
    assert mailoutbox == []
    assert not Task.objects.exists()
    way.answer("confident")
    assert Activity.objects.filter(kind="confidence").count() == 1


def test_a_doubt_reaches_the_person_who_leads_them_with_all_they_need(
    way: Way, enrollment: Enrollment, mailoutbox: list[EmailMessage]
) -> None:
    status, _shown = way.answer("doubts", "My partner thinks it is too dear")
    assert status == 200
    [mail] = mailoutbox
    assert mail.to == [enrollment.partner.manager.user.email]
    assert mail.subject == "Hafen IT has doubts"
    for words in ("My partner thinks it is too dear", "Five tested backups", "+49 40 1234", "/v/"):
        assert words in mail.body
    [task], [note] = Task.objects.all(), Notification.objects.all()
    assert (task.kind, task.ended_at, note.member) == ("doubt", None, enrollment.partner.manager)
    assert note.texts["en"] == {"subject": "Hafen IT has doubts", "body": "My partner thinks it is too dear"}


def test_a_doubt_wants_a_word(way: Way) -> None:
    status, shown = way.answer("doubts", " ")
    assert status == 422
    assert "Say in a few words what makes you doubt" in shown
    assert not Confidence.objects.exists()


@pytest.mark.parametrize(("phone", "action"), [("+49 40 1234", "Call Kim Contact"), ("", "Write to Kim Contact")])
def test_the_task_says_how_to_reach_them(phone: str, action: str, enrollment: Enrollment, clock: Clock) -> None:
    enrollment.partner.contacts.update(phone=phone)
    tell(enrollment, "doubts", "Too dear")
    [line] = tasks_of(vendor=enrollment.vendor, member=None, now=clock.instant).lines
    assert bare(line.action) == action


def test_it_may_be_changed_and_what_was_said_first_is_kept(way: Way, mailoutbox: list[EmailMessage]) -> None:
    way.answer("doubts", "Too dear")
    way.answer("doubts", "Too dear, and no time")
    assert len(mailoutbox) == 2
    assert [task.ending for task in Task.objects.order_by("pk")] == ["replaced", ""]
    shown = way.client.get(way.page).content.decode()
    way.answer("confident", seen=seen_in(shown))
    told = Confidence.objects.get()
    assert (told.first_answer, told.answer, told.reason) == ("doubts", "confident", "")
    [task] = Task.objects.still_open()  # until somebody talked to them
    assert task.texts["en"] == {"subject": "Had doubts, and says to be confident now", "body": "Too dear, and no time"}
    assert Notification.objects.filter(settled_at=None).count() == 0


def test_today_asks_from_a_day_after_the_start_until_it_is_answered(
    user: User, enrollment: Enrollment, clock: Clock
) -> None:
    client = Client()
    client.force_login(user)

    def asks() -> bool:
        return QUESTION in client.get("/my/").content.decode()

    assert asks()
    clock.set(NOW + timedelta(hours=23))
    assert not asks()
    clock.set(NOW + timedelta(days=16))
    assert not asks()
    clock.set(NOW + timedelta(hours=30))
    client.post(f"/my/confidence/{enrollment.pk}/", {"answer": "confident"})
    shown = client.get("/my/").content.decode()
    assert QUESTION not in shown
    assert "You said that you are confident." in shown
    client.post(f"/my/confidence/{enrollment.pk}/", {"answer": "doubts", "reason": "Too dear"})
    shown = client.get("/my/").content.decode()
    assert f"{enrollment.partner.manager} knows of your doubts and gets back to you." in shown
    assert "You said that you have doubts" not in shown


def test_the_vendors_page_shows_what_was_said(enrollment: Enrollment) -> None:
    client = Client()
    client.force_login(enrollment.partner.manager.user)
    page = f"/v/{enrollment.vendor.slug}/partners/{enrollment.partner.pk}/"
    tell(enrollment, "doubts", "Too dear")
    shown = client.get(page).content.decode()
    assert "Too dear" in shown
    assert "Has doubts about the decision" in shown
    assert "Has doubts: Too dear" in client.get(f"/v/{enrollment.vendor.slug}/").content.decode()


def test_a_page_from_before_the_doubt_does_not_end_it(way: Way, enrollment: Enrollment) -> None:
    way.answer("doubts", "Too dear")
    _status, shown = way.answer("confident")
    assert Confidence.objects.get().answer == "doubts"
    assert Task.objects.still_open().count() == 1
    words = "You have had doubts since" if way.is_signed_in else "You have doubts."
    assert words in shown
    assert seen_in(shown)


def test_a_colleagues_doubt_is_not_theirs_to_end(user: User, enrollment: Enrollment) -> None:
    otto = make_contact(enrollment.partner, user=make_user(name="Otto"), name="Otto")
    tell(enrollment, "doubts", "Too dear", contact=otto)
    client, page = Client(), f"/my/confidence/{enrollment.pk}/"
    client.force_login(user)
    shown = bare(client.get(page).content.decode())
    assert "Otto has had doubts since" in shown
    assert 'value="confident"' not in shown
    sent = {"answer": "confident", "seen": Confidence.objects.get().mark}
    shown = bare(client.post(page, sent, follow=True).content.decode())
    assert "Otto has had doubts since 3 March" in shown
    assert "That stays as it is." in shown
    assert Confidence.objects.get().answer == "doubts"
    assert "Otto has doubts." in bare(client.get("/my/").content.decode())
    client.post(page, {"answer": "doubts", "reason": "No time"})
    [task] = Task.objects.still_open()
    assert bare(task.texts["en"]["body"]) == "No time / Otto: Too dear"
    assert Confidence.objects.get().reason == "No time"


def test_the_doubt_of_somebody_who_left_is_everybodys_to_end(user: User, enrollment: Enrollment) -> None:
    otto = make_contact(enrollment.partner, name="Otto", left_at=NOW)
    tell(enrollment, "doubts", "Too dear", contact=otto)
    client = Client()
    client.force_login(user)
    client.post(f"/my/confidence/{enrollment.pk}/", {"answer": "confident", "seen": Confidence.objects.get().mark})
    assert Confidence.objects.get().answer == "confident"


def test_who_joined_just_now_is_not_asked(user: User, enrollment: Enrollment, clock: Clock) -> None:
    new = make_user(name="Sam")
    make_contact(enrollment.partner, user=new, created_at=clock.instant)
    client = Client()
    client.force_login(new)
    assert QUESTION not in client.get("/my/").content.decode()
    clock.move(hours=25)
    assert QUESTION in client.get("/my/").content.decode()


def bare(content: str) -> str:
    """Without the marks that keep names apart from the direction of the words around them."""
    return content.replace("\u2068", "").replace("\u2069", "")


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    return found[1] if found else ""


def tell(enrollment: Enrollment, answer: str, reason: str = "", contact: Contact | None = None) -> bool:
    said: dict[str, Any] = {"answer": answer, "reason": reason, "contact": contact, "by": None}
    return confidence.tell(enrollment=enrollment, now=NOW, **said)


def test_what_is_over_or_empty_is_not_taken(enrollment: Enrollment) -> None:
    with pytest.raises(ReasonMissing):
        tell(enrollment, "doubts", " ")
    Enrollment.objects.update(state="finished", ended_at=NOW)
    with pytest.raises(NotYourMove):
        tell(enrollment, "confident")
    assert not Confidence.objects.exists()


def test_a_doubt_that_cannot_be_told_is_not_kept(enrollment: Enrollment, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("followups.calls.doubting._mail", fail)
    with pytest.raises(ZeroDivisionError):
        tell(enrollment, "doubts", "Too dear")
    assert not Confidence.objects.exists()
    assert not Task.objects.exists()
    assert not Notification.objects.exists()


def test_a_stranger_finds_nothing(enrollment: Enrollment) -> None:
    client = Client()
    client.force_login(make_user())
    assert client.post(f"/my/confidence/{enrollment.pk}/", {"answer": "confident"}).status_code == 404
    assert client.put(f"/my/confidence/{enrollment.pk}/").status_code == 405
