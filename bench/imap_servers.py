"""The servers of bench/imap: how each is filled, made cold, logged in to and timed; and the load generator that runs against them."""
import abc
import glob
import imaplib
import os
import random
import signal
import subprocess
import time

from memory import private_kib
from mime_corpus import Writer
from peers import Peers, r, user_id
from words import Mails

LOAD = os.path.join(os.environ["POSTHORN_PROGRAMS"], "..", "bench", "imap-load")
USERS = 64       # of each format; user 0 has the big mailboxes as well
BIG = 10_000     # messages of big10k; big100k holds it ten times
BOX = 100        # messages of every user's own mailbox
COPIED = 1_000   # messages of `src`, which the first WRITERS users have for COPY, MOVE and STORE 1:*
WRITERS = 8
DISTINCT = 2_500  # messages that differ in more than their number
ROOM = "limits.connections_per_source = 8000\n"  # all clients come from one address here
MARK = "quixotic"  # in one subject of a thousand
FORMATS = {"sdbox": "sdbox:~/mail", "mdbox": "mdbox:~/mail", "maildir": "maildir:~/Maildir"}
# What the rig of the published figures has, too: passwords in clear, so that Dovecot's login hashes nothing.
CLEAR_HASH = "{PLAIN}" + r.PASSWORD


class PlainWriter(Writer):
    """Writes US-ASCII and UTF-8 alone: for each text in another charset Dovecot loads a converter from the disk, which costs it 20 times the search."""

    def style(self):
        language, _, encoding = super().style()
        if language == "en" and self.r.random() < 0.8:
            return language, "us-ascii", "7bit"
        return language, "utf-8", "quoted-printable" if encoding == "7bit" else encoding


def own_messages():
    """Notes, list mail, newsletters, small attachments and forwards of some kilobytes, BIG of them, the same in every run."""
    writer = PlainWriter(31)
    size = writer.size
    kinds = [(60, lambda: writer.message(writer.text_part(size(300, 4_000)))),
             (20, lambda: writer.message(writer.text_part(size(500, 4_000)), hops=writer.r.randint(5, 14), listed=True)),
             (12, lambda: writer.message(writer.multipart(b"alternative", [writer.text_part(size(300, 1_500)),
                                                                           writer.text_part(size(500, 2_000), html=True)]), hops=4, listed=True)),
             (6, lambda: writer.attachment(500, 4_000)),
             (2, lambda: writer.forward(0))]
    chance = random.Random(7)
    made = [chance.choices(kinds, [share for share, _ in kinds])[0][1]() for _ in range(DISTINCT)]
    for number in range(BIG):
        message = made[number % DISTINCT].replace(b"\nMessage-ID: <", b"\nMessage-ID: <%d." % number, 1)
        yield message.replace(b"\nSubject: ", b"\nSubject: %s " % MARK.encode(), 1) if number % 1000 == 500 else message


def write_corpus(path, messages):
    total = 0
    with open(path, "wb") as out:
        for message in messages:
            out.write(len(message).to_bytes(8, "little") + message)
            total += len(message)
    return total


