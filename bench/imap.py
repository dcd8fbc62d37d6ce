"""IMAP over TLS beside Debian's Dovecot (sdbox, mdbox and Maildir) in one run: operations in a second, and in a second of the server's processors.

  tools/bench imap [--only NAME,...] [--quick]     --only: measurements whose name begins so (login, select, ... idle, memory)
                                                   --quick: of Dovecot's formats sdbox alone
"""
import os
import re
import socket
import ssl
import sys
import tempfile
import time
from typing import NamedTuple

from imap_servers import BIG, BOX, COPIED, MARK, WRITERS, Dovecot, DovecotProcess, FORMATS, Load, Posthorn, corpora
from peers import install, r, report

IDLE_OURS, IDLE_THEIRS = 5_000, 200  # Dovecot's thousands would need more memory than a small machine has


class Work(NamedTuple):
    name: str
    target: float  # of operations in a second of the processors, beside sdbox
    clients: tuple
    setup: tuple
    ops: tuple
    units: int = 1  # messages of one operation
    users: int = 64
    cold: bool = False
    corpus: str = ""
    numbers: dict = {}


BIG_ONE = ("SELECT big10k",)
OWN = ("SELECT box",)
FRESH = ("?DELETE dst", "CREATE dst", "SELECT src")
WORKS = [
    Work("select-10k", 1.5, (1, 8, 64), (), ("SELECT big10k",), users=1),
    Work("select-100k", 1.5, (1,), (), ("SELECT big100k",), users=1),
    Work("flags-10k", 1.5, (1, 8), BIG_ONE, ("FETCH 1:* (UID FLAGS)",), BIG, 1),
    Work("flags-100k", 1.5, (1,), ("SELECT big100k",), ("FETCH 1:* (UID FLAGS)",), 10 * BIG, 1),
    Work("envelope-cold", 3, (1,), BIG_ONE, ("FETCH 1:* (ENVELOPE)",), BIG, 1, cold=True),
    Work("envelope-warm", 1.5, (1, 8), BIG_ONE, ("FETCH 1:* (ENVELOPE)",), BIG, 1),
    Work("structure-cold", 1.5, (1,), BIG_ONE, ("FETCH 1:* (BODYSTRUCTURE)",), BIG, 1, cold=True),
    Work("structure-warm", 1.5, (1, 8), BIG_ONE, ("FETCH 1:* (BODYSTRUCTURE)",), BIG, 1),
    Work("body-random", 1.5, (1, 8, 64), BIG_ONE, ("FETCH %r (BODY.PEEK[])",), users=1, numbers={"range": BIG}),
    Work("body-all", 1.5, (1,), BIG_ONE, ("FETCH 1:* (BODY.PEEK[])",), BIG, 1),
    Work("search-header-cold", 1.5, (1,), BIG_ONE, (f"SEARCH HEADER Subject {MARK}",), BIG, 1, cold=True),
    Work("search-header-warm", 1.5, (1, 8), BIG_ONE, (f"SEARCH HEADER Subject {MARK}",), BIG, 1),
    Work("search-text", 3, (1, 8), BIG_ONE, (f"SEARCH TEXT {MARK}",), BIG, 1),
    Work("store", 1.5, (1, 8, 64), OWN, ("STORE %r +FLAGS (\\Seen)", "STORE %p -FLAGS (\\Seen)"), numbers={"range": BOX}),
    Work("store-all", 0.5, (1,), BIG_ONE, ("STORE 1:* +FLAGS.SILENT (\\Flagged)", "STORE 1:* -FLAGS.SILENT (\\Flagged)"), BIG, 1),
    Work("store-1000", 0.5, (8,), ("SELECT src",), ("STORE 1:* +FLAGS.SILENT (\\Flagged)", "STORE 1:* -FLAGS.SILENT (\\Flagged)"), COPIED, WRITERS),
    Work("append-4K", 3, (1, 8, 64), ("?DELETE new", "CREATE new"), ("APPEND new%a",), corpus="4K"),
    Work("append-64K", 3, (8,), ("?DELETE new", "CREATE new"), ("APPEND new%a",), corpus="64K"),
    Work("copy-1000", 1.5, (1, 8), FRESH, ("COPY 1:* dst",), COPIED, WRITERS, numbers={"most": 40}),  # what is copied stays
    Work("move-1000", 1.5, (1, 8), FRESH, ("MOVE 1:* dst", "SELECT dst", "MOVE 1:* src", "SELECT src"), COPIED // 2, WRITERS),
]


class Figure(NamedTuple):
    rate: float  # units in a second
    cost: float  # microseconds of the server's processors for one unit


def middle(values):
    return sorted(values)[len(values) // 2]


class Table:
    """Figures by measurement and server, and the ratios of them."""

    def __init__(self, servers):
        self.servers, self.figures, self.targets = servers, {}, {}

    def note(self, name, target, server, rate, cost, text=""):
        self.targets[name] = target
        self.figures.setdefault((name, server), []).append(Figure(rate, cost))
        print(f"{name} {server}: {rate:.0f}/s, {cost:.2f} us{text}", flush=True)

    def figure(self, name, server):
        found = self.figures.get((name, server))
        return found and Figure(middle([f.rate for f in found]), middle([f.cost for f in found]))

    def ratios(self):
        for name, target in self.targets.items():
            ours = self.figure(name, "posthorn")
            for server in self.servers[1:]:
                theirs = self.figure(name, server)
                if not theirs:
                    continue
                report(f"imap-{name}-{server}", theirs.cost / ours.cost, target if target and server == "sdbox" else "-",
                       f"Dovecot {server} {theirs.cost:.2f} us against {ours.cost:.2f} us of the processors")
                if name.endswith("-x8"):
                    report(f"imap-{name}-{server}-wall", ours.rate / theirs.rate, 1 if server == "sdbox" else "-",
                           f"Dovecot {server} {theirs.rate:.0f}/s against {ours.rate:.0f}/s")

    def show(self):
        print(f"{'units a second (us of the processors each)':44}" + "".join(f"{s:>22}" for s in self.servers) + f"{'ratio':>9}{'target':>8}{'wall':>7}")
        for name, target in self.targets.items():
            found = [self.figure(name, server) for server in self.servers]
            line = f"{name:44}" + "".join(f"{f.rate:>11.0f} ({f.cost:.2f})".rjust(22) if f else " " * 22 for f in found)
            if found[0] and found[1]:
                ratio, wall = found[1].cost / found[0].cost, found[0].rate / found[1].rate
                missed = ratio < target or (name.endswith("-x8") and wall < 1)
                line += f"{ratio:>9.2f}{target or '-':>8}{wall:>7.2f}" + ("  missed" if missed else "")
            print(line)


def run_work(table, work, clients, server, paths):
    if work.cold:
        server.make_cold()
    numbers = {"milliseconds": 1, "most": 1} if work.cold else {"milliseconds": 1000, **work.numbers}
    load = Load(server, clients, work.setup, work.ops, paths.get(work.corpus), users=work.users, **numbers)
    count, taken, cpu, half, most = load.measure(server)
    units = count * work.units
    table.note(f"{work.name}-x{clients}", work.target, server.name, units / taken, cpu / units * 1e6, f"  p50 {half:.2f} p99 {most:.2f} ms")


def logins(table, servers):
    """Sessions with LOGIN as both are shipped (ours recognises a password for a minute, Dovecot's are in clear), with SCRAM, where both
    do the same work, and with Argon2id of one cost each time."""
    def one(name, target, server, clients, flags=(), prefix=None):
        load = Load(server, clients, flags=("sessions", *flags), prefix=prefix, milliseconds=1500)
        count, taken, cpu, half, most = load.measure(server)
        table.note(f"{name}-x{clients}", target, server.name, count / taken, cpu / count * 1e6, f"  p50 {half:.2f} p99 {most:.2f} ms")

    ours, theirs = servers[:2]
    for clients in (1, 8, 64):
        Load(ours, 64, ops=["NOOP"], most=1).measure(ours)  # all passwords are recognised for a minute from here on
        for server in (ours, theirs):
            one("login", 5, server, clients)
        one("login-scram", 5, ours, clients, ("scram",))
        one("login-scram", 5, theirs, clients, ("scram",), "scram")
    ours.remember(0)
    one("login-argon2id", 0, ours, 8)
    one("login-argon2id", 0, theirs, 8, prefix="argon")
    ours.remember(None)


class Session:
    """One IMAP session over TLS."""

    def __init__(self, server, user, mailbox):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", server.port), timeout=30))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines = self.socket.makefile("rb")
        self.until(rb"\* OK")
        self.do(f'LOGIN {user}@{r.DOMAIN} "{r.PASSWORD}"')
        self.do(f"SELECT {mailbox}")

    def until(self, pattern):
        while True:
            line = self.lines.readline()
            assert line, "the server hung up"
            if re.match(pattern, line):
                return
            assert not re.match(rb"x (NO|BAD)", line), line

    def do(self, command):
        self.socket.sendall(b"x " + command.encode() + b"\r\n")
        self.until(rb"x OK")


def idle_latency(table, server, count=8):
    """From the last octet of an APPEND to the EXISTS of another session in IDLE."""
    idler, writer = (Session(server, f"{server.prefix}1", "box") for _ in range(2))
    idler.socket.sendall(b"x IDLE\r\n")
    idler.until(rb"\+")
    text = b"From: a@example.net\r\nSubject: news\r\n\r\nIt came.\r\n"
    taken, before = [], server.cpu()
    for _ in range(count):
        time.sleep(0.25)
        begin = time.perf_counter()
        writer.socket.sendall(b"x APPEND box {%d+}\r\n" % len(text) + text + b"\r\n")
        idler.until(rb"\* \d+ EXISTS")
        taken.append(time.perf_counter() - begin)
        writer.until(rb"x OK")
    cpu = (server.cpu() - before) / count
    idler.socket.close()
    writer.socket.close()
    print(f"idle-latency {server.name}: {middle(taken) * 1000:.2f} ms (most {max(taken) * 1000:.2f} ms), {cpu * 1e6:.0f} us", flush=True)
    table.setdefault(server.name, []).append(middle(taken) * 1000)


def idle_memory(server, count):
    """KiB of private memory of one idle session with TLS, beyond what 64 take."""
    few = Load(server, 64, ["SELECT box"], flags=("hold",))
    time.sleep(1)
    before = server.private_kib()
    begin = time.monotonic()
    many = Load(server, count, ["SELECT box"], flags=("hold",))
    opened = count / (time.monotonic() - begin)
    time.sleep(2)
    each = (server.private_kib() - before) / count
    for load in (many, few):
        load.go()
        load.close()
    print(f"idle-memory {server.name}: {each:.1f} KiB each of {count} ({opened:.0f} opened in a second)", flush=True)
    return each


def measure(servers, wanted, paths):
    table, latency, memory = Table([s.name for s in servers]), {}, {}
    for number in range(int(os.environ.get("ROUNDS", "3"))):
        print(f"round {number + 1}", flush=True)
        if wanted("login"):
            logins(table, servers)
        for work in WORKS:
            for clients in work.clients if wanted(work.name) else ():
                for server in servers:
                    run_work(table, work, clients, server, paths)
        for server in servers if wanted("idle") else ():
            idle_latency(latency, server)
        for server, count in ((servers[0], IDLE_OURS), (servers[1], IDLE_THEIRS)) if wanted("memory") else ():
            memory.setdefault(server.name, []).append(idle_memory(server, count))
    table.ratios()
    table.show()
    if latency:
        ours, theirs = middle(latency["posthorn"]), middle(latency["sdbox"])
        report("imap-idle-latency", 20 / ours, 1, f"the target of 20 ms against {ours:.2f} ms; Dovecot sdbox {theirs:.0f} ms")
    if memory:
        ours, theirs = middle(memory["posthorn"]), middle(memory["sdbox"])
        report("imap-idle-memory", 24 / ours, 1, f"the target of 24 KiB (48 passes) against {ours:.1f} KiB; Dovecot sdbox {theirs:.0f} KiB")


def main(words):
    only = words[words.index("--only") + 1].split(",") if "--only" in words else [""]
    formats = ["sdbox"] if "--quick" in words else list(FORMATS)
    install()
    with tempfile.TemporaryDirectory(prefix="posthorn-imap-") as folder, DovecotProcess(formats) as shared:
        paths = corpora(folder)
        ours = Posthorn()
        try:
            servers = [ours] + [Dovecot(name, shared) for name in formats]
            for server in servers:
                server.fill(paths["own"])
            shared.filling(False)
            measure(servers, lambda name: name.startswith(tuple(only)), paths)
            ours.rig.stop()
        finally:
            ours.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
