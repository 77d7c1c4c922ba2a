"""What the broker may ask for. No task carries anything: the database knows what was asked for."""

from typing import Any

from celery import shared_task

from partners import clock
from playbooks.upgrading import carry_out_all


@shared_task(ignore_result=True)
def upgrade_partners(**_: Any) -> None:
    """Bring partners over to another version of their playbook, where somebody asked for it."""
    carry_out_all(now=clock.now())
