"""A mail server that rejects, stalls and drops, and tells what it did with each text."""

import asyncio
import random
import time
from multiprocessing.connection import Connection

from bench.havoc import witness

END = b"\r\n.\r\n"
STALL_SECONDS = 4.0  # longer than anybody waits
# Of a thousand commands, how many are answered how; the rest are answered well.
FAULTS: dict[bytes, dict[str, int]] = {
    b"RCPT": {"451 4.3.2 Later": 4, "550 5.7.1 Not from you": 2, "550 5.2.1 Never": 2, "drop": 2, "stall": 1},
    b"DATA": {"451 4.3.2 Later": 2, "drop": 2},
    b"text": {"452 4.2.2 Full": 4, "554 5.6.0 Never": 2, "keep and drop": 3, "lose and drop": 2, "keep and stall": 1},
}
WELL = {b"DATA": "354 Go ahead", b"QUIT": "221 Bye", b"text": "250 2.0.0 Kept"}


class Conversation(asyncio.Protocol):
    chance = random.Random()  # one for the server

    def __init__(self) -> None:
        self.waiting, self.is_text, self.is_stalled = b"", False, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.line = transport
        self.say("220 sink")

    def say(self, text: str) -> None:
        if not self.line.is_closing():
            self.line.write(text.encode() + b"\r\n")

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while not self.is_stalled and (self.take_text() if self.is_text else self.take_command()):
            pass

    def take_command(self) -> bool:
        command, end, rest = self.waiting.partition(b"\r\n")
        if not end:
            return False
        self.waiting = rest
        verb = command[:4].upper()
        answer = self.draw(verb)
        self.is_text = verb == b"DATA" and answer.startswith("354")
        return self.answer(answer)

    def take_text(self) -> bool:
        text, end, rest = self.waiting.partition(END)
        if not end:
            return False
        self.waiting, self.is_text = rest, False
        begins = text.find(b"Message-ID: ") + 12
        name = text[begins : text.find(b"\r\n", begins)].decode()
        answer = self.draw(b"text")
        what, _, after = answer.partition(" and ")
        if after:
            witness.tell("server", "unclear", time.monotonic(), name)
        kept = {"keep": "kept", "lose": "lost"}.get(what, "kept" if answer.startswith("250") else "refused")
        witness.tell("server", kept, time.monotonic(), name)
        return self.answer(after or answer)

    def draw(self, verb: bytes) -> str:
        faults = FAULTS.get(verb, {})
        drawn = self.chance.randrange(1000)
        for answer, share in faults.items():
            if drawn < share:
                return answer
            drawn -= share
        return WELL.get(verb, "250 OK")

    def answer(self, answer: str) -> bool:
        """False where the conversation is over, or stands still."""
        if answer == "drop":
            self.line.abort()
            return False
        if answer == "stall":
            self.is_stalled = True
            asyncio.get_running_loop().call_later(STALL_SECONDS, self.line.abort)
            return False
        self.say(answer)
        return True


async def _serve(ready: Connection, port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Conversation, "127.0.0.1", port)
    ready.send(True)
    await server.serve_forever()


def main(ready: Connection, *, port: int, seed: str, healthy: bool) -> None:
    Conversation.chance = random.Random(seed)
    if healthy:
        FAULTS.clear()
    asyncio.run(_serve(ready, port))
