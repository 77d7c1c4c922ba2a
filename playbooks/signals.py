"""What happened on this floor, told to the floor above inside the same transaction."""

from django.dispatch import Signal

# enrollment: Enrollment, now: datetime
enrollment_started = Signal()
enrollment_finished = Signal()

# progress: Progress, now: datetime
step_opened = Signal()
step_completed = Signal()
step_stuck = Signal()
step_helped = Signal()  # the vendor answered: it is the partner's turn again
step_skipped = Signal()

# progress: Progress, until: datetime (the partner asked not to be reminded before), now: datetime
step_snoozed = Signal()
