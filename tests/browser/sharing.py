"""What the processes of one run have in common: what one has made or found out, the others need not.

All of it lies in a folder of the run. Whoever needs what another process is just making waits for it.
"""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Nobody else has to do with the file meanwhile."""
    with file.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def once(file: Path, find: Callable[[], Any]) -> Any:
    """What the first to ask finds out, for all who ask; of anything that JSON knows."""
    with alone(file):
        if not file.exists():
            file.write_text(json.dumps(find()))
        return json.loads(file.read_text())


@contextmanager
def shared(file: Path, *, make: Callable[[], str], clear: Callable[[str], object]) -> Iterator[str]:
    """The name of what the first to come makes, and the last to leave clears away."""
    with alone(file):
        users, name = json.loads(file.read_text()) if file.exists() else (0, "")
        name = name if users else make()
        file.write_text(json.dumps((users + 1, name)))
    try:
        yield name
    finally:
        with alone(file):
            users, _ = json.loads(file.read_text())
            file.write_text(json.dumps((users - 1, name)))
            if users == 1:
                clear(name)


class Turns:
    """So many turns for each name, over all processes."""

    def __init__(self, folder: Path, *, most: int) -> None:
        self.folder, self.most = folder, most
        folder.mkdir(exist_ok=True)

    def take(self, name: str) -> bool:
        """Whether there is one left."""
        return any(self._take(self.folder / f"{name}-{number}") for number in range(self.most))

    def _take(self, turn: Path) -> bool:
        try:
            turn.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True
