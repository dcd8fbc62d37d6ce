#!/usr/bin/env python3
"""The example mirror_imap beside what the servers have, Posthorn's and Dovecot's: mirror_imap.py PROGRAM"""
import os
import re
import subprocess
import sys
import tempfile
import time

import rig as r
from dovecot import Dovecot, available
from mail import imap, message
from synced import LETTERS, expect, listing, quoted

PROGRAM = os.path.abspath(sys.argv.pop(1))


class Mirror:
    """The program, a Maildir, and a way to the server that it copies."""

    def __init__(self, port, user, password, certificate, session):
        self.words = [PROGRAM, "localhost", str(port), user]
        self.password, self.certificate, self.session = password, certificate, session
        self.folder = tempfile.TemporaryDirectory()
        self.root = self.folder.name + "/md"

    def start(self):
        child = subprocess.Popen([*self.words, self.root, self.certificate], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        child.stdin.write(self.password.encode() + b"\n")
        child.stdin.close()
        return child

    def run(self, status=0):
        done = r.run([*self.words, self.root, self.certificate], input=self.password + "\n", check=False)
        assert done.returncode == status, f"{done.returncode}: {done.stdout}"
        return done.stdout

    def there(self, folders):
        """folder of the Maildir -> {UID: (flags, octets)}"""
        found = {}
        with self.session() as client:
            for name, folder in folders.items():
                expect(client.select(quoted(name), readonly=True))
                found[folder] = {}
                for part in expect(client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")):
                    if isinstance(part, tuple):
                        flags = "".join(sorted(letter for flag, letter in LETTERS.items() if flag.encode() in part[0]))
                        found[folder][int(re.search(rb"UID (\d+)", part[0]).group(1))] = flags, part[1]
        return found

    def here(self):
        found = {}
        for folder in [""] + sorted(f for f in os.listdir(self.root) if f.startswith(".") and f != ".state"):
            found[folder] = {}
            for name in os.listdir(os.path.join(self.root, folder, "cur")):
                uid, flags = re.fullmatch(r"\d+\.(\d+):2,([A-Z]*)", name).groups()
                assert int(uid) not in found[folder], f"{folder}: two files for UID {uid}"
                with open(os.path.join(self.root, folder, "cur", name), "rb") as octets:
                    found[folder][int(uid)] = flags, octets.read()
        return {folder: mails for folder, mails in found.items() if mails}

    def compare(self, folders):
        here, there = self.here(), {folder: mails for folder, mails in self.there(folders).items() if mails}
        for folder in sorted(set(here) | set(there)):
            short = lambda mails: {uid: (flags, octets[:60]) for uid, (flags, octets) in mails.items()}
            assert here.get(folder) == there.get(folder), f"{folder}: {short(here.get(folder, {}))}\nand {short(there.get(folder, {}))}"


def fill(client, mailbox, subjects, flags="", size=3):
    for subject in subjects:
        expect(client.append(quoted(mailbox), flags, None, message("a@elsewhere.test", "b@elsewhere.test", subject, "0123456789\r\n" * size).encode()))


def follows(mirror):
    """New, changed and deleted messages and mailboxes; what is known is not fetched again."""
    folders = {"INBOX": "", "Work/Caf\u00e9.2026": ".Work.Caf\u00e9%2E2026"}
    with mirror.session() as client:
        expect(client.create(quoted("Work/Caf\u00e9.2026")))
        fill(client, "INBOX", ["one", "two", "three", "four"], "\\Seen")
        fill(client, "INBOX", ["large"], "\\Flagged \\Draft", 100_000)
        fill(client, "Work/Caf\u00e9.2026", ["five"])
    mirror.run()
    mirror.compare(folders)
    before = listing(mirror.root)
    mirror.run()
    assert {p: t for p, t in listing(mirror.root).items() if "/cur/" in p} == {p: t for p, t in before.items() if "/cur/" in p}, "nothing had changed"
    with mirror.session() as client:
        expect(client.select("INBOX"))
        expect(client.uid("STORE", "1,3", "+FLAGS", "(\\Answered $Label1)"))
        expect(client.uid("STORE", "3", "-FLAGS", "(\\Seen)"))
        expect(client.uid("STORE", "2", "+FLAGS", "(\\Deleted)"))
        expect(client.expunge())
        fill(client, "INBOX", ["six"])
        expect(client.create("Later"))
        fill(client, "Later", ["seven"], "\\Answered")
    untouched = next(p for p in before if re.search(r"/cur/\d+\.4:2,S$", p))
    mirror.run()
    folders["Later"] = ".Later"
    mirror.compare(folders)
    after = listing(mirror.root)
    assert after[untouched] == before[untouched], "a message that had not changed was fetched again"
    # The mailbox is another one of the same name: nothing of the old one stays.
    with mirror.session() as client:
        expect(client.delete("Later"))
        time.sleep(1.1)  # Dovecot makes UIDVALIDITY of the time
        expect(client.create("Later"))
        fill(client, "Later", ["eight", "nine"])
        expect(client.select("INBOX"))
        expect(client.store("1:*", "+FLAGS", "(\\Deleted)"))
        expect(client.expunge())
    mirror.run()
    mirror.compare(folders)
    assert "" not in mirror.here()


def interrupted(mirror):
    """A first run that is killed on its way: the next one fetches only what is missing."""
    with mirror.session() as client:
        fill(client, "INBOX", [f"number {n}" for n in range(300)], size=2000)
    count = lambda: len(os.listdir(mirror.root + "/cur")) if os.path.isdir(mirror.root + "/cur") else 0
    child = mirror.start()
    try:
        end = time.monotonic() + 60
        while count() < 20 and child.poll() is None:
            assert time.monotonic() < end, "no message came"
    finally:
        child.kill()
        child.wait()
        child.stderr.close()
    before = {p: t for p, t in listing(mirror.root).items() if "/cur/" in p}
    assert before
    with mirror.session() as client:
        expect(client.select("INBOX"))
        expect(client.store("2", "+FLAGS", "(\\Seen)"))  # flags that changed in between count too
    mirror.run()
    mirror.compare({"INBOX": ""})
    kept = {p: t for p, t in listing(mirror.root).items() if p in before}
    assert len(kept) >= len(before) - 1 and all(before[p] == t for p, t in kept.items()), "messages that were there came again"


def refusals(mirror):
    right, mirror.password = mirror.password, "guess"
    said = mirror.run(status=1)
    assert said.startswith("mirror_imap: ") and len(said.splitlines()) == 1, said
    mirror.password, certificate, mirror.certificate = right, mirror.certificate, "/nonexistent"
    assert "/nonexistent" in mirror.run(status=1)
    mirror.certificate = certificate


TESTS = [follows, interrupted, refusals]


def main():
    passed, failed = 0, 0
    with r.Rig(users=[]) as rig:
        rig.start()
        for test in TESTS:
            rig.add_mailbox(test.__name__)
            address = f"{test.__name__}@{r.DOMAIN}"
            ours = Mirror(rig.ports["imaps"], address, r.PASSWORD, rig.certificate, lambda address=address: imap(rig, address, None))
            theirs = Dovecot() if available() else None
            for name, mirror in [("Posthorn", ours)] + ([("Dovecot", None)] if theirs else []):
                try:
                    if mirror is None:
                        theirs.start()
                        mirror = Mirror(theirs.port, theirs.USER, theirs.PASSWORD, theirs.certificate, lambda server=theirs: server.session(None))
                    with mirror.folder:
                        test(mirror)
                    passed += 1
                    print(f"ok   {test.__name__} of {name}", flush=True)
                except Exception as error:  # noqa: BLE001: the next ones still run
                    failed += 1
                    print(f"FAIL {test.__name__} of {name}: {type(error).__name__}: {error}\n{rig.log()}", flush=True)
            if theirs:
                theirs.close()
        return r.finish(rig, passed, failed)


if __name__ == "__main__":
    sys.exit(main())
