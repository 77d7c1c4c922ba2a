import pytest
from django.test import Client

from partners.models import Activity, Member
from playbooks.models import Enrollment, Progress
from playbooks.pages.words import LONGEST
from tests.clock import Clock
from tests.factories import make_enrollment, make_member, make_partner, make_user, make_vendor, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrollment(clock: Clock) -> Enrollment:
    vendor = make_vendor("acme")
    version = make_version(vendor, steps=[{"key": "review", "who": "vendor"}, "second", "third"])
    return make_enrollment(make_partner(vendor, company="Nordlicht"), version=version)


@pytest.fixture
def manager(client: Client, enrollment: Enrollment) -> Client:
    client.force_login(make_member(enrollment.vendor).user)
    return client


def current(enrollment: Enrollment) -> Progress:
    return enrollment.progress.in_play().get()


def at(progress: Progress, act: str = "") -> str:
    return f"/v/acme/steps/{progress.pk}/{act}"


def test_a_step_that_was_settled_meanwhile_says_so_and_keeps_the_words(manager: Client, enrollment: Enrollment) -> None:
    done, left_out = current(enrollment), enrollment.progress.get(position=1)
    manager.post(at(done, "done/"))
    answer = manager.post(at(done, "skip/"), {"reason": "They have <one>"}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == at(done)
    assert "“Do the review thing” was done since you opened the page" in page
    assert "They have &lt;one&gt;" in page
    manager.post(at(left_out, "skip/"), {"reason": "No shop"})
    page = manager.post(at(left_out, "skip/"), {"reason": "No website"}, follow=True).content.decode()
    assert "was left out since you opened the page" in page
    assert "No website" in page
    assert "was left out since" in manager.post(at(left_out, "done/"), follow=True).content.decode()
    left_out.refresh_from_db()
    assert (left_out.state, left_out.reason) == ("skipped", "No shop")


def test_the_vendors_step_can_be_read_and_done(manager: Client, enrollment: Enrollment) -> None:
    review = current(enrollment)
    content = manager.get(at(review)).content.decode()
    assert "Nordlicht" in content
    assert "Your turn" in content
    assert "Do the review thing" in content
    for _ in range(2):
        response = manager.post(at(review, "done/"))
        assert response["Location"] == f"/v/acme/partners/{enrollment.partner_id}/"
    assert Activity.objects.get(kind="done").side == "vendor"
    assert current(enrollment).position == 1


def test_what_the_partner_told_is_not_their_own_activity(manager: Client, enrollment: Enrollment) -> None:
    manager.post(at(current(enrollment), "done/"))
    assert "They told me it is done" in manager.get(at(current(enrollment))).content.decode()
    manager.post(at(current(enrollment), "done/"))
    assert set(Activity.objects.filter(kind="done").values_list("side", flat=True)) == {"vendor"}


def test_a_step_is_left_out_once_and_with_a_reason(manager: Client, enrollment: Enrollment) -> None:
    step = current(enrollment)
    assert manager.post(at(step, "skip/"), {"reason": " "})["Location"] == at(step)
    assert current(enrollment) == step
    for _ in range(2):
        manager.post(at(step, "skip/"), {"reason": "They have one"})
    step.refresh_from_db()
    assert (step.state, step.reason) == ("skipped", "They have one")
    assert current(enrollment).position == 1


def test_a_reason_that_is_too_long_is_refused_in_its_field(manager: Client, enrollment: Enrollment) -> None:
    step, words = current(enrollment), "They have " + "x" * LONGEST
    answer = manager.post(at(step, "skip/"), {"reason": words})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"{words}</textarea>" in page
    assert f"at most {LONGEST} characters" in page
    assert current(enrollment) == step
    page = manager.post(at(step, "back/"), {"missing": words, "seen": ""}).content.decode()
    assert "What you wrote was not sent" in page  # nothing was handed in, so there is no field for it
    assert f"{words}</textarea>" in page


@pytest.mark.parametrize("act", ["done/", "skip/"])
def test_a_later_step_is_not_moved(act: str, manager: Client, enrollment: Enrollment) -> None:
    later = enrollment.progress.get(position=2)
    assert manager.post(at(later, act), {"reason": "x"})["Location"] == at(later)
    later.refresh_from_db()
    assert later.state == "locked"


@pytest.mark.parametrize("act", ["", "done/", "skip/"])
def test_an_outsider_gets_404_and_a_viewer_only_reads(act: str, client: Client, enrollment: Enrollment) -> None:
    path = at(current(enrollment), act)
    call = client.post if act else client.get
    for outsider in (make_user(), make_member(make_vendor("other")).user):
        client.force_login(outsider)
        assert call(path).status_code == 404
        assert call(path.replace("acme", "other")).status_code == 404
    client.force_login(make_member(enrollment.vendor, role=Member.Role.VIEWER).user)
    assert call(path).status_code == (403 if act else 200)
    assert current(enrollment).position == 0


@pytest.mark.parametrize("act", ["done/", "skip/"])
def test_acting_takes_a_post(act: str, manager: Client, enrollment: Enrollment) -> None:
    assert manager.get(at(current(enrollment), act)).status_code == 405
    assert manager.post(at(current(enrollment))).status_code == 405
