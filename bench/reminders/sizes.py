"""How much the bench measures with."""

from dataclasses import dataclass

PARTNERS = 1_000_000  # of a full database; a larger backlog is theirs too


@dataclass(frozen=True)
class Sizes:
    """Rows; those of ``decide``, ``claim``, ``send`` and ``mail`` are for each number of processes."""

    backlog: int = 1_000_000
    burst: int = 100_000
    decide: int = 20_000
    claim: int = 50_000
    send: int = 4_000
    mail: int = 5_000
    ticks: int = 300
    lines: int = 5  # to the mail server, of each worker
    processes: tuple[int, ...] = (1, 2, 4)
    lead: float = 15.0  # seconds that the workers have to start and to rest before a burst falls due
    seconds: float = 300.0  # after which a burst is given up
