"""What happened on this floor, told to the floor above inside the same transaction."""

from django.dispatch import Signal

# enrollments: Sequence[Enrollment], of one vendor and one version, now: datetime
enrollment_started = Signal()

# enrollment: Enrollment, now: datetime
enrollment_finished = Signal()

# vendor: Vendor, partner_ids: Sequence[int] (whose enrollment went over to another version), now: datetime
enrollments_upgraded = Signal()

# steps: Sequence[Progress], of one vendor, each with its enrollment, now: datetime
step_opened = Signal()

# enrollments: Sequence[Enrollment], of one vendor, now: datetime. Steps turned out not to concern their partners, now
# or once their time comes, or to concern them after all.
steps_left_out = Signal()

# progress: Progress, now: datetime
step_completed = Signal()
step_stuck = Signal()
step_helped = Signal()  # the vendor answered: it is the partner's turn again
step_skipped = Signal()

# progress: Progress, now: datetime, about a step that wants the vendor's approval
step_handed_in = Signal()
step_withdrawn = Signal()  # the partner took it back before anybody had decided: it is their turn again
step_sent_back = Signal()  # something is missing, as its reason says: it is the partner's turn again

# handover: Handover, progress: Progress with its enrollment, partner and vendor, now: datetime. A step that the vendor
# does for a partner was asked for, or moved on; the handover's state says where it is now.
handover_moved = Signal()

# progress: Progress, until: datetime (the partner asked not to be reminded before, or set that time aside for it: then
# for_slot: True), now: datetime, contact: Contact | None (who asked, and wants to be reminded then)
step_snoozed = Signal()

# confidence: Confidence, enrollment: Enrollment with its partner, vendor and manager, now: datetime. A partner said how
# sure they are, or said it otherwise than before.
confidence_told = Signal()

# progress: Progress, now: datetime. The time that was set aside for it was taken back.
slot_withdrawn = Signal()

# version: PlaybookVersion (a draft), language: str, now: datetime. Its page before publishing is shown: each receiver
# may answer something with a ``template`` that is shown there as ``part``. Nothing may be written.
publishing_shown = Signal()

# progress: Progress, contact: Contact, now: datetime. Asked of the floor above, for a page that ``contact`` reads: what
# of reminders about this step? It answers ``playbooks.reminders.Reminders``. Nothing may be written.
reminders_asked = Signal()

# step: Step (of a draft), read with its stage and version, language: str. Its form is shown: each receiver may answer
# something with a ``template`` that is shown below it as ``part``. Nothing may be written.
step_form_shown = Signal()
