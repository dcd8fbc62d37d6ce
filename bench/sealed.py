"""Sealed mailboxes beside plain ones of our own and beside Dovecot with mail_crypt (user keys, secp521r1), on the same mails.

`--plain` leaves the mailboxes plain: it shows that the bench works where `posthorn mailbox encrypt` does not exist.
"""
import glob
import os
import random
import re
import socket
import sys
import threading
import time

import peers as p
from delivery import Counter
from peers import Peers, r, report
from words import FEW, NONE, Mails

PROGRAMS = os.path.join(os.environ["POSTHORN_PROGRAMS"], "..", "bench")
USERS = [f"user{n}" for n in range(16)]
READERS = ["reader"]
MANY, SOME = 10_000, 1_000  # messages that we list and search; messages that both sides fetch
PLAIN = "--plain" in sys.argv
LISTENER = '\n[[listener]]\nrole = "imap"\naddress = "127.0.0.1"\nport = %d\ntls = "none"\nclear_login = true\n'
# User keys as the documentation of the plugin sets them up; the private key is not under a password, which spares Dovecot work.
MAIL_CRYPT = """
mail_plugins = $mail_plugins mail_crypt
mail_attribute_dict = file:%%h/dovecot-attributes
plugin {
  mail_crypt_curve = secp521r1
  mail_crypt_save_version = 2
}
protocols = imap lmtp
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = %d
  }
}
"""


