"""Steps that wait for each other."""

from collections.abc import Iterator, Mapping

from playbooks.models import Step


def circles(by_key: Mapping[str, Step], waits_for: Mapping[str, set[str]]) -> Iterator[list[Step]]:
    """Each circle in the order in which they wait, begun with its first step; what hangs on one is none itself."""
    waiting = {key: needs & by_key.keys() for key, needs in waits_for.items()}
    while True:
        before = None
        while before != len(waiting):
            before = len(waiting)
            for key in list(waiting):
                if not waiting[key] & waiting.keys():
                    del waiting[key]
        if not waiting:
            return
        circle = _followed(waiting)
        first = min(range(len(circle)), key=lambda place: by_key[circle[place]].position)
        yield [by_key[key] for key in (*circle[first:], *circle[:first])]
        for key in circle:
            del waiting[key]


def _followed(waiting: Mapping[str, set[str]]) -> list[str]:
    """From one step to one that it waits for, until one comes again."""
    trail = [next(iter(waiting))]
    while (following := min(waiting[trail[-1]] & waiting.keys())) not in trail:
        trail.append(following)
    return trail[trail.index(following) :]
