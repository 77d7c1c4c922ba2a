import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from onboarding_portal.supervising import Asked, Program, ProgramFailed, StopRequested, Supervisor

pytestmark = pytest.mark.machine

FOREVER = "import signal; signal.pause()"
SAY_AND_STAY = "print('at work', flush=True); " + FOREVER
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"


def program(name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code], os.environ)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(out: io.StringIO) -> Iterator[Supervisor]:
    with Supervisor(out=out, grace=5) as supervisor:
        yield supervisor


def wait_for(supervisor: Supervisor, out: io.StringIO, text: str) -> None:
    supervisor.wait_until(lambda: text in out.getvalue(), seconds=10, what=text)


def test_each_line_carries_the_name_of_its_program(supervisor: Supervisor, out: io.StringIO) -> None:
    supervisor.require(program("web", "print('one'); print('two')"))
    assert out.getvalue().splitlines() == ["web    | one", "web    | two"]


def test_a_quiet_program_is_heard_only_when_it_fails(supervisor: Supervisor, out: io.StringIO) -> None:
    quiet = Program(
        "valkey", [sys.executable, "-c", "print('out of disk'); raise SystemExit(3)"], os.environ, quiet=True
    )
    with pytest.raises(ProgramFailed, match=r"valkey ended with exit code 3(.|\n)*out of disk"):
        supervisor.require(quiet)
    assert out.getvalue() == ""


def test_a_program_that_dies_is_named_with_its_last_lines(supervisor: Supervisor) -> None:
    supervisor.start(program("web", FOREVER))
    supervisor.start(program("worker", "print('no such table'); raise SystemExit(1)"))
    with pytest.raises(ProgramFailed, match=r"^worker ended with exit code 1\. Its last lines:\n    no such table$"):
        supervisor.watch()


def test_a_killed_program_is_named_with_the_signal(supervisor: Supervisor, out: io.StringIO) -> None:
    running = supervisor.start(program("beat", SAY_AND_STAY))
    wait_for(supervisor, out, "at work")
    running.process.kill()
    with pytest.raises(ProgramFailed, match="beat was ended by SIGKILL"):
        supervisor.watch()


def test_a_death_is_noticed_while_waiting_for_readiness(supervisor: Supervisor) -> None:
    supervisor.start(program("web", "raise SystemExit('cannot bind')"))
    with pytest.raises(ProgramFailed, match="cannot bind"):
        supervisor.wait_until(lambda: False, seconds=30, what="web")


def test_waiting_ends_with_a_message(supervisor: Supervisor) -> None:
    with pytest.raises(TimeoutError, match="web did not answer within 0 seconds"):
        supervisor.wait_until(lambda: False, seconds=0, what="web")


def test_leaving_ends_every_program() -> None:
    with Supervisor(out=io.StringIO()) as supervisor:
        pids = [supervisor.start(program(name, FOREVER)).process.pid for name in ("web", "worker", "beat")]
        assert all(is_alive(pid) for pid in pids)
    assert not any(is_alive(pid) for pid in pids)


def test_what_does_not_end_is_killed(out: io.StringIO) -> None:
    with Supervisor(out=out, grace=0.1) as supervisor:
        pid = supervisor.start(program("worker", DEAF)).process.pid
        wait_for(supervisor, out, "deaf")
    assert not is_alive(pid)
    assert "worker does not end; killing it." in out.getvalue()


def test_a_program_may_take_its_own_time(out: io.StringIO) -> None:
    slow = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.3), sys.exit()))\n" + (
        "print('ready', flush=True); signal.pause()"
    )
    with Supervisor(out=out, grace=0) as supervisor:
        supervisor.start(Program("worker", [sys.executable, "-c", slow], os.environ, grace=20))
        wait_for(supervisor, out, "ready")
    assert "killing" not in out.getvalue()


def test_a_service_ends_after_those_who_need_it(out: io.StringIO) -> None:
    tell = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: (print('over', flush=True), sys.exit()))\n" + (
        "print('ready', flush=True); signal.pause()"
    )
    with Supervisor(out=out, grace=10) as supervisor:
        supervisor.start(Program("valkey", [sys.executable, "-c", tell], os.environ, is_service=True))
        wait_for(supervisor, out, "valkey | ready")
        supervisor.start(program("web", tell))
        wait_for(supervisor, out, "web    | ready")
    assert out.getvalue().splitlines()[-2:] == ["web    | over", "valkey | over"]


@pytest.mark.parametrize("presses", [1, 2])
def test_a_second_press_of_ctrl_c_kills(out: io.StringIO, presses: int) -> None:
    """Signals at the same moment are one press."""
    with Supervisor(out=out, grace=0.5 if presses == 1 else 60) as supervisor:
        pid = supervisor.start(program("worker", DEAF)).process.pid
        wait_for(supervisor, out, "deaf")
        supervisor._events.put(Asked(signal.SIGINT, 100.0))
        with pytest.raises(StopRequested):
            supervisor.watch()
        supervisor._events.put(Asked(signal.SIGINT, 100.01))
        if presses == 2:
            supervisor._events.put(Asked(signal.SIGINT, 101.0))
        begun = time.monotonic()
        supervisor.stop_all()
        assert time.monotonic() - begun < 30
    assert not is_alive(pid)
    assert ("does not end" in out.getvalue()) == (presses == 1)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_signals_ask_to_stop(supervisor: Supervisor, signum: signal.Signals) -> None:
    supervisor.start(program("web", FOREVER))
    os.kill(os.getpid(), signum)
    with pytest.raises(StopRequested, match=signum.name):
        supervisor.watch()


def test_former_signal_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Supervisor(out=io.StringIO()):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux only")
def test_programs_end_with_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from onboarding_portal.supervising import Program, Supervisor\n"
        "with Supervisor() as supervisor:\n"
        f"    child = supervisor.start(Program('web', [sys.executable, '-c', {FOREVER!r}], os.environ))\n"
        "    print(child.process.pid, flush=True)\n"
        "    supervisor.watch()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    give_up = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < give_up:
        os.sched_yield()
    assert not is_alive(pid)
