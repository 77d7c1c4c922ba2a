"""The points once more with processes that are really killed, over a real line to a server of their own."""

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from smtplib import SMTP
from typing import Any, get_args

import pytest
from django.db import connection, connections

from followups.engine.cadences import make_default_cadence
from followups.engine.crashing import Point, arm, kill_at
from followups.engine.lines import Lines
from followups.engine.pumping import pump
from followups.engine.sending import send_batch
from followups.engine.transports import SmtpTransport
from followups.models import FollowUp, Message
from partners.configuring import change_vendor
from partners.models import Vendor
from playbooks.enrolling import enroll
from playbooks.models import Enrollment
from tests.factories import NOW, make_enrollment, make_partner, make_vendor, make_version
from tests.followups.engine.conftest import pump_all
from tests.followups.engine.mails import DUE, LONG_AGO
from tests.followups.proof.test_crash_points import IN_THE_MIDST, OF_EACH_TEXT
from tests.smtp_sink import SmtpSink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.usefixtures("hasty_disk")]
PARTNERS = 3
LATER = DUE + timedelta(minutes=1)


class PatientSink(SmtpSink):
    """Says when everything that was sent to it has come."""

    def __init__(self) -> None:
        super().__init__()
        self.open = 0
        self.changed = threading.Condition()

    def process_request_thread(self, *given: Any) -> None:
        super().process_request_thread(*given)
        with self.changed:
            self.open -= 1
            self.changed.notify_all()

    def process_request(self, *given: Any) -> None:
        self.open += 1
        super().process_request(*given)

    def wait(self) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.open == 0, timeout=30)


@pytest.fixture
def sink() -> Iterator[PatientSink]:
    with PatientSink() as server:
        yield server


@pytest.fixture
def vendor() -> Vendor:
    """Partners who have just begun."""
    made = make_vendor("nordlicht", time_zone="Europe/Berlin", country="DE")
    make_default_cadence(vendor=made, now=NOW)
    version = make_version(made)
    for number in range(PARTNERS):
        make_enrollment(make_partner(made, email=f"kim{number}@example.com"), version=version)
    return made


def killed_process(work: Callable[[], object]) -> None:
    """Runs ``work`` in a process of its own, which has to end by SIGKILL."""
    connections.close_all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the sink's threads hold nothing that the child needs
        pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
    wait_until_the_database_knows()


def wait_until_the_database_knows() -> None:
    """PostgreSQL sees that a client is gone, and takes back what it had begun, a moment later."""
    if connection.vendor != "postgresql":
        return
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with connection.cursor() as cursor:
        for _ in range(3000):
            cursor.execute(others)
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.01)
    raise AssertionError("the dead process is still connected")


def work_until_killed(point: Point, *, passes: int, url: str, lines: int = 1) -> Callable[[], None]:
    def work() -> None:
        arm(kill_at(point, passes=passes))
        line = Lines([SmtpTransport(url) for _ in range(lines)])
        if point == "giving-back":
            pump(now=DUE, transport=line, should_stop=lambda: True)
        while pump(now=DUE, transport=line):
            pass

    return work


def end_leases() -> None:
    Message.objects.filter(state__in=["claimed", "sending"]).update(lease_until=LONG_AGO)


def come_to_rest(sink: PatientSink, *, unknown: int) -> None:
    """Somebody else goes on, first with the leases still running, and then all is looked at."""
    sink.wait()
    line = SmtpTransport(sink.url)
    pump_all(now=LATER, transport=line)
    end_leases()
    pump_all(now=LATER, transport=line)
    line.close()
    assert set(sink.times_seen().values()) <= {1}
    ended = list(FollowUp.objects.filter(kind="remind-24h").values_list("state", "message__state"))
    assert sorted(ended) == sorted(
        [("decided", "accepted")] * (PARTNERS - unknown) + [("decided", "unknown")] * unknown
    )


@pytest.mark.parametrize("lines", [1, PARTNERS])
@pytest.mark.parametrize("point", [one for one in get_args(Point) if not one.startswith("planned")])
def test_a_killed_worker_leaves_nothing_undone(point: Point, lines: int, vendor: Vendor, sink: PatientSink) -> None:
    """At its last mail over one line, or with all of them on lines of their own; where it matters, that many are lost
    from sight.
    """
    is_of_each = point in (*IN_THE_MIDST, "recipient-taken", "steps-locked", "marking", "recorded", "giving-back")
    passes = PARTNERS if is_of_each and (lines == 1 or point in (*OF_EACH_TEXT, "giving-back")) else 1
    killed_process(work_until_killed(point, passes=passes, url=sink.url, lines=lines))
    come_to_rest(sink, unknown=lines if point in IN_THE_MIDST else 0)


def test_a_worker_killed_with_half_a_text_sent(vendor: Vendor, sink: PatientSink) -> None:
    class Halfway(SmtpTransport):
        def _open(self) -> SMTP:
            line = super()._open()
            send = line.send

            def send_some(data: bytes) -> None:
                send(data[:500])
                if len(data) > 500:
                    os.kill(os.getpid(), signal.SIGKILL)

            vars(line)["send"] = send_some
            return line

    killed_process(lambda: pump(now=DUE, transport=Halfway(sink.url)))
    come_to_rest(sink, unknown=1)
    assert len(sink.received) == PARTNERS - 1


def test_starting_a_playbook_is_one_thing(vendor: Vendor, sink: PatientSink) -> None:
    partner = make_partner(vendor)
    version = Enrollment.objects.earliest("pk").version

    def work() -> None:
        arm(kill_at("planned", passes=1))
        enroll(partner=partner, version=version, by=None, now=DUE)

    killed_process(work)
    assert not Enrollment.objects.filter(partner=partner).exists()
    assert not FollowUp.objects.filter(partner=partner).exists()
    enroll(partner=partner, version=version, by=None, now=DUE)
    assert FollowUp.objects.filter(partner=partner).count() == 2


def test_a_policy_changes_with_what_it_moves(vendor: Vendor, sink: PatientSink) -> None:
    manager = vendor.members.earliest("pk").user
    before = list(FollowUp.objects.order_by("pk").values())

    def work() -> None:
        arm(kill_at("planned-anew", passes=1))
        change_vendor(vendor=vendor, changes={"time_zone": "Asia/Tokyo"}, by=manager, now=DUE)

    killed_process(work)
    assert Vendor.objects.get().time_zone == "Europe/Berlin"
    assert list(FollowUp.objects.order_by("pk").values()) == before


def test_what_a_living_worker_holds_is_nobody_elses(vendor: Vendor, sink: PatientSink) -> None:
    killed_process(work_until_killed("claimed", passes=1, url=sink.url))
    line = SmtpTransport(sink.url)
    assert send_batch(now=LATER, transport=line) == 0
    end_leases()
    assert pump(now=LATER, transport=line)
    line.close()
    assert len(sink.received) == PARTNERS
