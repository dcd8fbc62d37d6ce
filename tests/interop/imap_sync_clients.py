#!/usr/bin/env python3
"""Clients that keep a copy and bring it up to date, over IMAP: mbsync, offlineimap, getmail6, neomutt with its header cache."""
import os
import re
import sys

import rig as r
from mail import append, getmail, imap, mbsync_account, message
from synced import assert_alike, expect, file_of, in_maildirs, listing, modseqs, on_server, put, quoted, set_flags, subjects, utf7

NESTED = "Work/\u00c4pfel & Birnen"


def furnish(rig, address):
    """INBOX with flags, and a nested mailbox with a name in UTF-8."""
    append(rig, address, 4)
    with imap(rig, address) as client:
        expect(client.store("1", "+FLAGS", "(\\Seen \\Answered)"))
        expect(client.store("2", "+FLAGS", "(\\Flagged)"))
        expect(client.create(quoted(NESTED)))
        # Longer than one read, with lines that begin with dots and "From ".
        body = ".dot\r\nFrom here\r\n" + "x" * 70 + "\r\n" + ("y" * 76 + "\r\n") * 3000
        expect(client.append(quoted(NESTED), "\\Draft", None, message(address, address, "nested", body).encode()))


def change_both_sides(rig, address, inbox, local_folder):
    """Each side adds, flags and deletes; both flag the same message."""
    put(inbox, message(address, address, "local", "x\r\n").encode(), "1.local", "FS")
    set_flags(file_of(inbox, "number 0"), "FRS")
    os.remove(file_of(inbox, "number 1"))
    set_flags(file_of(inbox, "number 3"), "F")
    put(local_folder, message(address, address, "in a local folder", "x\r\n").encode(), "2.local", "S")
    with imap(rig, address) as client:
        expect(client.append("INBOX", "\\Seen", None, message(address, address, "remote", "x\r\n").encode()))
        expect(client.store("3", "+FLAGS", "(\\Deleted)"))  # number 2
        expect(client.store("4", "+FLAGS", "(\\Answered)"))
        expect(client.expunge())
        expect(client.create("Remote"))
        expect(client.append("Remote", "", None, message(address, address, "in a remote folder", "x\r\n").encode()))


def expected_after_changes(folder_of):
    """What both sides hold then: (subject, flags) of each mailbox."""
    return {folder_of("INBOX"): [("local", "FS"), ("number 0", "FRS"), ("number 3", "FR"), ("remote", "S")], folder_of("Local"): [("in a local folder", "S")],
            folder_of("Remote"): [("in a remote folder", "")], folder_of(utf7(NESTED)): [("nested", "D")]}


def short(mailboxes):
    return {name: [mail[:2] for mail in mails] for name, mails in mailboxes.items()}


def mbsync_both_ways(rig, address):
    furnish(rig, address)
    home, config = mbsync_account(rig, address, "mbsync-both")
    sync = lambda: r.run(["mbsync", "-Dn", "-c", config, "-a"]).stdout
    sync()
    here = lambda: in_maildirs(home + "/md")
    assert_alike(here(), on_server(rig, address), "the first run")
    change_both_sides(rig, address, home + "/md/INBOX", home + "/md/Local")
    said = sync()
    assert re.search(r"\[APPENDUID \d+ \d+\]", said), said[-3000:]
    assert "UID SEARCH" not in said and "X-TUID" not in re.sub(r"^X-TUID: .*$", "", said, flags=re.M), "mbsync looked for what APPENDUID had told"
    assert_alike(here(), on_server(rig, address), "the second run")
    assert short(here()) == expected_after_changes(str), short(here())
    before = listing(home + "/md"), modseqs(rig, address)
    said = sync()
    assert not re.search(r"\d+ (UID )?(STORE|APPEND|EXPUNGE|COPY|MOVE) ", said), said[-3000:]
    assert before == (listing(home + "/md"), modseqs(rig, address)), "a run with nothing to do changed something"


