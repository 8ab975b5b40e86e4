"""The shop's door: how a second process asks the one that holds the warehouse.

A Unix socket of mode 0600 where the system has them, else a port on this machine with a secret in a file of mode
0600. A frame is its length in 8 bytes and a body: the length of a JSON text in 4 bytes, the text, and the tables it
refers to as Arrow streams. Nothing in a frame is ever run.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.errors import Busy, RegularsError

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_PATH = 100
"""Bytes that every system takes as the path of a Unix socket."""

LARGEST = 1 << 32
"""Bytes of the largest frame."""

LARGEST_QUESTION = 1 << 24
"""Bytes of the largest question."""

LOOK = 1.0
"""Seconds that one who waits for an answer lets pass between two looks at whether the other still lives."""

PATIENCE = 600.0
"""Seconds that an answer may take to be fetched by who asked for it."""

Answerer = Callable[[str, Mapping[str, Any], str], Any]
"""What stands behind a door: a method's name, its arguments and the asker's name for the request, to plain values or
an Arrow table."""


class Closed(Exception):
    """The other side went away before it answered."""


def pack(value: Any) -> bytes:
    """A frame's body: plain values, with Arrow tables anywhere in them.

    >>> unpack(pack({"answer": [1, None, "to"]}))
    {'answer': [1, None, 'to']}
    """
    tables: list[bytes] = []

    def plain(thing: Any) -> Any:
        if hasattr(thing, "to_batches"):
            tables.append(streamed(thing))
            return {"__arrow__": len(tables[-1])}
        if hasattr(thing, "isoformat"):
            return thing.isoformat()
        raise TypeError(f"a {type(thing).__name__} cannot pass the door")

    text = json.dumps(value, default=plain, ensure_ascii=False).encode()
    return struct.pack("!I", len(text)) + text + b"".join(tables)


def unpack(body: bytes) -> Any:
    """What `pack` was given; days and moments arrive as ISO texts."""
    (length,) = struct.unpack_from("!I", body)
    rest = memoryview(body)[4 + length :]
    place = 0

    def rich(thing: dict[str, Any]) -> Any:
        nonlocal place
        if thing.keys() != {"__arrow__"}:
            return thing
        place += (size := thing["__arrow__"])
        return table_of(rest[place - size : place])

    return json.loads(bytes(body[4 : 4 + length]), object_hook=rich)


def streamed(table: pa.Table) -> bytes:
    """A table as an Arrow stream."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def table_of(stream: memoryview) -> pa.Table:
    """The table of an Arrow stream."""
    import pyarrow as pa

    with pa.ipc.open_stream(pa.py_buffer(stream)) as reader:
        return reader.read_all()


def send(line: socket.socket, value: Any) -> None:
    """Send one frame."""
    body = pack(value)
    try:
        line.sendall(struct.pack("!Q", len(body)) + body)
    except OSError as gone:
        raise Closed from gone


def receive(line: socket.socket, limit: int = LARGEST, look: Callable[[], None] | None = None) -> Any:
    """Wait for one frame; a line that sends something else is as good as closed.

    Where the line has a timeout, `look` is called each time it is over, and raises where waiting is of no use.
    """
    (length,) = struct.unpack("!Q", exactly(line, 8, look))
    if length > limit:
        raise Closed(f"a frame of {length} bytes")
    try:
        return unpack(exactly(line, length, look))
    except (ValueError, struct.error) as nonsense:
        raise Closed from nonsense


def exactly(line: socket.socket, count: int, look: Callable[[], None] | None = None) -> bytes:
    """The next bytes, all of them."""
    read = bytearray()
    while len(read) < count:
        try:
            part = line.recv(min(count - len(read), 1 << 20))
        except TimeoutError as late:
            if look is None:
                raise Closed from late
            look()
            continue
        except OSError as gone:
            raise Closed from gone
        if not part:
            raise Closed
        read += part
    return bytes(read)


