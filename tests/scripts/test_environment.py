import sys
from pathlib import Path

import pytest

from scripts import environment

pytestmark = pytest.mark.machine

PIP_CONF = """
[global]
index-url = https://packages.example.com/simple
extra-index-url =
    https://one.example.com/simple
    https://two.example.com/simple
"""


@pytest.fixture
def venv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A place for an environment; uv and pip are told nothing from outside."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "UV_LINK_MODE", "PIP_INDEX_URL", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(environment, "VENV", tmp_path / "venv")
    return tmp_path / "venv"


@pytest.mark.slow
def test_uv_is_told_what_pip_is_told(venv: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text(PIP_CONF)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("UV_LINK_MODE", "hardlink")
    monkeypatch.setattr(environment, "python", lambda: Path(sys.executable))
    told = environment.uv_settings()
    assert told["UV_DEFAULT_INDEX"] == "https://packages.example.com/simple"
    assert told["UV_INDEX"] == "https://one.example.com/simple https://two.example.com/simple"
    assert "UV_LINK_MODE" not in told  # the caller's own word stands


@pytest.mark.slow
def test_an_environment_that_was_cut_short_is_made_again(venv: Path) -> None:
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").write_text("half a file")
    assert not environment.has_pip(environment.python())
    environment.ensure_venv()
    assert environment.has_pip(environment.python())


def test_an_old_python_is_refused_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    with pytest.raises(SystemExit, match=r"3\.11 or later is needed.*is 3\.10.*make run PYTHON="):
        environment.check_version()


def test_only_a_link_is_removed_not_what_it_leads_to(tmp_path: Path) -> None:
    target, link = tmp_path / "shared", tmp_path / "link"
    target.mkdir()
    link.symlink_to(target)
    environment.remove(link)
    assert target.is_dir()
    assert not link.is_symlink()
