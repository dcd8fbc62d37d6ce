#!/usr/bin/env python3
"""RFC822.SIZE, ENVELOPE, BODY and BODYSTRUCTURE of the published messages, ours beside Dovecot's.

Dovecot's imap program speaks to us over a pipe, without a daemon. Case is no difference where MIME has none (types, encodings, names of
parameters). Accepted differences stand with their reasons in dovecot_accepted.txt.
"""
import contextlib
import glob
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

import rig as r

sys.path.insert(0, os.path.join(r.ROOT, "tests/compare"))
from accepted import Accepted, shown  # noqa: E402

DOVECOT = "/usr/lib/dovecot/imap"
ITEMS = "RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE"
ENVELOPE = ["date", "subject", "from", "sender", "reply-to", "to", "cc", "bcc", "in-reply-to", "message-id"]
NOBODY = 65534


def messages():
    """name -> octets with CRLF, as IMAP clients send them."""
    root = os.path.join(os.environ.get("POSTHORN_SHARED_DATA") or os.path.join(r.ROOT, "../shared/data"), "mime")
    found = {}
    for path in sorted(glob.glob(root + "/**/*.msg", recursive=True) + glob.glob(root + "/**/*.eml", recursive=True)):
        with open(path, "rb") as file:
            found[os.path.basename(path)] = re.sub(rb"(?<!\r)\n", b"\r\n", file.read())
    return found


class Client:
    """As much of IMAP as reading responses into trees needs."""

    def __init__(self, read_from, write_to):
        self.source, self.sink = read_from, write_to
        self.line()

    def line(self):
        """One response: [octets, literal, octets, ...]."""
        pieces = []
        while True:
            text = self.source.readline()
            assert text.endswith(b"\r\n"), f"the connection ended after {pieces}{text}"
            literal = re.search(rb"\{(\d+)\}\r\n$", text)
            if not literal:
                return pieces + [text[:-2]]
            pieces += [text[:literal.start()], self.source.read(int(literal.group(1)))]

    def command(self, text, literal=None):
        self.sink.write(b"a " + text + (b" {%d}\r\n" % len(literal) if literal is not None else b"\r\n"))
        self.sink.flush()
        responses = []
        while True:
            response = self.line()
            if response[0].startswith(b"+"):
                self.sink.write(literal + b"\r\n")
                self.sink.flush()
            elif response[0].startswith(b"a "):
                assert response[0].startswith(b"a OK"), (text, response)
                return responses
            else:
                responses.append(response)

    def fetch(self, octets):
        """The items of one message that is appended for it."""
        self.command(b"APPEND INBOX", octets)
        self.command(b"NOOP")
        response, = [p for p in self.command(f"FETCH * ({ITEMS})".encode()) if b" FETCH " in p[0]]
        response[0] = response[0][response[0].index(b" FETCH ") + 7:]
        values, = tree(response)
        return dict(zip([name.upper() for name in values[::2]], values[1::2]))


def tree(pieces):
    """Lists, octets of strings, None for NIL, int, str for atoms."""
    stack = [[]]
    for place, piece in enumerate(pieces):
        if place % 2:
            stack[-1].append(piece)
            continue
        for token in re.finditer(rb'[()]|"((?:[^"\\]|\\.)*)"|[^\s()"]+', piece, re.S):
            text = token.group()
            if text == b"(":
                stack.append([])
            elif text == b")":
                closed = stack.pop()
                stack[-1].append(closed)
            elif text.startswith(b'"'):
                stack[-1].append(re.sub(rb"\\(.)", rb"\1", token.group(1), flags=re.S))
            elif text.isdigit():
                stack[-1].append(int(text))
            else:
                stack[-1].append(None if text.upper() == b"NIL" else text.decode())
    assert len(stack) == 1, f"parentheses do not match: {pieces}"
    return stack[0]


def lower(value):
    return value.lower() if isinstance(value, bytes) else value


def named(values):
    """Parameters; their names have no case."""
    return values and [lower(value) if place % 2 == 0 else value for place, value in enumerate(values)]


def envelope(values, path):
    assert len(values) == len(ENVELOPE), values
    # RFC 9051 section 7.5.2 has no word for an address without a domain: ours is empty, Dovecot's a word of its own.
    for addresses in values[2:8]:
        for address in addresses or []:
            address[2:] = [b"" if text in (b"MISSING_MAILBOX", b"MISSING_DOMAIN") else text for text in address[2:]]
    return {f"{path}{name}": value for name, value in zip(ENVELOPE, values)}


PARTS = ["parameters", "disposition", "language", "location"]
SINGLE = ["parameters", "id", "description", "encoding", "octets"]
EXTENSIONS = ["md5", "disposition", "language", "location"]


