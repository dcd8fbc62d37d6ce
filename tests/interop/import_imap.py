#!/usr/bin/env python3
"""`posthorn import imap` from Dovecot: everything comes over once, whatever is killed; what cannot be done is told."""
import glob
import imaplib
import os
import re
import subprocess
import sys
import time

import rig as r
from dovecot import PROGRAM, Dovecot, available
from mail import imap, message
from synced import expect, mailbox_names, modseqs, quoted

# Names as people give them, and what they hold; INBOX is first in the import.
FOLDERS = {"INBOX": 220, "Sent": 20, "Work/Projects/2026": 60, "\u00c4pfel & Birnen": 30, "\u65e5\u672c\u8a9e/\u7d75\u6587\u5b57 \U0001f600": 20, 'say "x" \\ % *': 10,
           "Empty": 0}
SUBSCRIBED = ["Work/Projects/2026", "\u00c4pfel & Birnen"]
FLAGS = ["", "\\Seen", "\\Seen \\Answered", "\\Flagged $Label1", "\\Draft", "\\Deleted", "\\Seen Custom-Word $Forwarded", "$Junk"]
DAY = 86400


def octets(folder, number):
    if number == 7:  # larger than what is read in one piece
        return message("a@elsewhere.test", "b@elsewhere.test", f"large in {len(folder)}", ("z" * 74 + "\r\n") * 40_000).encode()
    if number in (11, 12):  # the same message twice, in the same second
        return message("a@elsewhere.test", "b@elsewhere.test", f"twice in {len(folder)}", "x\r\n").encode()
    if number == 13:
        return b"no header at all\r\n\xff\xfe\x80 and 8 bit\r\n\r\n"
    return message("a@elsewhere.test", "b@elsewhere.test", f"number {number} in {len(folder)}", "text\r\n" * (number % 50)).encode()


def name_here(name):
    """What the mailbox is called here: no name may hold wildcards."""
    return name.replace("%", "_").replace("*", "_")


def fill(source, folders, prefix="", first=0):
    with source.session(None) as client:
        for folder, count in folders.items():
            name = folder if folder == "INBOX" else prefix + folder
            if folder not in ("INBOX", "Sent") and first == 0:
                expect(client.create(quoted(name)))
            for number in range(first, first + count):
                when = 1_600_000_000 + DAY * (11 if number == 12 else number)
                date = time.strftime('"%d-%b-%Y %H:%M:%S +0000"', time.gmtime(when))
                expect(client.append(quoted(name), FLAGS[number % len(FLAGS)], date, octets(folder, number)))
            if folder in SUBSCRIBED:
                expect(client.subscribe(quoted(name)))


def contents(client):
    """wire name -> [(octets, flags, date)] in the order of UIDs, and the subscriptions."""
    found = {}
    for quoted_name, atom in mailbox_names(client):
        name = (quoted_name or atom).decode()
        expect(client.select(f'"{name}"', readonly=True))
        mails = []
        for part in expect(client.uid("FETCH", "1:*", "(FLAGS INTERNALDATE BODY.PEEK[])")):
            if isinstance(part, tuple):
                flags = sorted(f.decode() for f in imaplib.ParseFlags(part[0]) if f != b"\\Recent")
                mails.append((part[1], flags, time.mktime(imaplib.Internaldate2tuple(part[0]))))
        found[name] = mails
    subscribed = {re.search(rb'\) (?:"."|NIL) (?:"(.*)"|(\S+))$', line).group(1, 2) for line in expect(client.lsub()) if line and b"\\Noselect" not in line}
    return found, {(a or b).decode() for a, b in subscribed}


