"""Moving the demo's time for everybody: forward by living through it, back by undoing it."""

from datetime import timedelta

from followups.engine.pumping import pump
from followups.engine.transports import make_transport
from followups.models import FollowUp
from followups.silence.detecting import detect
from onboarding_portal.demo import clock, snapshots
from onboarding_portal.demo.turnstile import alone
from partners import clock as project_clock

AN_HOUR, A_MINUTE = timedelta(hours=1), timedelta(minutes=1)


def move_on(*, hours: int) -> None:
    """Live through the hours: silence is looked for at least hourly, and each follow-up gets its turn when it is due.

    A jump would skip the hours, or the last minutes, in which somebody may still be written to.
    """
    with alone():
        if snapshots.can_be_taken() and not clock.is_moved():
            snapshots.take()
        transport = make_transport()
        goal = min(clock.offset() + hours * AN_HOUR, clock.LONGEST)
        while clock.offset() < goal:
            clock.move_on(min(_until_next_due(), AN_HOUR, goal - clock.offset()))
            while pump(now=project_clock.now(), transport=transport):
                pass
            detect(now=project_clock.now())
        transport.close()


def _until_next_due() -> timedelta:
    """How long until a follow-up falls due, to the minute: those of one minute get their turn together."""
    now = project_clock.now()
    later = FollowUp.objects.scheduled().filter(due_at__gt=now).order_by("due_at")
    due_at = later.values_list("due_at", flat=True).first()
    return max(due_at - now, A_MINUTE) if due_at else AN_HOUR


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
