"""A server of a test, on a loopback port and a thread of its own, while it is open."""
import asyncio
import contextlib
import threading


class Served:
    """What comes in is given to `serve(reader, writer)`, which another class has."""

    def __init__(self, limit=1 << 16, port=0):
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(asyncio.start_server(self.guarded, "127.0.0.1", port, limit=limit))
        self.port = self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def settings(self):
        """Lines of a configuration that sends all mail for others here."""
        return f'outbound.next_hop = "127.0.0.1"\noutbound.port = {self.port}\n'

    async def guarded(self, reader, writer):
        gone = (OSError, asyncio.CancelledError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
        with contextlib.suppress(*gone):  # the peer, or the test, has gone, as it may
            await self.serve(reader, writer)
        writer.close()

    async def shut(self):
        self.server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def close(self):
        asyncio.run_coroutine_threadsafe(self.shut(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
