"""A mail server that takes everything as fast as it can and remembers how much: the other end of the bench's line.

A process of its own; a connection that says ``XSTATS`` is told what came so far.
"""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from bench.reminders.crew import context

END = b"\r\n.\r\n"
ANSWERS = {b"EHLO": b"250 sink\r\n", b"DATA": b"354 Go ahead\r\n", b"QUIT": b"221 Bye\r\n"}


@dataclass
class Stats:
    """Times are the machine's own clock."""

    connections: int = 0
    mails: int = 0
    bytes: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    twice: int = 0  # mails whose Message-ID had come before


class _Conversation(asyncio.Protocol):
    stats = Stats()
    seen: set[bytes] = set()

    def __init__(self) -> None:
        self.waiting = b""
        self.is_text = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.line = transport
        self.stats.connections += 1
        self.line.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while self._take_text() if self.is_text else self._take_command():
            pass

    def _take_command(self) -> bool:
        command, end, rest = self.waiting.partition(b"\r\n")
        if not end:
            return False
        self.waiting = rest
        verb = command[:4].upper()
        self.is_text = verb == b"DATA"
        if verb == b"XSTA":
            self.line.write(b"250 " + json.dumps(vars(self.stats)).encode() + b"\r\n")
        else:
            self.line.write(ANSWERS.get(verb, b"250 OK\r\n"))
        return True

    def _take_text(self) -> bool:
        text, end, rest = self.waiting.partition(END)
        if not end:
            return False
        self.waiting, self.is_text = rest, False
        self._keep(text)
        self.line.write(b"250 2.0.0 Kept\r\n")
        return True

    def _keep(self, text: bytes) -> None:
        stats, at = self.stats, time.monotonic()
        begins = text.find(b"Message-ID: ")
        name = text[begins : text.find(b"\r\n", begins)]
        stats.twice += name in self.seen
        self.seen.add(name)
        stats.mails += 1
        stats.bytes += len(text)
        stats.first_at = stats.first_at or at
        stats.last_at = at


async def _serve(ready: Connection) -> None:
    server = await asyncio.get_running_loop().create_server(_Conversation, "127.0.0.1", 0)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _main(ready: Connection) -> None:
    asyncio.run(_serve(ready))


@dataclass(frozen=True)
class Sink:
    port: int

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def stats(self) -> Stats:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line, line.makefile("rb") as answers:
            answers.readline()
            line.sendall(b"XSTATS\r\n")
            told = json.loads(answers.readline().removeprefix(b"250 "))
        told["connections"] -= 1  # this one
        return Stats(**told)


@contextmanager
def running() -> Iterator[Sink]:
    told, tells = context().Pipe(duplex=False)
    process = context().Process(target=_main, args=(tells,), daemon=True)
    process.start()
    try:
        yield Sink(told.recv())
    finally:
        process.terminate()
        process.join()
