"""A key that nobody here has made begins at the beginning, whatever stands in it."""

import base64
import json
from datetime import datetime
from typing import Any

import pytest

from partners.models import Application
from partners.paging import key_page

ORDER = ("-applied_at", "-id")


@pytest.mark.parametrize(
    "plain",
    [
        ["x", 1],
        [1, 1],
        [{"at": "x"}, 1],
        [{"at": "0001-01-01T00:00:00+14:00"}, 1],
        [{"at": "2026-01-01T00:00:00+00:00"}, "x"],
        [{"at": "2026-01-01T00:00:00+00:00"}, True],
        [{"at": "2026-01-01T00:00:00+00:00"}, 2**70],
        [{"at": "2026-01-01T00:00:00+00:00"}],
        {"at": 1},
        7,
    ],
)
def test_what_no_row_has_is_ignored(plain: Any, application: Application, now: datetime) -> None:
    after = base64.urlsafe_b64encode(json.dumps(plain).encode()).decode()
    assert key_page(Application.objects.all(), order=ORDER, after=after).rows == [application]


@pytest.mark.parametrize("after", ["%", "é", base64.urlsafe_b64encode(b"[" * 6000).decode()])
def test_what_is_no_key_is_ignored(after: str, application: Application, now: datetime) -> None:
    assert key_page(Application.objects.all(), order=ORDER, after=after).rows == [application]
