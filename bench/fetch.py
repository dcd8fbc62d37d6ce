"""Login + FETCH sessions a second, and FETCH rates inside a session, beside Dovecot (both with Argon2id passwords of one cost)."""
import imaplib
import os
import sys
import time

from peers import Peers, r, report

MESSAGES = 2000
USER = "user0"


def argon2id():
    """The hash that Dovecot checks: the same cost as ours (2 passes, 64 MiB)."""
    done = r.run(["doveadm", "pw", "-s", "ARGON2ID", "-p", r.PASSWORD], check=False)
    return done.stdout.strip() if done.returncode == 0 else "{PLAIN}" + r.PASSWORD


def fill(port):
    client = imaplib.IMAP4("127.0.0.1", port)
    client.login(f"{USER}@{r.DOMAIN}", r.PASSWORD)
    text = (b"From: A Sender <a@example.net>\r\nTo: user0@example.org\r\nSubject: a message for FETCH\r\nMessage-ID: <%d@example.net>\r\n"
            b"Date: Thu, 01 Jan 2026 10:00:00 +0100\r\n\r\n" + (b"x" * 76 + b"\r\n") * 50)
    for number in range(MESSAGES):
        assert client.append("INBOX", None, None, text % number)[0] == "OK"
    client.logout()


def sessions(port, count):
    begin = time.monotonic()
    for number in range(count):
        client = imaplib.IMAP4("127.0.0.1", port)
        client.login(f"{USER}@{r.DOMAIN}", r.PASSWORD)
        client.select(readonly=True)
        assert client.fetch(str(number % MESSAGES + 1), "(FLAGS BODY.PEEK[])")[0] == "OK"
        client.logout()
    return count / (time.monotonic() - begin)


def fetches(port, items, repeat):
    client = imaplib.IMAP4("127.0.0.1", port)
    client.login(f"{USER}@{r.DOMAIN}", r.PASSWORD)
    client.select(readonly=True)
    client.fetch("1:*", items)
    begin = time.monotonic()
    for _ in range(repeat):
        client.send(b"x FETCH 1:* " + items.encode() + b"\r\n")
        tail = b""
        while b"\r\nx OK" not in tail:
            chunk = client.sock.recv(1 << 20)
            assert chunk
            tail = tail[-64:] + chunk
    rate = repeat * MESSAGES / (time.monotonic() - begin)
    client.shutdown()
    return rate


def main():
    plain = '[[listener]]\nrole = "imap"\naddress = "127.0.0.1"\nport = %d\ntls = "none"\nclear_login = true\n'
    port = r.free_ports(1)[0]
    import peers as p
    p.install()
    with r.Rig(users=[USER]) as rig, Peers([USER], password_hash=argon2id(), postfix=False) as peers:
        with open(rig.config, "a") as out:
            out.write("\n" + plain % port)
        rig.start()
        fill(port)
        fill(peers.ports["imap"])
        for name, measure in [("login+fetch", lambda at: sessions(at, 60)), ("fetch-flags", lambda at: fetches(at, "(UID FLAGS)", 50)),
                              ("fetch-envelope", lambda at: fetches(at, "(ENVELOPE)", 10)), ("fetch-body", lambda at: fetches(at, "(BODY.PEEK[])", 5))]:
            ours, theirs = measure(port), measure(peers.ports["imap"])
            report(name, ours / theirs, "-", f"Dovecot {theirs:.0f}/s against {ours:.0f}/s")
        rig.stop()


if __name__ == "__main__":
    sys.exit(main())