def assert_same(ours, theirs):
    """What is there is here, in the same order; here may be more mailboxes, without mail."""
    for name, mails in theirs.items():
        here = ours.get(name)
        assert here is not None, f"{name} is missing: {sorted(ours)}"
        if here != mails:
            at = next((n for n, (a, b) in enumerate(zip(here, mails)) if a != b), min(len(here), len(mails)))
            show = lambda row: row[at:at + 1] and (row[at][0][:200], *row[at][1:])
            raise AssertionError(f"{name}: {len(here)} and {len(mails)} messages; message {at} is {show(here)} and was {show(mails)}")
    more = {name: len(mails) for name, mails in ours.items() if mails and name not in theirs}
    assert not more, f"nobody sent this: {more}"


class Import:
    """The command for one mailbox and one source."""

    def __init__(self, rig, address, source, *options):
        self.rig, self.source = rig, source
        self.address = address
        self.others = set(self.journals())
        self.options = ["--host", "localhost", "--port", str(source.port), "--user", source.USER, "--password-file", rig.path("import-password", source.PASSWORD + "\n"),
                        "--ca-file", source.certificate, *options]

    def words(self, *more):
        return ["import", "imap", self.address, *self.options, *more]

    def run(self, *more, status=0):
        done = self.rig.admin(*self.words(*more), check=False, timeout=120)
        assert done.returncode == status, f"{done.returncode} and not {status}:\n{done.stdout}"
        return done.stdout

    def compare(self, rename=name_here):
        with imap(self.rig, self.address, None) as client, self.source.session(None) as other:
            (ours, here), (theirs, there) = contents(client), contents(other)
        assert_same(ours, {rename(name): mails for name, mails in theirs.items()})
        missing = {rename(name) for name in there} - here
        assert not missing, f"not subscribed here: {missing}"
        return ours

    def journals(self):
        return glob.glob(self.rig.folder + "/data/imports/*.journal")

    def journal(self):
        return next((path for path in self.journals() if path not in self.others), None)

    def copied(self):
        path = self.journal()
        if not path:
            return 0
        with open(path, "rb") as lines:
            return lines.read().count(b"\nmsg ")


def whole_account(rig, address):
    with Dovecot() as source:
        fill(source, FOLDERS)
        run = Import(rig, address, source)
        planned = run.run("--dry-run")
        assert "INBOX: 220 messages to copy" in planned and "Work/Projects/2026: 60 messages to copy" in planned, planned
        assert run.copied() == 0
        said = run.run()
        assert re.search(r"^imported 360 messages, .*; 0 were here already$", said, re.M), said
        run.compare()
        before = modseqs(rig, address)
        said = run.run()
        assert re.search(r"^imported 0 messages, .*; 360 were here already$", said, re.M), said
        assert modseqs(rig, address) == before, "a second run changed something"
        # Later mail, in old folders and a new one; flags that changed there are not news.
        fill(source, {"INBOX": 3, "\u00c4pfel & Birnen": 2}, first=300)
        fill(source, {"New one": 2})
        said = run.run()
        assert re.search(r"^imported 7 messages, .*; 360 were here already$", said, re.M), said
        ours = run.compare()
        assert len(ours["INBOX"]) == 223 and len(ours["New one"]) == 2
        # What was deleted here stays away.
        with imap(rig, address) as client:
            expect(client.store("1:5", "+FLAGS", "(\\Deleted)"))
            expect(client.expunge())
        assert re.search(r"^imported 0 messages", run.run(), re.M)
        # The source counts anew: nobody can know, so nothing is copied, and that is told.
        with source.session(None) as client:
            expect(client.delete(quoted("New one")))
        time.sleep(1.1)  # Dovecot makes UIDVALIDITY of the time
        fill(source, {"New one": 2})
        said = run.run(status=3)
        assert "New one: the source has numbered its messages anew" in said, said


