"""Partners who complete a step at the very moment at which they are about to be reminded of it."""

import random
import time
from datetime import datetime

from django.db import DatabaseError, connection

from bench.havoc import clock, witness
from playbooks import walking
from playbooks.models import Progress

# Most are about to be written to at this very moment: a worker sends what it has claimed in this order.
NEXT = """
    SELECT f.progress_id FROM followups_message m JOIN followups_followup f ON f.message_id = m.id
    WHERE m.state IN ('claimed', 'sending') AND f.progress_id IS NOT NULL ORDER BY {order} LIMIT 1
"""
# Others are about to be decided, which for a note or a call is all there is: the person waits for that moment.
COMING = """
    SELECT progress_id FROM followups_followup
    WHERE state = 'scheduled' AND due_at <= %s AND channel <> 'mail' ORDER BY due_at, id LIMIT 1
"""
WAITS_SECONDS = 2.0


def complete_steps(*, a_second: float, seed: str, deciding: float) -> None:
    """Until somebody ends this process. The share ``deciding`` of them is just being decided."""
    chance = random.Random(seed)
    while True:
        time.sleep(chance.expovariate(a_second))
        try:
            found = about_to_be_decided() if chance.random() < deciding else about_to_be_sent(chance)
            if found is not None:
                complete(found)
        except DatabaseError:
            connection.close()  # it will be there again


def about_to_be_sent(chance: random.Random) -> int | None:
    return ask(NEXT.format(order=chance.choice(("m.id", "random()"))))


def about_to_be_decided() -> int | None:
    until = time.monotonic() + WAITS_SECONDS
    while (found := ask(COMING, clock.now())) is None and time.monotonic() < until:
        time.sleep(0.005)
    return found


def ask(question: str, *given: datetime) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(question, given)
        row = cursor.fetchone()
    return row[0] if row else None


def complete(found: int) -> None:
    step = Progress.objects.get(pk=found)
    try:
        if walking.complete(progress=step, by=None, now=clock.now()):
            witness.tell("people", "done", time.monotonic(), step.pk)
    except walking.NotYourMove:
        return  # somebody else's turn meanwhile