def mbsync_uid_validity(rig, address):
    """A mailbox that was made anew has another UIDVALIDITY: mbsync must not take the old UIDs for the new messages."""
    with imap(rig, address) as client:
        expect(client.create("Box"))
    append(rig, address, 3, "Box")
    home, config = mbsync_account(rig, address, "mbsync-validity")
    r.run(["mbsync", "-c", config, "-a"])
    before = in_maildirs(home + "/md")
    assert subjects(before["Box"]) == ["number 0", "number 1", "number 2"], before
    with imap(rig, address) as client:
        expect(client.delete("Box"))
        expect(client.create("Box"))
        for name in ("other", "another", "third"):
            expect(client.append("Box", "", None, message(address, address, name, "x\r\n").encode()))
    done = r.run(["mbsync", "-c", config, "-a"], check=False)
    assert done.returncode != 0 and "UIDVALIDITY" in done.stdout, done.stdout
    assert in_maildirs(home + "/md") == before, "mail got lost with the UIDVALIDITY"
    assert subjects(on_server(rig, address)["Box"]) == ["another", "other", "third"]


def offlineimap_both_ways(rig, address):
    furnish(rig, address)
    home = rig.path("offlineimap")
    os.makedirs(home + "/md")
    config = rig.path("offlineimap/rc", f"""[general]
accounts = a
metadata = {home}/state
socktimeout = 30
[Account a]
localrepository = here
remoterepository = there
[Repository here]
type = Maildir
localfolders = {home}/md
sep = /
[Repository there]
type = IMAP
remotehost = localhost
remoteport = {rig.ports['imaps']}
remoteuser = {address}
remotepass = {r.PASSWORD}
ssl = yes
sslcacertfile = {rig.certificate}
expunge = yes
""")
    sync = lambda: r.run(["offlineimap", "-c", config, "-o", "-u", "basic", "-d", "imap"], timeout=120, env=dict(os.environ, HOME=home)).stdout
    sync()
    here = lambda: in_maildirs(home + "/md")
    assert_alike(here(), on_server(rig, address), "the first run")
    change_both_sides(rig, address, home + "/md/INBOX", home + "/md/Local")
    said = sync()
    assert "APPENDUID" in said, said[-3000:]
    assert_alike(here(), on_server(rig, address), "the second run")
    assert short(here()) == expected_after_changes(str), short(here())
    before = listing(home + "/md"), modseqs(rig, address)
    sync()
    assert before == (listing(home + "/md"), modseqs(rig, address)), "a run with nothing to do changed something"


def getmail_imap(rig, address):
    append(rig, address, 3)
    with imap(rig, address) as client:
        expect(client.create("Work"))
        expect(client.append("Work", "", None, message(address, address, "from Work", "x\r\n").encode()))
    home, get = getmail(rig, address, "getmail-imap", "SimpleIMAPSSLRetriever", rig.ports["imaps"], 'mailboxes = ("INBOX", "Work")\n')
    names = lambda: subjects(in_maildirs(home)["md"])
    get()
    assert names() == ["from Work", "number 0", "number 1", "number 2"], names()
    append(rig, address, 1)
    get()
    assert names() == ["from Work", "number 0", "number 0", "number 1", "number 2"], "what was fetched before came again"
    with open(home + "/getmailrc") as text:
        changed = text.read().replace("delete = false", "delete = true")
    rig.path("getmail-imap/getmailrc", changed)
    get()
    assert len(names()) == 5 and on_server(rig, address) == {}, "getmail did not delete what it had fetched"


