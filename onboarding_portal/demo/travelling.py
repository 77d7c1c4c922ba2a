"""Moving the demo's time for everybody: forward by living through it, back by undoing it."""

from datetime import timedelta

from followups.engine.pumping import pump
from followups.engine.transports import make_transport
from followups.silence.detecting import detect
from onboarding_portal.demo import clock, snapshots
from onboarding_portal.demo.turnstile import alone
from partners import clock as project_clock

AN_HOUR = timedelta(hours=1)


def move_on(*, hours: int) -> None:
    """Hour by hour: a jump over a person's whole working day would skip the hours in which they may be written to."""
    with alone():
        if snapshots.can_be_taken() and not clock.is_moved():
            snapshots.take()
        transport = make_transport()
        for _ in range(hours):
            clock.move_on(AN_HOUR)
            while pump(now=project_clock.now(), transport=transport):
                pass
            detect(now=project_clock.now())
        transport.close()


def come_back() -> bool:
    """Undo everything since the clock was first moved; false where what was before is not known any more."""
    with alone():
        if not clock.is_moved():
            return True
        if not snapshots.can_be_taken() or not snapshots.is_taken():
            return False
        snapshots.restore()
        clock.back_to_now()  # last but one: if something fails before, the next press does it all again
        snapshots.forget()
        return True
