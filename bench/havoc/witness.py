"""What happened, one line each, written so that neither a killed process nor a full buffer loses any of it.

| line | said by | meaning |
|---|---|---|
| mark TIME PID ADDRESS | a worker | the mark is written and will be committed now |
| data TIME PID MESSAGE-ID | a worker | the text is about to go out |
| over TIME PID | a worker | the outcome is committed |
| told TIME PID FOLLOW-UPS | a worker | their notes and calls are written, and will be committed now |
| there TIME PID FOLLOW-UPS | a worker | that is committed |
| done TIME STEP | a partner | the step was completed, and that is committed |
| kept, lost, refused TIME MESSAGE-ID | the mail server | what it did with a text; *lost*: it says nothing any more |
| unclear TIME MESSAGE-ID | the mail server | it will leave the sender without an answer |
| kill, pause, crash, flush FROM TO PID | the storm | an injury, and how long it lasted |
| kill FROM TO PID POINT | the storm | the same of a worker that was killed where it had been waited for |
| ended TIME TIME PID:CODE | the storm | a worker that nobody had killed was gone |
"""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FOLDER = "HAVOC_WITNESS"


def tell(who: str, *words: object) -> None:
    os.write(_file(who), (" ".join(map(str, words)) + "\n").encode())


@cache
def _file(who: str) -> int:
    return os.open(Path(os.environ[FOLDER]) / who, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def told(who: str) -> Iterator[list[str]]:
    path = Path(os.environ[FOLDER]) / who
    if path.exists():
        with path.open() as lines:
            yield from (line.split() for line in lines)


def request_to(pid: int) -> Path:
    """A file that asks a worker to stand still where it matters most."""
    return Path(os.environ[FOLDER]) / f"stand-still-{pid}"


def request_to_all() -> Path:
    """A file with the name of a point in it, which asks whoever comes there first to die."""
    return Path(os.environ[FOLDER]) / "die-at"


def take(request: Path) -> bool:
    """Whether it was there, and nobody else took it."""
    try:
        request.unlink()
    except FileNotFoundError:
        return False
    return True
