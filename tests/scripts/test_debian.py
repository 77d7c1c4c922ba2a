import pytest

from scripts import debian

pytestmark = pytest.mark.machine


def test_who_may_not_install_is_told_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "may_install", lambda: False)
    with pytest.raises(
        debian.MissingPackages, match=r"make test needs chromium gettext(.|\n)*apt-get install chromium"
    ):
        debian.install(["chromium", "gettext"], why="make test")
