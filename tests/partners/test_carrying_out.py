"""What is carried out in batches is done once for everybody: however many do it, and whoever dies in the middle."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.db.models import Value
from django.db.models.functions import Concat

from followups.models import Start
from partners.carrying_out import LEASE, CarriedOutElsewhere, carry_out, carry_out_all
from partners.models import Partner
from tests.factories import NOW, make_partner, make_vendor, make_version

pytestmark = pytest.mark.django_db
MARK = "+"
WORKERS = 3


class Killed(BaseException):
    """Nothing that anybody catches."""


@pytest.fixture
def errand() -> Start:
    """Five companies are to get a mark behind their names."""
    version = make_version(make_vendor("house"))
    for _ in range(5):
        make_partner(version.playbook.vendor)
    return Start.objects.create(vendor=version.playbook.vendor, version=version, asked_at=NOW, waiting=5)


def batches() -> Iterator[list[int]]:
    waiting = Partner.objects.exclude(company__endswith=MARK).order_by("pk").values_list("pk", flat=True)
    while keys := list(waiting[:2]):
        yield keys


def mark(keys: Sequence[int], /, **_: object) -> dict[str, int]:
    waiting = Partner.objects.filter(pk__in=keys).exclude(company__endswith=MARK)
    return {"started": waiting.update(company=Concat("company", Value(MARK)))}


def marks() -> list[int]:
    return [company.count(MARK) for company in Partner.objects.order_by("pk").values_list("company", flat=True)]


def test_everybody_has_their_turn_once(errand: Start) -> None:
    assert carry_out(errand, batches=batches(), act=mark, now=NOW)
    errand.refresh_from_db()
    assert (marks(), errand.started, errand.lease_until) == ([1] * 5, 5, None)
    assert errand.ended_at is not None
    with pytest.raises(CarriedOutElsewhere):  # it is done
        carry_out(errand, batches=batches(), act=mark, now=NOW)


def test_it_goes_on_where_the_time_ran_out(errand: Start) -> None:
    assert not carry_out(errand, batches=batches(), act=mark, now=NOW, seconds=0)
    errand.refresh_from_db()
    assert (marks(), errand.started, errand.lease_until, errand.ended_at) == ([1, 1, 0, 0, 0], 2, None, None)
    assert carry_out(errand, batches=batches(), act=mark, now=NOW)
    errand.refresh_from_db()
    assert (marks(), errand.started) == ([1] * 5, 5)


def test_who_dies_in_the_middle_leaves_whole_batches_and_a_lease_that_runs_out(errand: Start) -> None:
    taken: list[Sequence[int]] = []

    def die_in_the_second(keys: Sequence[int], /, **_: object) -> dict[str, int]:
        taken.append(keys)
        counts = mark(keys)
        if len(taken) == 2:
            raise Killed
        return counts

    with pytest.raises(Killed):
        carry_out(errand, batches=batches(), act=die_in_the_second, now=NOW)
    errand.refresh_from_db()
    assert (marks(), errand.started, errand.tries) == ([1, 1, 0, 0, 0], 2, 0)
    with pytest.raises(CarriedOutElsewhere):  # nobody can tell yet that it died
        carry_out(errand, batches=batches(), act=mark, now=NOW)
    carry_out_all(
        Start.objects.all(),
        lambda one: carry_out(one, batches=batches(), act=mark, now=NOW + 2 * LEASE),
        now=NOW + 2 * LEASE,
    )
    errand.refresh_from_db()
    assert (marks(), errand.started, errand.ended_at is not None) == ([1] * 5, 5, True)


def test_who_was_slower_than_the_lease_spoils_nothing(errand: Start) -> None:
    def overtaken() -> Iterator[list[int]]:
        keys = next(batches())
        assert carry_out(errand, batches=batches(), act=mark, now=NOW + LEASE + timedelta(seconds=1))
        yield keys

    with pytest.raises(CarriedOutElsewhere):
        carry_out(errand, batches=overtaken(), act=mark, now=NOW)
    errand.refresh_from_db()
    assert (marks(), errand.started, errand.lease_until) == ([1] * 5, 5, None)
    assert errand.ended_at is not None
    assert errand.ended_at > NOW + LEASE


@pytest.mark.django_db(transaction=True)
def test_of_those_who_begin_at_once_one_does_it(errand: Start) -> None:
    together = Barrier(WORKERS)

    def work(_: int) -> bool:
        try:
            together.wait(timeout=20)
            return carry_out(errand, batches=batches(), act=mark, now=NOW)
        except CarriedOutElsewhere:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        assert sorted(pool.map(work, range(WORKERS))) == [False, False, True]
    errand.refresh_from_db()
    assert (marks(), errand.started) == ([1] * 5, 5)


def test_what_breaks_off_keeps_nobody_waiting_and_is_given_up_in_the_end(
    errand: Start, caplog: pytest.LogCaptureFixture
) -> None:
    version = make_version(make_vendor("other"))
    Start.objects.create(
        vendor=version.playbook.vendor, version=version, asked_at=NOW + timedelta(minutes=1), waiting=0
    )

    def one(each: Start) -> None:
        if each == errand:
            raise RuntimeError("the disk is full")
        carry_out(each, batches=batches(), act=mark, now=NOW)

    for tries in (1, 2, 3):
        carry_out_all(Start.objects.all(), one, now=NOW)
        errand.refresh_from_db()
        assert (errand.tries, errand.lease_until) == (tries, None)
    assert errand.ended_at == NOW
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["the disk is full"] * 3
    assert marks() == [1] * 5  # the other one's
