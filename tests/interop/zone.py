"""A DNS server for tests, with records that a test writes: tests/dns/main.cpp on a free loopback port."""
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("POSTHORN_DNS_SERVER") or os.path.join(ROOT, "build/test/tests/dns/dns-server")


class Zone:
    """Serves `text`, the usual lines of a zone file, while it is open:

        with Zone("example.org. MX 10 mx.example.org.\\n") as zone:
            ... zone.port ...
            zone.write("$FAULT servfail\\n")
    """

    def __init__(self, text="", program=PROGRAM):
        assert os.path.exists(program), f"{program} is missing: build it first (tools/test does)"
        self.folder = tempfile.mkdtemp(prefix="posthorn-zone-")
        self.file = os.path.join(self.folder, "zone")
        self.child = None
        try:
            self._put(text)
            self.child = subprocess.Popen([program, self.file], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            word, _, port = self._line().partition(" ")
            assert word == "ready", word
            self.port = int(port)
        except BaseException:
            self.close()
            raise

    def write(self, text):
        """Replaces all records; returns when the new ones are served."""
        self._put(text)
        self.child.send_signal(signal.SIGHUP)
        said = self._line()
        assert said == "read", said

    def address(self):
        """As libunbound's options have it."""
        return f"127.0.0.1@{self.port}"

    def close(self):
        if self.child and self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        if self.child:
            self.child.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _put(self, text):
        with open(self.file, "w") as out:
            out.write(text)

    def _line(self, seconds=20):
        """The next line of the server, which says little: no line is cut by the buffer."""
        line, end = b"", time.monotonic() + seconds
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.child.stdout], [], [], max(0, end - time.monotonic()))
            assert ready, "the DNS server says nothing"
            octet = os.read(self.child.stdout.fileno(), 1)
            assert octet, f"the DNS server ended with {self.child.wait(5)}"
            line += octet
        return line.decode().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
