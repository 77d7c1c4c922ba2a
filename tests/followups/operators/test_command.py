"""The same at the terminal."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from followups.models import Pause
from tests.clock import Clock
from tests.factories import NOW, make_vendor
from tests.followups.engine.mails import account_mail, outcome

pytestmark = pytest.mark.django_db


def engine(*args: str) -> str:
    out = StringIO()
    call_command("engine", *args, stdout=out)
    return out.getvalue()


def test_status_is_the_default(clock: Clock) -> None:
    account_mail("a@example.com")
    for said in (engine(), engine("status")):
        lines = dict(line.split("  ", 1) for line in said.splitlines())
        assert lines["account mails ready"].strip() == "1"
        assert lines["last mail accepted"].strip() == "none lately"


def test_pausing_and_resuming(clock: Clock) -> None:
    make_vendor("nordlicht")
    assert "is paused" in engine("pause", "nordlicht", "--reason", "Texts", "--by", "Olga")
    assert "was paused already" in engine("pause", "nordlicht", "--reason", "Texts")
    assert Pause.objects.get().began_by == "Olga"
    assert "goes on" in engine("resume", "nordlicht")
    assert "was not paused" in engine("resume", "nordlicht")
    with pytest.raises(CommandError, match="no vendor"):
        engine("pause", "nobody", "--reason", "Texts")
    with pytest.raises(CommandError, match="Say why"):
        engine("pause", "nordlicht", "--reason", "  ")


def test_answering_for_a_mail_in_doubt(clock: Clock) -> None:
    first, second = (
        account_mail(f"{n}@example.com", kind="reminder", state="unknown", finished_at=NOW) for n in ("a", "b")
    )
    listed = engine("unknown").splitlines()
    assert [line.split("\t")[3] for line in listed] == ["a@example.com", "b@example.com"]
    engine("arrived", str(first.pk), "--by", "Olga")
    engine("again", str(second.pk))
    assert outcome(first) == ("accepted", ["arrived"])
    assert outcome(second) == ("ready", ["again"])
    assert first.attempts.get().response == "Olga"
    assert "at the terminal" in second.attempts.get().response
    with pytest.raises(CommandError, match="not in doubt"):
        engine("arrived", str(first.pk))
    with pytest.raises(CommandError, match="There is no mail 99999"):
        engine("again", "99999")
    assert engine("unknown") == ""
