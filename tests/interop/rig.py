"""Real servers on free loopback ports, for tests with real clients.

A Rig makes a data directory with a domain, two mailboxes and a certificate, starts the programs and stops them by pid. Everything is in
one temporary folder that goes away at the end.
"""
import contextlib
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = os.environ.get("POSTHORN_PROGRAMS") or os.path.join(ROOT, "build/release/servers")
DOMAIN = "example.org"
PASSWORD = "correct horse"  # a space: clients quote it in their own ways
# name -> (role, tls, program that serves it when the roles run apart)
LISTENERS = {
    "mx": ("mx", "starttls", "smtpd"),
    "submission": ("submission", "starttls", "smtpd"),
    "submissions": ("submission", "implicit", "smtpd"),
    "lmtp": ("lmtp", "none", "smtpd"),
    "imap": ("imap", "starttls", "imapd"),
    "imaps": ("imap", "implicit", "imapd"),
    "pop3": ("pop3", "starttls", "pop3d"),
    "pop3s": ("pop3", "implicit", "pop3d"),
    "managesieve": ("managesieve", "starttls", "sieved"),
}


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def run(arguments, timeout=60, check=True, **options):
    """Runs a program to its end; its output is text. With `check`, a failing status is an error that shows the output."""
    try:
        done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout,
                              errors="replace", **options)
    except subprocess.TimeoutExpired as late:
        raise AssertionError(f"{arguments[0]} did not end within {timeout} s; it said:\n{late.output}") from None
    if check and done.returncode != 0:
        raise AssertionError(f"{arguments[0]} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return done


@contextlib.contextmanager
def background(arguments, log, **options):
    """A program that runs during the block; it and its children then end together. Its output goes to the file `log`."""
    with open(log, "wb") as out:
        child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, **options)
    try:
        yield child
    finally:
        for how in (signal.SIGTERM, signal.SIGKILL):  # the second for children that outlive the first
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(5)


def program(name):
    path = os.path.join(PROGRAMS, name, name)
    assert os.path.exists(path), f"{path} is missing: build it first (tools/test does)"
    return path