def killed(rig, address):
    """kill -9 at several places, and a journal that a power failure shortened: nothing is lost, nothing comes twice."""
    with Dovecot() as source:
        fill(source, FOLDERS)
        run = Import(rig, address, source)
        hit = 0
        for stop in (1, 60, 150, 230, 300):
            child = subprocess.Popen([r.program("posthorn"), "--config", rig.config, *run.words()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
            try:
                end = time.monotonic() + 60
                while child.poll() is None and run.copied() < stop:
                    assert time.monotonic() < end, "the import does not get on"
                hit += child.poll() is None
            finally:
                child.kill()
                child.wait()
            if stop == 150:
                with open(run.journal(), "rb+") as file:
                    text = file.read()
                    file.truncate(text.rstrip(b"\n").rfind(b"\nmsg ", 0, len(text) - 40) + 6)  # some lines, and a piece of one
        assert hit >= 3, f"only {hit} of 5 imports were killed on their way"
        assert 0 < run.copied() < 360, run.copied()
        run.run()
        run.compare()
        assert re.search(r"^imported 0 messages", run.run(), re.M)


def another_hierarchy(rig, address):
    """A server whose folders are below INBOX and whose separator is a dot; STARTTLS; some folders only."""
    folders = {"INBOX": 3, "Sent": 2, "Work": 2, "Work.Deep.Deeper": 2, "Other": 1, "Other.Below": 1}
    with Dovecot(separator=".", prefix="INBOX.") as source:
        fill(source, folders, "INBOX.")
        run = Import(rig, address, source, "--tls", "starttls", "--port", str(source.clear_port))
        del run.options[2:4]  # the other port
        said = run.run("--folder", "INBOX.Work")
        assert re.search(r"^imported 2 messages", said, re.M) and "INBOX.Work -> Work" in said, said
        assert re.search(r"^imported 7 messages, .*; 2 were here already", run.run("--exclude", "INBOX.Other"), re.M)
        assert re.search(r"^imported 2 messages, .*; 9 were here already", run.run(), re.M)
        run.compare(lambda name: name if name == "INBOX" else name.removeprefix("INBOX.").replace(".", "/"))


def refusals(rig, address):
    with Dovecot() as source:
        fill(source, {"INBOX": 1})
        run = Import(rig, address, source)

        def refused(*words, change=None):
            kept = list(run.options)
            for option, value in (change or {}).items():
                at = run.options.index(option)
                run.options[at:at + 2] = [option, value] if value is not None else []
            said = run.run(*words, status=1)
            run.options = kept
            assert len(said.strip().splitlines()) == 1 and said.startswith("posthorn: "), f"not one clear line: {said}"
            return said

        texts = {
            "wrong password": refused(change={"--password-file": rig.path("wrong-password", "guess\n")}),
            "no such host": refused(change={"--host": "no-such-host.invalid"}),
            "nobody listens": refused(change={"--port": str(r.free_ports(1)[0])}),
            "certificate of nobody we know": refused(change={"--ca-file": None}),
            "certificate for another name": refused(change={"--host": "127.0.0.1"}),
            "no TLS there": refused(change={"--port": str(source.clear_port)}),
            "no such file": refused(change={"--ca-file": "/nonexistent/ca.pem"}),
            "no such folder": refused("--folder", "Nowhere"),
        }
        for what, text in texts.items():
            print(f"     {what}: {text.strip()}")
        wanted = {"wrong password": "[Aa]uthentication failed", "no such host": "no-such-host.invalid|no such host", "nobody listens": "refused",
                  "certificate of nobody we know": "certificate", "certificate for another name": "certificate|name", "no TLS there": "TLS",
                  "no such file": "/nonexistent/ca.pem", "no such folder": "no mailbox 'Nowhere'"}
        for what, pattern in wanted.items():
            assert re.search(pattern, texts[what]), f"{what}: {texts[what]}"
        unknown = rig.admin("import", "imap", "nobody@" + r.DOMAIN, *run.options, check=False)
        assert unknown.returncode == 1 and "nobody@" in unknown.stdout, unknown.stdout
        assert "imported 1 messages" in run.run("--any-certificate"), "after all refusals it still works"


if __name__ == "__main__":
    if not available():
        print(f"skipped: {PROGRAM} or its imap is missing (Debian: dovecot-imapd)")
        sys.exit(77)
    sys.exit(r.main([whole_account, killed, another_hierarchy, refusals]))
