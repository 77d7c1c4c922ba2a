import pytest
from django.db import connection


@pytest.fixture
def hasty_disk(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> None:
    """No waiting for the disk: a process that dies takes nothing from the kernel with it."""
    if connection.vendor == "sqlite":
        options = connection.settings_dict["OPTIONS"]
        hasty = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
        monkeypatch.setitem(options, "init_command", hasty)
        connection.close()
