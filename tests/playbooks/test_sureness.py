"""What became of the sure and the unsure."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from partners.models import Vendor
from playbooks import confidence, walking
from playbooks.models import Confidence, Enrollment, PlaybookVersion
from playbooks.sureness import TOO_FEW, Share, sureness_of
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_vendor, make_version

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOW + 8 * DAY


@pytest.fixture
def vendor() -> Vendor:
    return make_vendor("acme", asks_confidence=True)


@pytest.fixture
def version(vendor: Vendor) -> PlaybookVersion:
    return make_version(vendor, steps=["first", "second"])


def begin(version: PlaybookVersion, answer: str = "", *, days: float | None = None, steps: int = 1) -> Enrollment:
    """A partner who answers after a day and does ``steps`` steps so many days after the start."""
    enrollment = make_enrollment(make_partner(version.playbook.vendor), version=version)
    if answer:
        tell(enrollment, answer)
    for _step in range(steps if days is not None else 0):
        walking.complete(progress=enrollment.progress.in_play().get(), by=None, now=NOW + (days or 0) * DAY)
    return enrollment


def tell(enrollment: Enrollment, answer: str) -> None:
    contact, told = enrollment.partner.contacts.get(), Confidence.objects.filter(enrollment=enrollment).first()
    seen, now = told.mark if told else "", NOW + DAY
    confidence.tell(
        enrollment=enrollment, answer=answer, reason="Too dear", contact=contact, by=None, now=now, seen=seen
    )


def test_partners_are_counted_by_their_first_answer(vendor: Vendor, version: PlaybookVersion) -> None:
    begin(version, "confident", days=2, steps=2)
    begin(version, "confident", days=7)
    begin(version, "confident", days=7.01)
    turned = begin(version, "doubts", days=3)
    tell(turned, "confident")
    begin(version, "doubts")
    begin(version)
    found = sureness_of(vendor, now=LATER)
    assert [group.total for group in found.groups] == [3, 2, 1]
    assert [group.began.count for group in found.groups] == [2, 1, 0]
    assert [group.finished.count for group in found.groups] == [1, 0, 0]


def test_only_first_playbooks_count_that_began_a_week_to_a_year_ago(vendor: Vendor, version: PlaybookVersion) -> None:
    first = begin(version, "confident")
    make_enrollment(first.partner, version=make_version(vendor, slug="other", default=False), now=NOW + DAY)
    assert sureness_of(vendor, now=NOW + 7 * DAY).total == 1
    assert sureness_of(vendor, now=NOW + 6.9 * DAY).total == 0
    assert sureness_of(vendor, now=NOW + 365 * DAY).total == 0
    assert sureness_of(make_vendor(), now=LATER).total == 0


def test_a_skipped_step_is_no_first_step(vendor: Vendor, version: PlaybookVersion) -> None:
    enrollment = begin(version, "confident")
    walking.skip(progress=enrollment.progress.in_play().get(), reason="No", by=None, now=NOW + DAY)
    assert sureness_of(vendor, now=LATER).sure.began.count == 0


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(0, 10, 0, 28), (5, 10, 24, 76), (10, 10, 72, 100), (1, 1, 21, 100), (50, 100, 40, 60), (0, 0, 0, 100)],
)
def test_shares_come_with_wilsons_interval(count: int, total: int, low: int, high: int) -> None:
    """The figures of E. B. Wilson's formula, as R's prop.test(correct=FALSE) has them."""
    assert (Share(count, total).low, Share(count, total).high) == (low, high)


def test_what_may_be_chance_is_not_called_a_difference() -> None:
    assert Share(90, 100).is_apart_from(Share(50, 100))
    assert not Share(9, 10).is_apart_from(Share(5, 10))


def test_the_page_says_when_there_are_too_few(client: Client, vendor: Vendor, version: PlaybookVersion) -> None:
    client.force_login(make_member(vendor).user)
    assert "Nobody to compare yet" in client.get("/v/acme/playbooks/sureness/").content.decode()
    assert client.get("/v/acme/playbooks/").status_code == 200


def test_the_page_has_as_many_queries_however_many_there_are(
    client: Client,
    vendor: Vendor,
    version: PlaybookVersion,
    clock: Clock,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client.force_login(make_member(vendor).user)
    clock.set(LATER)
    begin(version, "confident", days=2)
    begin(version, "doubts")
    page = client.get("/v/acme/playbooks/sureness/").content.decode()
    assert "Too few to tell." in page
    assert "%" not in page.split("<tbody>")[1].split("</tbody>")[0]
    for _number in range(TOO_FEW):
        begin(version, "confident", days=2)
        begin(version, "doubts")
    with django_assert_max_num_queries(5):
        page = client.get("/v/acme/playbooks/sureness/").content.decode()
    assert "They differ by more than chance explains." in page
    assert "11, that is 100 %" in page
    assert "between 74 and 100 %" in page


def test_another_vendors_people_find_nothing(client: Client, vendor: Vendor) -> None:
    client.force_login(make_member(make_vendor()).user)
    assert client.get("/v/acme/playbooks/sureness/").status_code == 404
