#!/usr/bin/env python3
"""One message stays one: sequences that some servers take for the end of a message, sent to us, and by us to Postfix, Exim and Dovecot LMTP."""
import base64
import codecs
import email
import json
import os
import re
import socket
import sys
import time

import rig as r
from between import Between
from exim import Exim
from mail import fetch_all, imap_session, insecure

sys.path.insert(0, os.path.join(r.ROOT, "bench"))
from peers import Peers  # noqa: E402

DATA = os.environ.get("POSTHORN_SHARED_DATA") or os.path.join(os.path.dirname(r.ROOT), "shared/data")
SETTINGS = "limits.on = false\nqueue.first_retry_seconds = 1\nqueue.last_retry_seconds = 1\n"
AWAY = "user@other.test"  # lives at the peers


def unescaped(text):
    return codecs.decode(text, "unicode_escape").encode("latin-1")


def sequences():
    """The text that the sequences stand in, and (name, octets) of each."""
    with open(DATA + "/smtp/smuggling.json") as text:
        known = json.load(text)
    return unescaped(known["template"]), [(row["id"], unescaped(row["bytes"])) for row in known["sequences"]]


class Client:
    """A client that sends what it likes."""

    def __init__(self, port, tls=False, login=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        if tls:
            self.socket = insecure().wrap_socket(self.socket)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")
        self.reply()
        self.features = self.say("EHLO client.test")
        if login:
            word = base64.b64encode(f"\0{login}\0{r.PASSWORD}".encode()).decode()
            assert self.say("AUTH PLAIN " + word).startswith("235")

    def reply(self):
        """The whole reply; empty when the connection ended."""
        text = ""
        while True:
            line = self.file.readline().decode("utf-8", "replace")
            text += line
            if line[3:4] != "-":
                return text

    def say(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.reply()

    def envelope(self, sender, recipient, data=True):
        for line in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", *(["DATA"] if data else [])):
            answer = self.say(line)
            assert answer[:1] in "23", f"{line}: {answer}"

    def rest(self):
        """Everything that comes until the server closes."""
        try:
            return self.file.read().decode("utf-8", "replace")
        except OSError:
            return ""

    def close(self):
        self.file.close()
        self.socket.close()


def smuggle(client, sender, recipient, payload, split):
    """@returns the answer to the message"""
    client.envelope(sender, recipient)
    at = split or len(payload)
    client.socket.sendall(payload[:at])
    if split:
        time.sleep(0.01)
        client.socket.sendall(payload[at:])
    answer = client.reply()
    if answer:
        client.socket.sendall(b"QUIT\r\n")
        more = re.findall(r"(?m)^\d{3} ", client.rest())
        assert more in ([], ["221 "]), f"after {answer!r} came {more}"
    return answer


def takes_one_message(rig, address, port, login, tls):
    """Each sequence, in one piece and cut in it, is content of the one message, or the message is refused."""
    template, rows = sequences()
    sender = address if login else "somebody@elsewhere.test"
    taken = []
    for name, octets in rows:
        start, end = template.split(b"<SEQ>")
        subject = f"{port} {name}"
        start = start.replace(b"smuggle test", subject.encode())
        end = end.replace(b"user@example.org", address.encode()).replace(b"smuggled@example.org", sender.encode())
        payload = b"From: <%s>\r\n" % sender.encode() + start + octets + end.replace(b"Subject:", b"From: <%s>\r\nSubject:" % sender.encode())
        place = payload.index(octets + b"MAIL")
        for split in (None, *range(place + 1, place + len(octets) + 1)):
            client = Client(rig.ports[port], tls, address if login else None)
            try:
                answer = smuggle(client, sender, address, payload, split)
            finally:
                client.close()
            assert not answer or answer[:1] in "25", f"{name}: {answer}"
            if answer.startswith("250"):
                taken.append(subject)
    found = [email.message_from_string(text)["Subject"] for text in fetch_all(rig, address)]
    assert sorted(found) == sorted(taken), f"{len(taken)} messages were taken and {len(found)} are there: {set(found) ^ set(taken)}"


def mx_takes_one_message(rig, address):
    takes_one_message(rig, address, "mx", False, False)


def submission_takes_one_message(rig, address):
    takes_one_message(rig, address, "submissions", True, True)


def lmtp_takes_one_message(rig, address):
    """The same for LMTP, which says LHLO."""
    template, rows = sequences()
    with Between(rig.ports["lmtp"], lmtp=True) as wire:
        taken = []
        for name, octets in rows:
            payload = template.replace(b"<SEQ>", octets).replace(b"user@example.org", address.encode()).replace(b"smuggle test", name.encode())
            client = Client(wire.port)
            try:
                if smuggle(client, "somebody@elsewhere.test", address, payload, None).startswith("250"):
                    taken.append(name)
            finally:
                client.close()
    found = [email.message_from_string(text)["Subject"] for text in fetch_all(rig, address)]
    assert sorted(found) == sorted(taken), f"{taken} were taken and {found} are there"


# --- what goes on to others ---------------------------------------------------------------------------------------------------------------------


# What is allowed as content and looks like an end to who does not look well: (name, octets, whether DATA takes it as content).
ALLOWED = [("crlf.crlf", b"\r\n.\r\n", False), ("crlf..crlf", b"\r\n..\r\n", True),
           *((f"line of {count}", b"\r\n" + b"x" * count + b".\r\n", True) for count in (997, 998, 999, 2047, 2048, 4095, 4096))]


def submit(rig, address, content, chunks):
    """Hands a message in for other hosts, by DATA or by BDAT. @returns whether it was taken"""
    client = Client(rig.ports["submissions"], True, address)
    try:
        client.envelope(address, AWAY, data=not chunks)
        for number, chunk in enumerate(chunks or [content + b".\r\n"]):
            last = " LAST" if number == len(chunks) - 1 else ""
            client.socket.sendall((f"BDAT {len(chunk)}{last}\r\n".encode() if chunks else b"") + chunk)
            answer = client.reply()
    finally:
        client.close()
    assert not answer or answer[:1] in "25", answer
    return answer.startswith("250")


def hand_in(rig, address, way):
    """Submits each sequence by DATA, by BDAT, and by BDAT that is cut in it. @returns the subjects that were taken"""
    template, rows = sequences()
    taken = []
    for name, octets, by_data in [*((*row, True) for row in rows), *ALLOWED]:
        body = template.removesuffix(b".\r\n").replace(b"user@example.org", AWAY.encode())
        for verb in ("DATA", "BDAT", "BDAT BDAT"):
            if verb == "DATA" and not by_data:
                continue
            subject = f"{way}, {verb} {name}"
            content = b"From: <%s>\r\n" % address.encode() + body.replace(b"smuggle test", subject.encode())
            start, end = content.split(b"<SEQ>")
            middle = len(octets) // 2
            chunks = {"DATA": [], "BDAT": [start + octets + end], "BDAT BDAT": [start + octets[:middle], octets[middle:] + end]}[verb]
            if submit(rig, address, start + octets + end, chunks):
                taken.append(subject)
    assert {f"{way}, BDAT crlf.crlf", f"{way}, BDAT BDAT crlf.crlf", f"{way}, DATA crlf..crlf"} <= set(taken), taken
    return taken


def goes_on_as_one(rig, address, read, server, lmtp=False):
    """What was taken is at the peer, once, and nothing else; the octets on the wire have line ends and no bare CR, LF or NUL."""
    taken, before = [], len(read())
    for way, hide in (("by BDAT", ("STARTTLS",)), ("by DATA", ("STARTTLS", "CHUNKING"))):
        with Between(server, lmtp, hide) as wire:
            rig.stop()
            rig.configure(SETTINGS + wire.settings())
            rig.start()
            taken += hand_in(rig, address, way)
            r.until(lambda: "is empty" in rig.admin("queue", "list").stdout, 30, "an empty queue")
            sent = b"".join(bytes(octets) for octets in wire.sent)
        assert bool(re.search(rb"(?m)^BDAT \d", sent)) == (way == "by BDAT"), sent[:2000]
        bare = re.search(rb"\r(?!\n)|(?<!\r)\n|\0", sent)
        assert not bare, sent[max(0, bare.start() - 60):bare.end() + 20]
    r.until(lambda: len(read()) >= before + len(taken), 30, f"{len(taken)} messages at the peer")
    time.sleep(1)  # for one that should not come
    found = [email.message_from_bytes(octets) for octets in read()[before:]]
    assert sorted(message["Subject"] for message in found) == sorted(taken), [message["Subject"] for message in found]
    for message in found:
        if message["Subject"].endswith(" crlf.crlf"):
            lines = message.get_payload().splitlines()
            assert lines[:3] == ["body", ".", "MAIL FROM:<smuggled@example.org>"], lines


def dovecot_messages(peers):
    with imap_session(peers.ports["imaps"], f"user@{r.DOMAIN}", r.PASSWORD, "INBOX", timeout=20) as client:
        data = client.fetch("1:*", "(BODY.PEEK[])")[1] if client.select("INBOX")[1] != [b"0"] else []
        return [part[1] for part in data if isinstance(part, tuple)]


def postfix_gets_one_message(rig, address, peers, lmtp):
    goes_on_as_one(rig, address, lambda: dovecot_messages(peers), peers.ports["mx"])


def dovecot_gets_one_message(rig, address, peers, lmtp):
    goes_on_as_one(rig, address, lambda: dovecot_messages(peers), lmtp, lmtp=True)


def exim_gets_one_message(rig, address, *_):
    with Exim() as exim:
        goes_on_as_one(rig, address, exim.messages, exim.port)


def main():
    with r.Rig(extra=SETTINGS) as rig:
        rig.start()
        counts = r.run_tests(rig, [mx_takes_one_message, submission_takes_one_message, lmtp_takes_one_message])
        lmtp = r.free_ports(1)[0]
        extra = f"""auth_username_format = %Ln@{r.DOMAIN}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""
        with Peers(["user"], extra=extra) as peers:
            r.run(["postconf", "-c", peers.folder + "/etc", "-e", f"virtual_mailbox_domains = {r.DOMAIN} other.test"])
            r.run(["postfix", "-c", peers.folder + "/etc", "reload"])
            more = r.run_tests(rig, [postfix_gets_one_message, dovecot_gets_one_message, exim_gets_one_message], peers, lmtp)
        return r.finish(rig, counts[0] + more[0], counts[1] + more[1])


if __name__ == "__main__":
    sys.exit(main())