@dataclass
class Door:
    """An open door; each caller gets a thread, so that a question is answered while another is worked on."""

    address: str
    answer: Answerer
    line: socket.socket
    path: Path
    inode: int
    token: str = ""
    private: Path | None = None
    busy: int = 0
    shut: bool = False
    callers: set[socket.socket] = field(default_factory=set)
    quiet: threading.Condition = field(default_factory=threading.Condition)

    @classmethod
    def open(cls, path: Path, answer: Answerer) -> Door:
        """Open the door at a path, or where it points when the system cannot have a socket there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        door = cls.on_socket(path, answer) if hasattr(socket, "AF_UNIX") else cls.on_port(path, answer)
        door.line.listen(64)
        threading.Thread(target=door.welcome, name="regulars-door", daemon=True).start()
        return door

    @classmethod
    def on_socket(cls, path: Path, answer: Answerer) -> Door:
        """A Unix socket; the mode is set before anybody can connect."""
        private = None
        if len(os.fsencode(path)) > LONGEST_PATH:
            private = Path(tempfile.mkdtemp(prefix="regulars-"))
            path = private / "door"
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.bind(str(path))
        path.chmod(0o600)
        return cls(f"unix:{path}", answer, line, path, path.stat().st_ino, private=private)

    @classmethod
    def on_port(cls, path: Path, answer: Answerer) -> Door:
        """A port on this machine, with a secret that only the shop's owner can read."""
        line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        line.bind(("127.0.0.1", 0))
        token = secrets.token_hex(32)
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(token, encoding="ascii")
        return cls(f"port:{line.getsockname()[1]}:{path}", answer, line, path, path.stat().st_ino, token=token)

    def welcome(self) -> None:
        """Let callers in until the door is shut."""
        while True:
            try:
                caller, _ = self.line.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(caller,), name="regulars-caller", daemon=True).start()

    def serve(self, caller: socket.socket) -> None:
        """Answer one caller's questions until it leaves."""
        with self.quiet:
            self.callers.add(caller)
        try:
            with caller, suppress(Closed):
                if self.token and not secrets.compare_digest(str(receive(caller, 1024)), self.token):
                    return
                while self.hear(caller):
                    pass
        finally:
            with self.quiet:
                self.callers.discard(caller)

    def hear(self, caller: socket.socket) -> bool:
        """Answer one question; False when the door is shut."""
        question = receive(caller, LARGEST_QUESTION)
        with self.quiet:
            if self.shut:
                return False
            self.busy += 1
        try:
            answer = self.reply(question)
            caller.settimeout(PATIENCE)
            send(caller, answer)
            caller.settimeout(None)
        finally:
            with self.quiet:
                self.busy -= 1
                self.quiet.notify_all()
        return True

    def reply(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one question, or the error in plain values."""
        try:
            return {"ok": self.answer(question["call"], question["arguments"], question.get("request", ""))}
        except RegularsError as error:
            return {"error": error.as_plain()}
        except Exception as fault:  # noqa: BLE001 it is the caller who must hear of it
            return {"fault": f"{type(fault).__name__}: {fault}"}

    def close(self, patience: float | None = None) -> None:
        """Let nobody in any more, finish what was asked, and take the door away."""
        with self.quiet:
            self.shut = True
            self.quiet.wait_for(lambda: self.busy == 0, patience)
            for line in (self.line, *self.callers):
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
        self.line.close()
        if self.path.exists() and self.path.stat().st_ino == self.inode:
            self.path.unlink()
        if self.private:
            shutil.rmtree(self.private, ignore_errors=True)


class Caller:
    """A connection to another process's door."""

    def __init__(self, line: socket.socket, token: str = "") -> None:
        self.line = line
        self.token = token

    @classmethod
    def connect(cls, address: str, token: str = "") -> Caller:
        """Knock at an address out of the lease, whose token tells holders apart; raises Closed where nobody opens."""
        kind, _, rest = address.partition(":")
        port, _, path = rest.partition(":")
        line = socket.socket(socket.AF_UNIX if kind == "unix" else socket.AF_INET, socket.SOCK_STREAM)
        line.settimeout(LOOK)
        try:
            line.connect(rest if kind == "unix" else ("127.0.0.1", int(port)))
            if kind != "unix":
                send(line, Path(path).read_text(encoding="ascii"))
        except (OSError, Closed) as gone:
            line.close()
            raise Closed from gone
        return cls(line, token)

    def call(
        self, name: str, arguments: Mapping[str, Any], request: str = "", look: Callable[[], None] | None = None
    ) -> Any:
        """Ask and wait; the other side's error is raised here.

        `look` is called every second of waiting; what it raises ends the call, and the line with it.
        """
        try:
            send(self.line, {"call": name, "arguments": dict(arguments), "request": request})
            reply = receive(self.line, look=look or (lambda: None))
        except BaseException:
            self.close()  # an answer that comes later must not be taken for that of the next question
            raise
        if error := reply.get("error"):
            raise RegularsError.from_plain(error)
        if fault := reply.get("fault"):
            raise Busy(f"the process that holds the shop failed: {fault}", then="stop it and try again")
        return reply["ok"]

    def close(self) -> None:
        """Hang up."""
        self.line.close()
