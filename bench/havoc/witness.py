"""What happened, one line each, written so that neither a killed process nor a full buffer loses any of it.

| line | said by | meaning |
|---|---|---|
| mark TIME PID ADDRESS | a worker | the mark is written and will be committed now |
| data TIME PID MESSAGE-ID | a worker | the text is about to go out |
| over TIME PID | a worker | the outcome is committed |
| done TIME STEP | a partner | the step was completed, and that is committed |
| kept, lost, refused TIME MESSAGE-ID | the mail server | what it did with a text; *lost*: it says nothing any more |
| unclear TIME MESSAGE-ID | the mail server | it will leave the sender without an answer |
| kill, pause, crash, flush FROM TO PID | the storm | an injury, and how long it lasted |
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
