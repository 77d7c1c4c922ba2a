from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from followups.models import Message, Suppression
from partners.models import Vendor
from playbooks.models import Progress
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def printed(**options: object) -> str:
    out = StringIO()
    call_command("rehearse", vendor="nordlicht", stdout=out, **options)
    return out.getvalue()


def test_it_prints_who_gets_what_when_and_why(vendor: Vendor, progress: Progress) -> None:
    text = printed(hours=72)
    assert "2026-03-04 10:00  Goes out          Hafen IT, Hanna Hafen: Do the first thing" in text
    assert "24 hours after the step opens" in text
    assert "2 follow-ups (Goes out: 2), 2 mails." in text
    assert not Message.objects.exists()


def test_and_why_not(vendor: Vendor, progress: Progress) -> None:
    Suppression.objects.create(vendor=vendor, address="hanna@hafen.example", reason="unsubscribed", created_at=NOW)
    text = printed(hours=30)
    assert "Held back" in text
    assert "The address wants no mail or cannot get any" in text


def test_what_is_beyond_the_limit_is_counted(vendor: Vendor, progress: Progress) -> None:
    assert "1 that fall due later are beyond the limit" in printed(limit=1)


@pytest.mark.parametrize("options", [{"vendor": "nobody"}, {"hours": 0}, {"limit": 0}])
def test_what_cannot_be_rehearsed_is_said(vendor: Vendor, options: dict[str, object]) -> None:
    with pytest.raises(CommandError):
        call_command("rehearse", **({"vendor": "nordlicht"} | options))
