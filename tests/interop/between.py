"""A wire with an eye on it: hands octets on between a client and a server, and can change what they say before the first message."""
import asyncio

from served import Served


class Between(Served):
    """Listens on a free loopback port while it is open and connects each client to `server`, another one.

    @param lmtp  the server speaks LMTP: EHLO becomes LHLO on the way
    @param hide  keywords of EHLO that the client does not get to see
    `sent` has what each client sent, one bytearray for each connection.
    """

    def __init__(self, server, lmtp=False, hide=()):
        self.to, self.lmtp, self.hide = server, lmtp, hide
        self.sent = []
        super().__init__()

    async def serve(self, reader, writer):
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.to)
        log = bytearray()
        self.sent.append(log)
        await asyncio.gather(self.forth(reader, there_writer, log), self.back(there_reader, writer))

    async def forth(self, reader, writer, log):
        while octets := await reader.read(1 << 16):
            log += octets
            if self.lmtp and octets.startswith(b"EHLO "):
                octets = b"LHLO " + octets[5:]
            writer.write(octets)
            await writer.drain()
        writer.close()

    async def back(self, reader, writer):
        while line := await reader.readline():
            if line.startswith(b"250") and line[4:].strip().decode() in self.hide:
                line = line[:4] + b"XHIDDEN\r\n"
            writer.write(line)
            await writer.drain()
        writer.close()
