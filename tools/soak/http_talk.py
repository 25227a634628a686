"""HTTP/1.1 to one server on loopback, as much of it as a load needs: keep-alive, chunks, server-sent events.

A connection is used by one task at a time. Standard library only (asyncio).
Tested by: soak_test.py
"""

import asyncio
import dataclasses
import json

# Of one answer; generous, for it only ends a run that hangs.
PATIENCE_S = 120


class Broken(Exception):
    """The server closed the connection, or what it sent is no HTTP."""


@dataclasses.dataclass
class Head:
    status: int
    headers: dict  # names in small letters


def request_bytes(method, path, body=None, headers=()):
    """One request; a body that is not bytes becomes JSON."""
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


class Connection:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.is_over = False  # the server will not take another request on it

    @classmethod
    async def open(cls, port):
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, data):
        try:
            self.writer.write(data)
            await self.writer.drain()
        except OSError as error:
            raise Broken(f"while sending: {error}") from error

    async def head(self):
        try:
            raw = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        except TimeoutError as error:  # first, for it is an OSError too
            raise Broken(f"no answer within {PATIENCE_S} s") from error
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError) as error:
            raise Broken(f"no answer: {type(error).__name__}") from error
        first, *rest = raw.decode("latin-1").split("\r\n")
        words = first.split(" ", 2)
        if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
            raise Broken("the answer is no HTTP")
        pairs = (line.partition(":") for line in rest if line)
        head = Head(int(words[1]), {name.strip().lower(): value.strip() for name, _, value in pairs})
        self.is_over = head.headers.get("connection", "").lower() == "close"
        return head

    async def pieces(self, head):
        """The body's bytes as they come."""
        try:
            if head.headers.get("transfer-encoding", "").lower() == "chunked":
                while size := int((await self._within(self.reader.readuntil(b"\r\n"))), 16):
                    yield (await self._within(self.reader.readexactly(size + 2)))[:-2]
                await self._within(self.reader.readexactly(2))
            elif "content-length" in head.headers:
                yield await self._within(self.reader.readexactly(int(head.headers["content-length"])))
            else:
                while part := await self._within(self.reader.read(65536)):
                    yield part
        except TimeoutError as error:
            raise Broken(f"nothing more within {PATIENCE_S} s") from error
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, OSError) as error:
            raise Broken(f"the answer broke off: {type(error).__name__}") from error

    async def _within(self, reading):
        return await asyncio.wait_for(reading, PATIENCE_S)

    async def body(self, head):
        return b"".join([piece async for piece in self.pieces(head)])

    async def ask(self, method, path, body=None):
        """(Head, the body: parsed where it is JSON)"""
        await self.send(request_bytes(method, path, body))
        head = await self.head()
        data = await self.body(head)
        if head.headers.get("content-type", "").startswith("application/json"):
            try:
                return head, json.loads(data)
            except ValueError as error:
                raise Broken("the answer is no JSON") from error
        return head, data

    async def events(self, head):
        """(name, data) of each server-sent event; comments are left out."""
        rest = b""
        async for piece in self.pieces(head):
            rest += piece
            *whole, rest = rest.split(b"\n\n")
            for block in whole:
                name, data = "message", []
                for line in block.decode().split("\n"):
                    field, _, value = line.partition(":")
                    if field == "event":
                        name = value.strip()
                    elif field == "data":
                        data.append(value.removeprefix(" "))
                if data:
                    yield name, "\n".join(data)
        if rest.strip():
            raise Broken("the stream ends within an event")

    def close(self, at_once=False):
        """at_once: with RST, as of a client that was killed."""
        if at_once:
            self.writer.transport.abort()
        else:
            self.writer.close()


async def ask(port, method, path, body=None):
    """Over a connection of its own."""
    try:
        connection = await Connection.open(port)
    except OSError as error:
        raise Broken(f"no connection: {error}") from error
    try:
        return await connection.ask(method, path, body)
    finally:
        connection.close()
