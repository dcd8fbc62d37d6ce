"""Durable deliveries a second, counted when IMAP STATUS shows them, beside Postfix + Dovecot LMTP; and the store alone."""
import imaplib
import os
import re
import sys
import tempfile
import time

from peers import Peers, r, report

PROGRAMS = os.path.join(os.environ["POSTHORN_PROGRAMS"], "..", "bench")
USERS = [f"user{n}" for n in range(16)]
# sessions, octets, messages for us, messages for the peer, target ratio
RUNS = [(1, 4096, 4000, 400, 3), (8, 4096, 12000, 1200, "-"), (64, 4096, 40000, 2000, 15),
        (1, 65536, 1500, 300, "-"), (8, 65536, 6000, 1000, 5), (64, 65536, 8000, 1000, "-")]


class Counter:
    """Sessions that stay logged in and add up STATUS, so that asking costs little."""

    def __init__(self, port):
        self.clients = []
        for user in USERS:
            client = imaplib.IMAP4("127.0.0.1", port)
            client.login(f"{user}@{r.DOMAIN}", r.PASSWORD)
            self.clients.append(client)

    def count(self):
        return sum(int(re.search(rb"MESSAGES (\d+)", c.status("INBOX", "(MESSAGES)")[1][0]).group(1)) for c in self.clients)


def rate(mx, counter, sessions, octets, messages):
    before = counter.count()
    begin = time.monotonic()
    done = r.run([os.path.join(PROGRAMS, "smtp-load"), str(mx), str(sessions), str(messages), str(octets), str(len(USERS))], timeout=300)
    sent = time.monotonic() - begin
    while counter.count() < before + messages:
        assert time.monotonic() - begin < 300, f"only {counter.count() - before} of {messages} became visible: {done.stdout}"
        time.sleep(0.02)
    taken = time.monotonic() - begin
    return messages / taken, messages / sent


def store_alone():
    """Commits a second of one body of 4 KiB and its rows, by 64 threads."""
    with tempfile.TemporaryDirectory(prefix="posthorn-store-") as folder:
        done = r.run([os.path.join(PROGRAMS, "store-commit"), folder + "/store", "64", "4096", "4"], timeout=120)
    return float(re.search(r"(\d+) commits/s", done.stdout).group(1))


def main():
    rounds = int(os.environ.get("ROUNDS", "3"))
    ours, theirs = {}, {}
    plain = '[[listener]]\nrole = "imap"\naddress = "127.0.0.1"\nport = %d\ntls = "none"\nclear_login = true\n'
    port = r.free_ports(1)[0]
    with r.Rig(users=USERS) as rig, Peers(USERS) as peers:
        with open(rig.config, "a") as out:
            out.write("\n" + plain % port)
        rig.start()
        our_counter, their_counter = Counter(port), Counter(peers.ports["imap"])
        for n in range(rounds):
            for sessions, octets, messages, fewer, _ in RUNS:
                key = (sessions, octets)
                ours.setdefault(key, []).append(rate(rig.ports["mx"], our_counter, sessions, octets, messages)[0])
                theirs.setdefault(key, []).append(rate(peers.ports["mx"], their_counter, sessions, octets, fewer)[0])
                print(f"round {n + 1}: {sessions} sessions, {octets // 1024} KiB: posthorn {ours[key][-1]:.0f}/s, "
                      f"postfix+dovecot {theirs[key][-1]:.0f}/s", flush=True)
        rig.stop()
    store = [store_alone() for _ in range(rounds)]
    middle = lambda values: sorted(values)[len(values) // 2]
    for sessions, octets, _, _, target in RUNS:
        key = (sessions, octets)
        report(f"delivery-{sessions}x{octets // 1024}KiB", middle(ours[key]) / middle(theirs[key]), target,
               f"Postfix + Dovecot LMTP {middle(theirs[key]):.0f}/s against {middle(ours[key]):.0f}/s")
    report("store-commit-64x4KiB", middle(store) / 15000, 1, f"the target of 15000/s against {middle(store):.0f}/s")


if __name__ == "__main__":
    sys.exit(main())