class Rig:
    """One installation. `domain` is what it has mailboxes in; `mx` is the address and the port that it takes mail from other hosts at."""

    def __init__(self, apart=False, extra="", users=("alice", "bob"), accounts=0, domain=DOMAIN, mx=None):
        self.apart, self.domain = apart, domain
        self.folder = tempfile.mkdtemp(prefix="posthorn-interop-")
        os.chmod(self.folder, 0o755)
        self.ports = dict(zip(LISTENERS, free_ports(len(LISTENERS))))
        self.mx_address = "127.0.0.1"
        if mx:
            self.mx_address, self.ports["mx"] = mx
        self.children = {}
        self.config = os.path.join(self.folder, "posthorn.toml")
        self.certificate = os.path.join(self.folder, "cert.pem")
        self.key = os.path.join(self.folder, "key.pem")
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-keyout", self.key, "-out", self.certificate, "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        self.configure(extra)
        self.admin("domain", "add", domain)
        for user in users:
            self.add_mailbox(user)

    def configure(self, extra):
        """Writes the configuration, with `extra` in front of its tables, for the next start."""
        self.extra = extra
        with open(self.config, "w") as out:
            out.write(self.configuration())

    def configuration(self):
        text = f"""
host_name = "mail.{self.domain}"
data_directory = "{self.folder}/data"
{self.extra}
[[tls.certificate]]
certificate = "{self.certificate}"
key = "{self.key}"
"""
        for name, (role, tls, _) in LISTENERS.items():
            text += f'\n[[listener]]\nrole = "{role}"\naddress = "{self.address(name)}"\nport = {self.ports[name]}\ntls = "{tls}"\n'
        return text

    def address(self, listener):
        return self.mx_address if listener == "mx" else "127.0.0.1"

    def admin(self, *arguments, check=True, **options):
        return run([program("posthorn"), "--config", self.config, *arguments], check=check, **options)

    def add_mailbox(self, user, password=PASSWORD):
        return self.admin("mailbox", "add", f"{user}@{self.domain}", "--password-file", "-", input=password + "\n")

    def start(self):
        names = ["smtpd", "imapd", "pop3d", "sieved"] if self.apart else ["posthornd"]
        for name in names:
            log = open(os.path.join(self.folder, name + ".log"), "ab")
            self.children[name] = subprocess.Popen([program(name), "--config", self.config], stdin=subprocess.DEVNULL,
                                                   stdout=log, stderr=log, start_new_session=True)
        for name, port in self.ports.items():
            self.wait_for(port, address=self.address(name))
        return self

    def wait_for(self, port, seconds=20, address="127.0.0.1"):
        end = time.monotonic() + seconds
        while True:
            for name, child in self.children.items():
                assert child.poll() is None, f"{name} ended with {child.returncode}:\n{self.log()}"
            with contextlib.suppress(OSError):
                socket.create_connection((address, port), timeout=2).close()
                return
            assert time.monotonic() < end, f"nothing listens on port {port}:\n{self.log()}"
            time.sleep(0.02)

    def stop(self, how=signal.SIGTERM, seconds=20):
        for child in self.children.values():
            if child.poll() is None:
                child.send_signal(how)
        for name, child in self.children.items():
            try:
                child.wait(seconds)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                raise AssertionError(f"{name} did not stop within {seconds} s:\n{self.log()}") from None
        self.children.clear()

    def log(self):
        text = ""
        for path in sorted(glob.glob(self.folder + "/*.log")):
            with open(path, errors="replace") as lines:
                text += f"--- {os.path.basename(path)}\n" + lines.read()[-3000:]
        return text

    def path(self, name, content=None, mode=0o600):
        path = os.path.join(self.folder, name)
        if content is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", newline="") as out:
                out.write(content)
            os.chmod(path, mode)
        return path

    def close(self):
        for child in self.children.values():
            if child.poll() is None:
                child.kill()
                child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # who is ended by a time limit cleans up too
        return self

    def __exit__(self, *_):
        self.close()


def until(condition, seconds=10, what="the condition"):
    """Waits until `condition()` gives something true, and returns it."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"{what} did not come true within {seconds} s"
        time.sleep(0.05)


FAILURES = []  # of run_tests()


def finish(rig, passed, failed):
    """Stops the servers, checks the store, and closes with 'N passed, N failed'; returns the exit status."""
    rig.stop()
    report = rig.admin("check", check=False)
    if report.returncode != 0:
        failed += 1
        print("FAIL the store is not clean afterwards:\n" + report.stdout)
    for line in FAILURES:  # again, as logs are long and only their ends are shown
        print("FAIL " + line)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def run_tests(rig, tests, *more):
    """Runs each test (of those named on the command line, if any) as `test(rig, address, *more)`, with a mailbox of its own; returns how many
    passed and failed."""
    wanted = [a for a in sys.argv[1:] if not a.startswith("-")]
    passed, failed = 0, 0
    for test in tests:
        if wanted and test.__name__ not in wanted:
            continue
        user = test.__name__.replace("_", "-")
        rig.add_mailbox(user)
        started = time.monotonic()
        try:
            test(rig, f"{user}@{rig.domain}", *more)
            passed += 1
            print(f"ok   {test.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
        except Exception as error:  # noqa: BLE001: a test may fail in any way; the next ones still run
            failed += 1
            where = traceback.extract_tb(error.__traceback__)[-1]
            FAILURES.append(f"{test.__name__} at {os.path.basename(where.filename)}:{where.lineno}: {type(error).__name__}: {str(error)[:400]}")
            print(f"FAIL {test.__name__}: {type(error).__name__}: {error}\n{rig.log()}", flush=True)
    return passed, failed


def main(tests, **options):
    """Runs each test with one shared rig; closes with 'N passed, N failed'."""
    if "--apart" in sys.argv:
        options["apart"] = True
    with Rig(**options) as rig:
        rig.start()
        return finish(rig, *run_tests(rig, tests))