class Load:
    """One run of the generator; its sessions are logged in and set up when this is made."""

    def __init__(self, server, clients=1, setup=(), ops=(), corpus=None, flags=(), users=USERS, prefix=None, **numbers):
        words = [LOAD, f"port={server.port}", f"password={r.PASSWORD}", f"prefix={prefix or server.prefix}", f"clients={clients}", f"users={users}"]
        words += [f"setup={s}" for s in setup] + [f"op={o}" for o in ops] + list(flags) + [f"{k}={v}" for k, v in numbers.items()]
        words += [f"corpus={corpus}"] if corpus else []
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.read("ready")

    def read(self, first):
        line = self.process.stdout.readline().split()
        assert line and line[0] == first, f"imap-load ended early: {line}"
        return line[1:]

    def go(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def measure(self, server):
        """(operations, seconds, seconds of the server's processors, p50 ms, p99 ms)"""
        before = server.cpu()
        self.go()
        count, taken, half, most, _ = self.read("done")
        time.sleep(0.15)  # what the server does after its answer counts, too
        cpu = server.cpu() - before
        self.close()
        return int(count), float(taken), cpu, float(half), float(most)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(60) == 0


def process_seconds(pid):
    """Processor time of a living process, and of its children that were waited for (those to 10 ms, over all of them)."""
    try:
        # clock_getcpuclockid(3): the clock of another process is its complemented id over three bits, of which 2 says 'scheduler time'.
        own = time.clock_gettime_ns(~pid << 3 | 2) / 1e9
        with open(f"/proc/{pid}/stat") as text:
            fields = text.read().rsplit(")", 1)[1].split()
        return own + (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.0


def tree_of(root):
    """A process and all that come from it."""
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as text:
                parents[int(entry)] = int(text.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


class Server(abc.ABC):
    """What is measured: a port with IMAP over TLS, users by a prefix, and processes."""
    name = prefix = ""
    port = 0

    @abc.abstractmethod
    def pids(self):
        """Of all its processes."""

    def cpu(self):
        return sum(process_seconds(pid) for pid in self.pids())

    def private_kib(self):
        return private_kib(self.pids())

    def fill(self, corpus):
        """big10k and big100k of user 0; box, and for some users src, of all."""
        begin = time.monotonic()
        batch = 50
        for mailbox, count, clients in (("big10k", BIG, 1), ("box", BOX, USERS)):
            load = Load(self, clients, [f"CREATE {mailbox}"], [f"APPEND {mailbox}%a"], corpus, batch=batch, most=count // batch, milliseconds=600_000)
            load.measure(self)
        Load(self, 1, ["CREATE big100k", "SELECT big10k"], ["COPY 1:* big100k"], most=10, milliseconds=600_000).measure(self)
        Load(self, WRITERS, ["CREATE src", "SELECT box"], ["COPY 1:* src"], most=COPIED // BOX, milliseconds=600_000).measure(self)
        self.check()
        print(f"filled {self.name} in {time.monotonic() - begin:.1f} s", flush=True)

    def check(self):
        """Nobody gains by holding fewer messages, or by finding fewer."""
        client = imaplib.IMAP4_SSL("127.0.0.1", self.port)
        client.login(f"{self.prefix}0@{r.DOMAIN}", r.PASSWORD)
        for mailbox, count in (("big10k", BIG), ("big100k", 10 * BIG), ("box", BOX), ("src", COPIED)):
            assert client.select(mailbox, readonly=True)[1] == [str(count).encode()], (self.name, mailbox)
        client.select("big10k", readonly=True)
        for key in (f"TEXT {MARK}", f"HEADER Subject {MARK}"):
            found = client.search(None, key)[1][0].split()
            assert len(found) == BIG // 1000, (self.name, key, len(found))
        client.logout()


class Posthorn(Server):
    name, prefix = "posthorn", "user"

    def __init__(self):
        self.rig = r.Rig(users=[f"user{n}" for n in range(USERS)], extra=ROOM)
        self.rig.start()
        self.port = self.rig.ports["imaps"]

    def pids(self):
        return [child.pid for child in self.rig.children.values()]

    def make_cold(self):
        self.rig.stop()
        self.rig.start()

    def remember(self, seconds):
        """For how long a password is recognised without hashing it; None: as shipped."""
        self.rig.extra = ROOM + ("" if seconds is None else f"password.remember_seconds = {seconds}\n")
        with open(self.rig.config, "w") as out:
            out.write(self.rig.configuration())
        self.make_cold()

    def close(self):
        self.rig.close()


class Dovecot(Server):
    """One format of the one Dovecot; users differ by prefix."""

    def __init__(self, name, shared):
        self.name = self.prefix = name
        self.shared, self.port = shared, shared.ports["imaps"]

    def pids(self):
        return tree_of(self.shared.dovecot.pid)

    def make_cold(self):
        time.sleep(0.3)  # for the sessions before to end
        home = f"{self.shared.folder}/mail/{self.name}0"
        for cache in glob.glob(f"{home}/**/dovecot.index.cache", recursive=True, include_hidden=True):
            os.remove(cache)


class DovecotProcess(Peers):
    """Dovecot as Debian ships it, with room for all sessions; formats and hashes differ by user."""

    def __init__(self, formats):
        super().__init__([], postfix=False, extra="auth_mechanisms = plain login scram-sha-256\n")
        mail = user_id("benchmail")
        hashes = {scheme: r.run(["doveadm", "pw", "-s", scheme, "-p", r.PASSWORD]).stdout.strip() for scheme in ("ARGON2ID", "SCRAM-SHA-256")}
        with open(f"{self.folder}/users", "w") as out:
            for prefix, location, secret in [(f, FORMATS[f], CLEAR_HASH) for f in formats] + \
                    [("argon", FORMATS["sdbox"], hashes["ARGON2ID"]), ("scram", FORMATS["sdbox"], hashes["SCRAM-SHA-256"])]:
                for n in range(USERS):
                    out.write(f"{prefix}{n}@{r.DOMAIN}:{secret}:{mail.pw_uid}:{mail.pw_gid}::{self.folder}/mail/{prefix}{n}::userdb_mail={location}\n")
        self.filling(True)

    def filling(self, on):
        """While mailboxes are filled nothing is synced; what is measured runs with mail_fsync as shipped."""
        path = f"{self.folder}/dovecot.conf"
        with open(path) as text:
            lines = [line for line in text if not line.startswith("mail_fsync")]
        with open(path, "w") as out:
            out.writelines(lines + (["mail_fsync = never\n"] if on else []))
        self.dovecot.send_signal(signal.SIGHUP)
        time.sleep(0.5)


def corpora(folder):
    """Paths of the messages that fill mailboxes, and of those of 4 and 64 KiB that are appended."""
    paths = {name: os.path.join(folder, name) for name in ("own", "4K", "64K")}
    begin = time.monotonic()
    octets = write_corpus(paths["own"], own_messages())
    for name, size, count in (("4K", 4096, 256), ("64K", 65536, 32)):
        mails = Mails(size)
        write_corpus(paths[name], (mails.message(n) for n in range(count)))
    print(f"made {BIG} messages of {octets / BIG / 1024:.1f} KiB on average in {time.monotonic() - begin:.1f} s", flush=True)
    return paths
