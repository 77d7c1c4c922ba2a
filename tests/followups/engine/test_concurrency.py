"""Two workers at once, on real connections of their own: each mail leaves once, each slot is won once."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from followups.engine.claiming import Claim, claim
from followups.engine.deciding import decide_batch
from followups.engine.lastcheck import lock_steps
from followups.engine.pumping import pump
from followups.engine.ticking import claim_slot, slot_of
from followups.engine.transports import SmtpTransport
from followups.models import FollowUp, Message, Tick
from partners.models import Vendor
from playbooks import walking
from playbooks.models import Progress
from tests.factories import NOW, make_enrollment, make_partner, make_version
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db(transaction=True)
DUE = NOW + timedelta(hours=24)
WORKERS = 3


def at_once(work: Callable[[], object], times: int = WORKERS) -> list[object]:
    """Run ``work`` in threads that start together, each with its own database connection."""
    barrier, results = threading.Barrier(times), list[object]()

    def run() -> None:
        try:
            barrier.wait(timeout=30)
            results.append(work())
        except Exception as error:  # noqa: BLE001 - shown by the assertion on the results
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def mails(count: int) -> None:
    Message.objects.bulk_create(
        Message(key=f"mail:{n}", kind="account", to_address=f"a{n}@example.com", not_before=NOW, created_at=NOW)
        for n in range(count)
    )


def test_nobody_claims_what_somebody_holds() -> None:
    mails(40)
    results = at_once(lambda: claim(now=NOW, limit=15))
    claims = [one for batch in results if isinstance(batch, list) for one in batch]
    assert all(isinstance(one, Claim) for one in claims)
    assert len(claims) == 40
    assert len({one.pk for one in claims}) == 40


def test_many_workers_send_each_mail_once(sink: SmtpSink) -> None:
    mails(60)

    def work() -> bool:
        line = SmtpTransport(sink.url)
        while pump(now=NOW, transport=line):
            pass
        line.close()
        return True

    assert at_once(work) == [True] * WORKERS
    assert len(sink.received) == 60
    assert set(sink.times_seen().values()) == {1}
    assert set(Message.objects.values_list("state", flat=True)) == {"accepted"}


def test_many_workers_decide_each_follow_up_once(vendor: Vendor) -> None:
    version = make_version(vendor)
    for _ in range(30):
        make_enrollment(make_partner(vendor), version=version)
    results = at_once(lambda: sum(iter(lambda: decide_batch(now=DUE, limit=4), 0)))
    assert sum(result for result in results if isinstance(result, int)) == 30
    assert Message.objects.count() == 30
    assert FollowUp.objects.filter(state="decided", message__isnull=False).count() == 30


def test_a_slot_is_won_once() -> None:
    slot = slot_of(NOW, every=timedelta(minutes=1))
    assert sorted(map(str, at_once(lambda: claim_slot("job", slot), times=5))) == ["False"] * 4 + ["True"]
    assert Tick.objects.count() == 1


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time: there is no row to wait for"
)
def test_who_completes_a_step_waits_for_the_last_check(progress: Progress) -> None:
    begun, finished = threading.Event(), threading.Event()

    def complete() -> None:
        begun.set()
        walking.complete(progress=progress, by=None, now=DUE)
        connections.close_all()
        finished.set()

    with transaction.atomic():
        steps = lock_steps([progress.pk], now=DUE)
        assert not steps[progress.pk].is_settled
        thread = threading.Thread(target=complete)
        thread.start()
        begun.wait(timeout=30)
        assert not finished.wait(timeout=0.3)
    thread.join(timeout=30)
    assert finished.is_set()