class Client:
    """One IMAP session that spends little time of its own."""

    def __init__(self, port, user="reader"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.read_line()
        self.do(f'LOGIN {user}@{r.DOMAIN} "{r.PASSWORD}"')
        self.do("SELECT INBOX")

    def read_line(self):
        line = b""
        while not line.endswith(b"\r\n"):
            line += self.socket.recv(65536)
        return line

    def send(self, command):
        self.socket.sendall(b"x " + command.encode() + b"\r\n")

    def read(self):
        """What comes up to the tagged OK."""
        chunks, tail = [], b""
        while True:
            chunk = self.socket.recv(1 << 20)
            assert chunk, "the server hung up"
            chunks.append(chunk)
            tail = (tail + chunk)[-4096:]  # longer than a tagged response is
            if tail.endswith(b"\r\n"):
                last = tail[:-2].rsplit(b"\r\n", 1)[-1]
                if last.startswith(b"x "):
                    assert last.startswith(b"x OK"), last
                    return b"".join(chunks)

    def do(self, command):
        self.send(command)
        return self.read()

    def append(self, text):
        self.socket.sendall(b"x APPEND INBOX {%d+}\r\n" % len(text) + text + b"\r\n")
        return self.read()

    def close(self):
        self.socket.close()


def fill(port, mails, count, sessions=8):
    """Appends messages 0 to count - 1 over some sessions."""
    failures = []

    def run(first):
        try:
            client = Client(port)
            for number in range(first, count, sessions):
                client.append(mails.message(number))
            client.close()
        except (AssertionError, OSError) as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    client = Client(port)
    assert re.search(rb"MESSAGES (\d+)", client.do("STATUS INBOX (MESSAGES)")).group(1) == str(count).encode()
    client.close()


def middle(values):
    return sorted(values)[len(values) // 2]


def seconds(action, repeat):
    """The middle time of an action, the first one not counted."""
    action()
    taken = []
    for _ in range(repeat):
        begin = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begin)
    return middle(taken)


def random_fetches(port, count):
    """Single FETCHes of random messages a second, in one session."""
    client, chance = Client(port), random.Random(7)
    numbers = [chance.randint(1, SOME) for _ in range(count)]
    begin = time.perf_counter()
    for number in numbers:
        assert len(client.do(f"FETCH {number} (BODY.PEEK[])")) > 4000
    rate = count / (time.perf_counter() - begin)
    client.close()
    return rate


def fetch_all(port):
    """Messages a second of one FETCH over all that both sides have."""
    client = Client(port)
    begin = time.perf_counter()
    assert len(client.do(f"FETCH 1:{SOME} (BODY.PEEK[])")) > SOME * 4000
    rate = SOME / (time.perf_counter() - begin)
    client.close()
    return rate


def listing(port):
    client = Client(port)
    taken = seconds(lambda: client.do("FETCH 1:* (ENVELOPE)"), 5)
    client.close()
    return taken


def search(port, word, least, most):
    """Milliseconds of a search that finds between `least` and `most` messages."""
    client = Client(port)

    def once():
        found = re.search(rb"\* SEARCH([ \d]*)", client.do(f"SEARCH TEXT {word}")).group(1).split()
        assert least <= len(found) <= most, (word, len(found))

    taken = seconds(once, 5)
    client.close()
    return taken * 1000


def delivered(port, counter, sessions, messages, *modes):
    """Deliveries a second, counted when STATUS shows them."""
    before, begin = counter.count(), time.monotonic()
    sent = r.run([os.path.join(PROGRAMS, "smtp-load"), str(port), str(sessions), str(messages), "4096", str(len(USERS)), "words", *modes],
                 timeout=300)
    while counter.count() < before + messages:
        assert time.monotonic() - begin < 300, f"only {counter.count() - before} of {messages} became visible: {sent.stdout}"
        time.sleep(0.02)
    return messages / (time.monotonic() - begin)


def start(rig, sealed):
    """Starts a server with a clear listener for IMAP; returns its port."""
    if sealed and not PLAIN:
        for user in USERS + READERS:
            rig.admin("mailbox", "encrypt", f"{user}@{r.DOMAIN}")
    port = r.free_ports(1)[0]
    with open(rig.config, "a") as out:
        out.write(LISTENER % port)
    rig.start()
    if sealed and not PLAIN:
        client = Client(port)  # away with the note that the mailbox is sealed now
        client.do("STORE 1:* +FLAGS (\\Deleted)")
        client.do("EXPUNGE")
        client.close()
    return port


def assert_encrypted(peers):
    """The mails of the peer are what mail_crypt makes of them."""
    files = glob.glob(f"{peers.folder}/mail/reader/mail/mailboxes/INBOX/dbox-Mails/u.*")
    assert len(files) == SOME, len(files)
    with open(files[0], "rb") as mail:
        text = mail.read()
    assert b"CRYPTED\x03\x07\x02" in text and b"Message-ID" not in text, text[:200]


def read_alone():
    """GB/s of one core over a large sealed body, by the library alone; it prints '<octets> <seconds of the processor>'."""
    program = os.path.join(PROGRAMS, "sealed-read")
    if PLAIN or not os.path.exists(program):
        print("sealed-read is not built: no figure for large bodies")
        return
    octets, taken = r.run([program], timeout=60).stdout.split()[:2]
    rate = float(octets) / float(taken) / 1e9
    report("sealed-read-large", rate, 1, f"the target of 1 GB/s a core against {rate:.2f} GB/s")


def main():
    rounds = int(os.environ.get("ROUNDS", "3"))
    mails = Mails()
    p.install()
    lmtp = r.free_ports(1)[0]
    figures = {}

    def note(name, value):
        figures.setdefault(name, []).append(value)
        print(f"{name}: {value:.1f}", flush=True)

    users = USERS + READERS
    with r.Rig(users=users) as plain, r.Rig(users=users) as sealed, Peers(users, postfix=False, extra=MAIL_CRYPT % lmtp) as peers:
        ports = {"plain": start(plain, False), "sealed": start(sealed, True), "mail_crypt": peers.ports["imap"]}
        peers.wait_for(lmtp)
        for side, port in ports.items():
            begin = time.monotonic()
            fill(port, mails, SOME if side == "mail_crypt" else MANY)
            print(f"filled {side} in {time.monotonic() - begin:.1f} s", flush=True)
        assert_encrypted(peers)
        counters = {side: Counter(port) for side, port in ports.items()}
        for _ in range(rounds):
            for side, port in list(ports.items()) + [("plain", ports["plain"]), ("sealed", ports["sealed"])] * 2:  # ours in turns
                ours = side != "mail_crypt"
                note(f"{side} fetch random/s", random_fetches(port, 5000 if ours else 400))
                note(f"{side} fetch all/s", middle([fetch_all(port) for _ in range(5)]) if ours else fetch_all(port))
                if ours:
                    note(f"{side} list ms", listing(port) * 1000)
                    note(f"{side} search none ms", search(port, NONE, 0, 0))
                    note(f"{side} search few ms", search(port, FEW, 5, 15))
            for sessions, messages in ((8, 8000), (64, 24_000)):
                note(f"plain deliver x{sessions}/s", delivered(plain.ports["mx"], counters["plain"], sessions, messages))
                note(f"sealed deliver x{sessions}/s", delivered(sealed.ports["mx"], counters["sealed"], sessions, messages))
                note(f"mail_crypt deliver x{sessions}/s", delivered(lmtp, counters["mail_crypt"], sessions, 800, "lmtp"))
        plain.stop()
        sealed.stop()
    f = {name: middle(values) for name, values in figures.items()}
    for way in ("random", "all"):
        ours, theirs = f[f"sealed fetch {way}/s"], f[f"mail_crypt fetch {way}/s"]
        report(f"sealed-fetch-{way}", ours / theirs, 20, f"Dovecot mail_crypt {theirs:.0f}/s against {ours:.0f}/s")
    for sessions in (8, 64):
        ours, own, theirs = (f[f"{side} deliver x{sessions}/s"] for side in ("sealed", "plain", "mail_crypt"))
        report(f"sealed-deliver-{sessions}x4KiB", ours / own, 0.8, f"our plain mailbox {own:.0f}/s against {ours:.0f}/s")
        report(f"sealed-deliver-{sessions}x4KiB-mail_crypt", ours / theirs, "-", f"Dovecot LMTP mail_crypt {theirs:.0f}/s against {ours:.0f}/s")
    own, ours = f["plain list ms"], f["sealed list ms"]
    report("sealed-list-10k", own / ours, 0.67, f"our plain mailbox {own:.0f} ms against {ours:.0f} ms")
    for word in ("none", "few"):
        ours = f[f"sealed search {word} ms"]
        report(f"sealed-search-text-{word}", 150 / ours, 1, f"the target of 150 ms against {ours:.1f} ms; plain {f[f'plain search {word} ms']:.1f} ms")
    read_alone()


if __name__ == "__main__":
    sys.exit(main())
