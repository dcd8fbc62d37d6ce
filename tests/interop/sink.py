"""An SMTP server for tests that keeps what it is given, and that misbehaves when a test wants it to."""
import dataclasses
import re

from served import Served

MOST = 64 << 20  # octets of one message
END = b"\r\n.\r\n"


@dataclasses.dataclass
class Taken:
    """A message as it was handed over; `content` is without the dots that DATA adds."""
    sender: str
    recipients: list
    content: bytes
    mail: str  # the line MAIL as it came
    rcpts: list  # the lines RCPT

    def text(self):
        return self.content.decode("utf-8", "surrogateescape")


class Mood:
    """How a sink behaves: this one is good."""

    async def rcpt(self, address):
        """The reply to RCPT."""
        return "250 2.1.5 Ok"

    async def content(self, recipients):
        """Before a message is read. @returns whether to cut the connection in the middle of it"""
        return False

    async def end(self, recipients):
        """After the final dot. @returns the reply; None: the message is kept and the connection cut without a word"""
        return "250 2.0.0 Ok"


class Sink(Served):
    """Keeps in `taken` what came, in its order.

        with Sink() as sink, r.Rig(extra=sink.settings()) as rig:
    """

    def __init__(self, mood=None, extensions=("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "DSN", f"SIZE {MOST}"), port=0):
        self.mood = mood or Mood()
        self.extensions = extensions
        self.taken = []
        self.trouble = []  # what a client said that the protocol forbids
        super().__init__(limit=MOST, port=port)

    def to(self, address):
        """The messages for a recipient."""
        return [one for one in list(self.taken) if address in one.recipients]

    async def serve(self, reader, writer):
        await Session(self, reader, writer).run()


class Session:
    def __init__(self, sink, reader, writer):
        self.sink, self.reader, self.writer = sink, reader, writer
        self.reset()

    def reset(self):
        self.mail, self.rcpts, self.chunks = None, [], b""

    async def say(self, line):
        self.writer.write(line.encode() + b"\r\n")
        await self.writer.drain()

    async def run(self):
        await self.say("220 sink.test ESMTP")
        while True:
            line = (await self.reader.readuntil(b"\r\n"))[:-2].decode("utf-8", "surrogateescape")
            verb = line.split(" ", 1)[0].upper()
            if verb == "QUIT":
                return await self.say("221 2.0.0 Bye")
            if not await self.command(verb, line):
                return None

    async def command(self, verb, line):
        """@returns whether to go on"""
        if verb in ("EHLO", "HELO"):
            self.reset()
            lines = ["sink.test", *(self.sink.extensions if verb == "EHLO" else ())]
            await self.say("\r\n".join(f"250{' ' if n == len(lines) - 1 else '-'}{text}" for n, text in enumerate(lines)))
        elif verb == "MAIL":
            self.reset()
            self.mail = line
            await self.say("250 2.1.0 Ok")
        elif verb == "RCPT" and self.mail:
            reply = await self.sink.mood.rcpt(address_in(line))
            if reply.startswith("2"):
                self.rcpts.append(line)
            await self.say(reply)
        elif verb == "DATA" and self.rcpts:
            return await self.data()
        elif verb == "BDAT" and self.rcpts:
            return await self.chunk(line)
        elif verb in ("RSET", "NOOP"):
            self.reset()
            await self.say("250 2.0.0 Ok")
        else:
            if verb not in ("DATA", "BDAT"):
                self.sink.trouble.append(line)
            await self.say("503 5.5.1 Not now")
        return True

    async def data(self):
        cut = await self.sink.mood.content(self.recipients())
        await self.say("354 Go on")
        if cut:
            await self.reader.read(100)
            return False
        # As if the CRLF of the command were the first of the message: then each dot that counts stands behind a CRLF.
        content = b"\r\n"
        while not content.endswith(END):
            content += await self.reader.readuntil(b".\r\n")
        return await self.keep(content[:-3].replace(b"\r\n.", b"\r\n")[2:])

    async def chunk(self, line):
        words = line.split()
        self.chunks += await self.reader.readexactly(int(words[1]))
        if words[-1].upper() != "LAST":
            await self.say("250 2.0.0 Ok")
            return True
        return await self.keep(self.chunks)

    async def keep(self, content):
        reply = await self.sink.mood.end(self.recipients())
        if reply is None or reply.startswith("2"):
            self.sink.taken.append(Taken(address_in(self.mail), self.recipients(), content, self.mail, self.rcpts))
        self.reset()
        if reply is None:
            return False
        await self.say(reply)
        return True

    def recipients(self):
        return [address_in(line) for line in self.rcpts]


def address_in(line):
    return re.search(r"<(.*?)>", line).group(1)
