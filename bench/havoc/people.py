"""Partners who complete a step at the very moment at which they are about to be reminded of it."""

import random
import time

from django.db import DatabaseError, connection

from bench.havoc import clock, witness
from playbooks import walking
from playbooks.models import Progress

# Most are about to be written to at this very moment: a worker sends what it has claimed in this order.
NEXT = """
    SELECT f.progress_id FROM followups_message m JOIN followups_followup f ON f.message_id = m.id
    WHERE m.state IN ('claimed', 'sending') AND f.progress_id IS NOT NULL ORDER BY {order} LIMIT 1
"""
COMING = "SELECT progress_id FROM followups_followup WHERE state = 'scheduled' AND due_at <= %s LIMIT 1"


def complete_steps(*, a_second: float, seed: str) -> None:
    """Until somebody ends this process."""
    chance = random.Random(seed)
    while True:
        time.sleep(chance.expovariate(a_second))
        try:
            complete_one(chance)
        except DatabaseError:
            connection.close()  # it will be there again


def complete_one(chance: random.Random) -> None:
    with connection.cursor() as cursor:
        if chance.random() < 0.2:
            cursor.execute(COMING, [clock.now()])
        else:
            cursor.execute(NEXT.format(order=chance.choice(("m.id", "random()"))))
        found = cursor.fetchone()
    if found is None:
        return
    step = Progress.objects.filter(pk=found[0]).first()
    if step is None:
        return
    try:
        if walking.complete(progress=step, by=None, now=clock.now()):
            witness.tell("people", "done", time.monotonic(), step.pk)
    except walking.NotYourMove:
        return  # somebody else's turn meanwhile
