"""What workers do for this floor. A wake-up carries nothing: the database says what is to be done."""

from celery import shared_task

from partners import clock
from partners.importing.uploads import load_claimable


@shared_task(ignore_result=True)
def load_uploads(**_: object) -> None:
    """Load the files that wait for a worker."""
    load_claimable(now=clock.now())