class Neomutt:
    """neomutt in a terminal of its own, with a log of what it says to the server."""

    def __init__(self, rig, address, name):
        self.home = rig.path(name)
        os.makedirs(self.home + "/cache", exist_ok=True)
        rig.path(name + "/muttrc", f"""
set imap_user="{address}" imap_pass="{r.PASSWORD}" ssl_force_tls=yes certificate_file="{rig.certificate}"
set folder="imaps://localhost:{rig.ports['imaps']}/" spoolfile="+INBOX" record="" confirmappend=no delete=yes quit=yes
set header_cache="{self.home}/cache" imap_condstore=yes imap_qresync=yes sort=threads ascii_chars=yes
set sleep_time=0 mail_check=0 wait_key=no index_format="%Z %s"
""")
        self.tmux = ["tmux", "-S", self.home + "/tmux"]
        self.environment = dict(os.environ, HOME=self.home, TERM="xterm", LC_ALL="C.UTF-8")

    def __enter__(self):
        r.run([*self.tmux, "new-session", "-d", "-x", "100", "-y", "30", f"neomutt -n -F {self.home}/muttrc -d 3 -l {self.home}/debug"], env=self.environment)
        return self

    def __exit__(self, *_):
        r.run([*self.tmux, "kill-server"], check=False, env=self.environment)

    def screen(self):
        return r.run([*self.tmux, "capture-pane", "-p"], check=False, env=self.environment).stdout

    def keys(self, *keys):
        r.run([*self.tmux, "send-keys", *keys], env=self.environment)

    def shows(self, *texts):
        """Waits until all of them are on the screen, and returns it."""
        try:
            return r.until(lambda: (s := self.screen()) and all(t in s for t in texts) and s, 20, f"{texts} on neomutt's screen")
        except AssertionError as late:
            raise AssertionError(f"{late}:\n{self.screen()}") from None

    def quit(self):
        self.keys("q")
        r.until(lambda: r.run([*self.tmux, "has-session"], check=False, env=self.environment).returncode != 0, 20, "neomutt's end")
        with open(self.home + "/debug0", errors="replace") as text:  # 1, 2, ... are those of earlier runs
            return text.read()


def neomutt_cache(rig, address):
    """Threads, flags and deletions; then a second visit that fetches by QRESYNC what others changed meanwhile."""
    mail = lambda subject, number, parent="": message(address, address, subject, "x\r\n").replace(
        "Message-ID: <", f"{parent and f'In-Reply-To: <{parent}@test>' + chr(13) + chr(10)}Message-ID: <{number}@test>\r\nX-Other: <").encode()
    with imap(rig, address) as client:
        for octets in (mail("apples", 1), mail("pears", 2), mail("cider", 3, 1), mail("plums", 4)):
            expect(client.append("INBOX", "", None, octets))
    neomutt = Neomutt(rig, address, "neomutt-cache")
    with neomutt:
        rows = neomutt.shows("plums").splitlines()
        row = lambda subject: next(place for place, text in enumerate(rows) if text.endswith(subject))
        assert row("`->cider") == row("apples") + 1, rows
        neomutt.keys("/", "~s pears", "Enter")
        neomutt.keys("F")
        neomutt.keys("/", "~s plums", "Enter")
        neomutt.keys("d")
        neomutt.keys("$")
        with imap(rig, address) as client:
            r.until(lambda: client.noop() and expect(client.search(None, "ALL")) == [b"1 2 3"], what="the deletion")
            assert expect(client.search(None, "FLAGGED", "SUBJECT", "pears")) == [b"2"]
        said = neomutt.quit()
        assert "ENABLE QRESYNC" in said, "neomutt did not enable QRESYNC"
    with imap(rig, address) as client:
        expect(client.store("2", "-FLAGS", "(\\Flagged)"))
        expect(client.store("1", "+FLAGS", "(\\Seen \\Answered)"))
        expect(client.append("INBOX", "", None, mail("cherries", 5)))
    with neomutt:
        rows = neomutt.shows("cherries").splitlines()
        assert not any("plums" in text for text in rows), rows
        assert "!" not in rows[row("pears")] and rows[row("apples")].split()[0] == "r", rows
        said = neomutt.quit()
    assert re.search(r"UID FETCH \S+ \(FLAGS\) \(CHANGEDSINCE \d+ VANISHED\)", said) and "QRESYNC failed" not in said, "neomutt did not resynchronise"
    assert re.findall(r"> a\d+ FETCH (\S+) \(UID FLAGS .* BODY\.PEEK\[HEADER", said) == ["4"], "neomutt fetched headers that it has"
    with imap(rig, address) as client:
        expect(client.store("1", "+FLAGS", "(\\Deleted)"))
        expect(client.expunge())
    with neomutt:
        rows = neomutt.shows("cherries", "cider", "pears").splitlines()
        assert not any("apples" in text for text in rows), rows
        assert "Handling VANISHED" in neomutt.quit(), "the server told the deletion in another way"


if __name__ == "__main__":
    sys.exit(r.main([mbsync_both_ways, mbsync_uid_validity, offlineimap_both_ways, getmail_imap, neomutt_cache]))