def structure(body, number="", name=None):
    """A body structure as flat names, "1.2 type" and so on, with the section numbers of FETCH."""
    if isinstance(body[0], list):
        name, out = name or number or "top", {}
        count = next(n for n, child in enumerate(body) if not isinstance(child, list))
        out[f"{name} type"] = b"multipart/" + lower(body[count])
        out[f"{name} parts"] = count
        for place, child in enumerate(body[:count], 1):
            out.update(structure(child, f"{number}.{place}" if number else str(place)))
        names, values = PARTS, body[count + 1:]
    else:
        number = name = number or "1"
        kind, names, values = lower(body[0]) + b"/" + lower(body[1]), SINGLE + EXTENSIONS, body[2:]
        out = {f"{name} type": kind}
        if kind in (b"message/rfc822", b"message/global"):
            out.update(envelope(values[5], f"{name} envelope "))
            inner = values[6]
            out.update(structure(inner, number, f"{name} inner") if isinstance(inner[0], list) else structure(inner, f"{number}.1"))
            names, values = SINGLE + ["lines"] + EXTENSIONS, values[:5] + values[7:]
        elif kind.startswith(b"text/"):
            names = SINGLE + ["lines"] + EXTENSIONS
    assert len(values) <= len(names), body
    for key, value in zip(names, values):
        if key == "parameters":
            value = named(value)
        elif key == "encoding":
            value = lower(value)
        elif key == "disposition" and value:
            value = [lower(value[0]), named(value[1])]
        out[f"{name} {key}"] = value
    return out


def flat(items):
    out = {"RFC822.SIZE": items["RFC822.SIZE"]}
    out.update(envelope(items["ENVELOPE"], "ENVELOPE "))
    for name in ("BODY", "BODYSTRUCTURE"):
        out.update({f"{name} {key}": value for key, value in structure(items[name]).items()})
    return out


def differences(name, ours, theirs):
    for key in sorted(set(ours) | set(theirs)):
        item, _, rest = key.partition(" ")
        part, _, field = rest.rpartition(" ")
        # What BODY says again is told once; a part of another type has other fields.
        twice = item == "BODY" and all(items.get(key) == items.get("BODYSTRUCTURE" + key[4:]) for items in (ours, theirs))
        kinds = [items.get(f"{item} {part.split(' ')[0]} type") for items in (ours, theirs)]
        other = item.startswith("BODY") and field not in ("type", "octets") and kinds[0] != kinds[1]
        gone = item.startswith("BODY") and field == "octets" and None in kinds
        mine, his = (shown(items[key]) if key in items else "absent" for items in (ours, theirs))
        if not (twice or other or gone) and mine != his:
            yield f"{name} | {key} | {mine} | {his}"


@contextlib.contextmanager
def posthorn():
    port, = r.free_ports(1)
    with r.Rig(users=["alice"]) as rig:
        with open(rig.config, "a") as out:
            out.write(f'\n[[listener]]\nrole = "imap"\naddress = "127.0.0.1"\nport = {port}\ntls = "none"\nclear_login = true\n')
        rig.start()
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            stream = connection.makefile("rwb")
            client = Client(stream, stream)
            client.command(f'LOGIN "alice@{r.DOMAIN}" "{r.PASSWORD}"'.encode())
            yield client
        rig.stop()


@contextlib.contextmanager
def dovecot():
    folder = tempfile.mkdtemp(prefix="posthorn-dovecot-")
    try:
        account = {} if os.getuid() != 0 else {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        os.mkdir(folder + "/run")
        with open(folder + "/dovecot.conf", "w") as out:
            out.write(f"base_dir = {folder}/run\nstate_dir = {folder}/run\nmail_location = maildir:{folder}/mail\nssl = no\n"
                      "first_valid_uid = 1\nfirst_valid_gid = 1\n")
        for path in (folder, folder + "/run", folder + "/dovecot.conf"):
            if account:
                os.chown(path, NOBODY, NOBODY)
        child = subprocess.Popen([DOVECOT, "-c", folder + "/dovecot.conf"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, cwd=folder, env={"USER": "alice", "HOME": folder}, **account)
        try:
            yield Client(child.stdout, child.stdin)
        finally:
            child.stdin.close()
            child.wait(20)
            child.stdout.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    given = messages()
    if not given or not os.path.exists(DOVECOT):
        print("skipped: " + ("no shared data mime" if not given else f"{DOVECOT} is missing (Debian: dovecot-imapd)"))
        return 77
    found, equal = [], 0
    with posthorn() as ours, dovecot() as theirs:
        for client in (ours, theirs):
            client.command(b"SELECT INBOX")
        for name, octets in given.items():
            here = list(differences(name, flat(ours.fetch(octets)), flat(theirs.fetch(octets))))
            equal += not here
            found += here
    accepted, unexpected, vanished = Accepted(os.path.join(r.ROOT, "tests/interop/dovecot_accepted.txt")).judge(found)
    print(f"{len(given)} messages, {equal} equal, {accepted} accepted differences, {unexpected} unexpected, {vanished} vanished")
    good = unexpected + vanished == 0
    print(f"{len(given) if good else 0} passed, {unexpected + vanished} failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
