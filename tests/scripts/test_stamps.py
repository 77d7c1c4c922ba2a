from pathlib import Path

import pytest

from scripts import stamps

pytestmark = pytest.mark.machine


def test_a_step_without_a_stamp_is_not_done(tmp_path: Path) -> None:
    assert not stamps.is_current(tmp_path / "stamp", "value")


def test_a_stamp_holds_for_the_same_inputs_alone(tmp_path: Path) -> None:
    lock, stamp = tmp_path / "lock.txt", tmp_path / "deeper" / "stamp"
    lock.write_text("django==5.2.1")
    stamps.write(stamp, stamps.fingerprint([lock]))
    assert stamps.is_current(stamp, stamps.fingerprint([lock]))
    lock.write_text("django==5.2.2")
    assert not stamps.is_current(stamp, stamps.fingerprint([lock]))


def test_a_renamed_file_is_another_input(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("same")
    before = stamps.fingerprint([old])
    old.rename(new)
    assert stamps.fingerprint([new]) != before
