"""A proxy on loopback that counts the bytes in both directions, which servers do not report."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator


class CountingProxy:
    """Passes connections to `port`; `size` are the bytes so far, `url` is its own address."""

    def __init__(self) -> None:
        self.port = 0
        self.size = 0
        self.url = ""

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                self.size += len(data)
                writer.write(data)
                await writer.drain()
            writer.write_eof()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.gather(self._pass(reader, inner_writer), self._pass(inner_reader, writer))
        for end in (inner_writer, writer):
            end.close()

    async def _run(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        ready.set()
        await server.serve_forever()


@contextlib.contextmanager
def counting_proxy() -> Iterator[CountingProxy]:
    """Start one in a thread; it ends with the program."""
    proxy, ready = CountingProxy(), threading.Event()
    threading.Thread(target=lambda: asyncio.run(proxy._run(ready)), daemon=True).start()
    ready.wait()
    yield proxy
