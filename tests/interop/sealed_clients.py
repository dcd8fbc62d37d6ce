#!/usr/bin/env python3
"""Real clients see no difference between a sealed and a plain mailbox: the same actions in both, and everything that comes back compared.

`--plain` leaves both mailboxes plain.
"""
import base64
import contextlib
import glob
import imaplib
import os
import poplib
import re
import smtplib
import sys

import rig as r
from mail import imap, insecure, mbsync_account

PLAIN_USER, SEALED_USER = "alpha", "omega"  # names of one length: sizes are to be equal
PLAIN = "--plain" in sys.argv
PHOTO = base64.encodebytes(bytes(range(256)) * 800).replace(b"\n", b"\r\n")
MESSAGES = [
    b"From: Ann <ann@example.net>\r\nTo: Reader <reader@example.net>\r\nSubject: lunch on friday\r\nDate: Thu, 01 Jan 2026 10:00:00 +0100\r\n"
    b"Message-ID: <1@example.net>\r\n\r\nThe kestrel flies over the meadow.\r\n.a line with a dot\r\n",
    "From: Jörg <joerg@example.net>\r\nTo: reader@example.net\r\nSubject: =?utf-8?q?Pr=C3=BCfung?=\r\nDate: Fri, 02 Jan 2026 11:00:00 +0100\r\n"
    "Message-ID: <2@example.net>\r\nIn-Reply-To: <1@example.net>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\nGrüße aus dem Süden.\r\n".encode(),
    b"From: cam@example.net\r\nTo: reader@example.net\r\nCc: ann@example.net\r\nSubject: a photo\r\nDate: Sat, 03 Jan 2026 12:00:00 +0100\r\n"
    b"Message-ID: <3@example.net>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\nA preamble.\r\n--=_b\r\n"
    b"Content-Type: text/html; charset=us-ascii\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>Look at this kes=\r\ntrel</p>\r\n"
    b"--=_b\r\nContent-Type: image/png; name=p.png\r\nContent-Disposition: attachment; filename=p.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + PHOTO + b"--=_b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inside\r\n\r\nan inner text\r\n--=_b--\r\n",
    b"Subject: long\r\nMessage-ID: <4@example.net>\r\n\r\n" + b"".join(b"line %06d of a long message, heron\r\n" % n for n in range(20_000)),
    b"Subject: empty\r\n\r\n",
    b"no header at all",
]


def mask(text, user):
    """What may differ: the name, numbers that are given once, times, traces."""
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogateescape")
    text = text.replace(user.encode(), b"USER")
    text = text.replace(base64.b64encode(user.encode()), b"USER64")
    text = re.sub(rb"(UIDVALIDITY|APPENDUID|COPYUID) \d+", rb"\1 N", text)
    text = re.sub(rb"(?m)^(\d+ )?\d{9,10}\.(\d+)\r?$", rb"\1N.\2", text)  # UIDL
    text = re.sub(rb"\tid [a-z0-9]{16}(?=\r?\n)", b"\tid ID", text)
    text = re.sub(rb"MAILBOXID \(m[0-9a-f]{16}-", b"MAILBOXID (mACCOUNT-", text)
    text = re.sub(rb"(?m)^X-TUID: \S+", b"X-TUID: T", text)  # of mbsync
    text = re.sub(rb"\t\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000", b"\tDATE", text)
    return re.sub(rb'INTERNALDATE "[^"]*"', b'INTERNALDATE "DATE"', text)


class Seen:
    """What one side saw, step by step."""

    def __init__(self, user):
        self.user, self.steps = user, []

    def note(self, step, said):
        """Takes text, octets and what the modules of Python return."""
        if isinstance(said, dict):
            said = sorted(said.items())
        if isinstance(said, (list, tuple)):
            said = b"\n".join(b"(" + self.octets(part) + b")" for part in said)
        self.steps.append((step, mask(self.octets(said), self.user)))

    def octets(self, said):
        if isinstance(said, bytes):
            return said
        if isinstance(said, (list, tuple)):
            return b"|".join(self.octets(part) for part in said)
        return str(said).encode("utf-8", "surrogateescape")


def address(user):
    return f"{user}@{r.DOMAIN}"


def deliver(rig, seen):
    """One message by each way in."""
    for way, kind in (("mx", smtplib.SMTP), ("lmtp", smtplib.LMTP)):
        with kind("127.0.0.1", rig.ports[way], timeout=20) as client:
            seen.note(f"{way} delivers", client.sendmail("a@elsewhere.test", [address(seen.user)], MESSAGES[0].replace(b"lunch", way.encode())))
    with smtplib.SMTP_SSL("127.0.0.1", rig.ports["submissions"], context=insecure(), timeout=20) as client:
        client.login(address(seen.user), r.PASSWORD)
        # The author is an alias of both: a login sends in nobody else's name.
        message = MESSAGES[1].replace(b"joerg@example.net", address("joerg").encode())
        seen.note("submission delivers", client.sendmail(address(seen.user), [address(seen.user)], message))
    with imap(rig, address(seen.user)) as client:
        r.until(lambda: client.noop() and client.select()[1] == [b"3"], what="three deliveries")


FETCHES = ["(UID FLAGS RFC822.SIZE INTERNALDATE)", "(ENVELOPE)", "(BODYSTRUCTURE)", "(BODY)", "FAST", "FULL", "(BODY.PEEK[])", "(BODY.PEEK[HEADER])",
           "(BODY.PEEK[TEXT])", "(BODY.PEEK[1])", "(BODY.PEEK[1.MIME])", "(BODY.PEEK[2]<1000.77>)", "(BODY.PEEK[3.HEADER])", "(BODY.PEEK[3.TEXT])",
           "(BODY.PEEK[]<0.10>)", "(BODY.PEEK[]<65530.20>)", "(BODY.PEEK[]<131000.65600>)", "(BODY.PEEK[]<99999999.5>)",
           "(BODY.PEEK[HEADER.FIELDS (SUBJECT MESSAGE-ID)])", "(BODY.PEEK[HEADER.FIELDS.NOT (RECEIVED)])", "(RFC822.HEADER)", "(BODY.PEEK[9])"]
SEARCHES = ["TEXT kestrel", "BODY kestrel", "BODY kestre", "TEXT KESTREL", "SUBJECT photo", "SUBJECT nowhere", "TEXT heron", "BODY \"an inner text\"",
            "TEXT p.png", "FROM ann", "TO reader", "CC ann", "HEADER Message-ID 3@example", "HEADER In-Reply-To \"\"", "SENTSINCE 2-Jan-2026",
            "LARGER 100000", "SMALLER 100", "NOT TEXT kestrel", "OR SUBJECT lunch BODY heron", "UNSEEN", "FLAGGED", "KEYWORD $Label1", "UID 2:3",
            "SEEN TEXT kestrel", "ALL", "TEXT \"line 019999\""]


def python_imaplib(rig, seen):
    with imap(rig, address(seen.user), mailbox=None) as client:
        seen.note("capability", client.capability())
        seen.note("select", client.select())
        for name in ("FLAGS", "PERMANENTFLAGS", "UIDNEXT", "UNSEEN", "RECENT"):
            seen.note(name, client.response(name))
        for number, text in enumerate(MESSAGES):
            seen.note(f"append {number}", client.append("INBOX", "\\Seen $Label1" if number % 2 else None, '"05-Feb-2026 10:11:12 +0000"', text))
            last = client.select()[1][0].decode()
            for way in ("", " once more"):
                assert client.fetch(last, "(BODY.PEEK[])")[1][0][1] == text, f"message {number} came back changed{way}"
        for _ in range(2):  # as it is first read, and as it is remembered
            for items in FETCHES:
                seen.note("fetch " + items, client.fetch("1:*", items))
            for what in SEARCHES:
                seen.note("search " + what, client.search(None, what))
        for word in ("Grüße", "Prüfung"):
            client.literal = word.encode()
            seen.note("search in UTF-8", client.search("UTF-8", "TEXT"))
        changes(client, seen)


def changes(client, seen):
    """Flags, copies and moves between mailboxes, and the end of messages."""
    seen.note("store", client.store("1:3", "+FLAGS", "(\\Flagged $Forwarded)"))
    seen.note("store silent", client.store("2", "-FLAGS.SILENT", "(\\Flagged)"))
    seen.note("a body sets seen", client.fetch("4", "(FLAGS BODY[1])"))
    seen.note("and it is", client.fetch("1:*", "(FLAGS)"))
    seen.note("create", client.create("work/old"))
    seen.note("copy", client.copy("2:5", "work/old"))
    seen.note("uid copy", client.uid("COPY", "1,9", "Archive"))
    seen.note("uid move", client.uid("MOVE", "6", "work/old"))
    seen.note("status", client.status("work/old", "(MESSAGES UIDNEXT UNSEEN SIZE)"))
    seen.note("delete", client.store("1,3", "+FLAGS", "(\\Deleted)"))
    seen.note("uid expunge", client.uid("EXPUNGE", "1"))
    seen.note("expunge", client.expunge())
    seen.note("what stays", client.fetch("1:*", "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
    seen.note("rename", client.rename("work", "rest"))
    seen.note("list", client.list())
    seen.note("lsub", client.lsub())
    seen.note("select another", client.select("rest/old"))
    for items in FETCHES:
        seen.note("there: fetch " + items, client.fetch("1:*", items))
    for what in SEARCHES:
        seen.note("there: search " + what, client.search(None, what))
    seen.note("back", client.copy("1:*", "INBOX"))
    seen.note("to an absent one", client.copy("1", "nowhere"))
    seen.note("a wrong section", outcome(lambda: client.fetch("1", "(BODY[1.HEADER.)")))
    seen.note("close", client.close())
    seen.note("drop", client.delete("rest/old"))
    seen.note("list", client.list())


def outcome(action):
    try:
        return action()
    except (imaplib.IMAP4.error, poplib.error_proto) as error:
        return str(error)


def python_poplib(rig, seen):
    @contextlib.contextmanager
    def session():
        client = poplib.POP3_SSL("127.0.0.1", rig.ports["pop3s"], context=insecure(), timeout=20)
        client.user(address(seen.user))
        client.pass_(r.PASSWORD)
        yield client
        client.quit()

    with session() as client:
        seen.note("capa", client.capa())
        count = client.stat()[0]
        seen.note("stat", client.stat())
        seen.note("list", client.list()[1])
        seen.note("uidl", b"\n".join(client.uidl()[1]))
        for number in range(1, count + 2):
            seen.note(f"retr {number}", outcome(lambda: b"\r\n".join(client.retr(number)[1])))
            for lines in (0, 3, 100_000):
                seen.note(f"top {number} {lines}", outcome(lambda: b"\r\n".join(client.top(number, lines)[1])))
        seen.note("dele", client.dele(1))
        seen.note("dele", client.dele(count))
    with session() as client:
        seen.note("stat", client.stat())
        seen.note("uidl", b"\n".join(client.uidl()[1]))


def curl(rig, seen):
    """The messages as curl gets them, whole and in parts."""
    login = ["curl", "-sS", "-k", "-u", f"{address(seen.user)}:{r.PASSWORD}"]
    imaps, pop3s = f"imaps://localhost:{rig.ports['imaps']}", f"pop3s://localhost:{rig.ports['pop3s']}"
    seen.note("imap list", r.run([*login, imaps + "/"]).stdout)
    seen.note("imap search", r.run([*login, imaps + "/INBOX?TEXT%20heron"]).stdout)
    for index in (1, 2, 3, 4):
        seen.note(f"imap {index}", r.run([*login, f"{imaps}/INBOX;MAILINDEX={index}"], check=False).stdout)
        seen.note(f"imap {index} in part", r.run([*login, f"{imaps}/INBOX;MAILINDEX={index}/;SECTION=1;PARTIAL=5.30"], check=False).stdout)
        seen.note(f"pop3 {index}", r.run([*login, f"{pop3s}/{index}"], check=False).stdout)
    path = rig.path("curl.eml", "Subject: by curl\r\n\r\nan egret\r\n")
    seen.note("imap append", r.run([*login, imaps + "/INBOX", "-T", path]).stdout)
    seen.note("imap search again", r.run([*login, imaps + "/INBOX?BODY%20egret"]).stdout)
    seen.note("pop3 list", r.run([*login, pop3s + "/"]).stdout)


def mbsync(rig, seen):
    """A Maildir in both directions."""
    home, config = mbsync_account(rig, address(seen.user), "mbsync-" + seen.user)

    def note(step):
        r.run(["mbsync", "-c", config, "-a"])
        mails = []
        for path in glob.glob(home + "/md/*/[cn]*/*"):
            folder, state, name = path.rsplit("/", 3)[1:]
            with open(path, "rb") as mail:
                mails.append((folder, state, name.rsplit(":", 1)[-1] if ":" in name else "", mask(mail.read(), seen.user)))
        seen.note(step, sorted(mails))

    note("first run")
    with open(home + "/md/INBOX/new/1.local", "w") as out:
        out.write("Subject: from the Maildir\n\na bittern\n")
    number = lambda path: int((re.findall(r",U=(\d+)", path) or [0])[0])
    mail = max(glob.glob(home + "/md/INBOX/new/*") + glob.glob(home + "/md/INBOX/cur/*"), key=number)
    os.rename(mail, mail.replace("/new/", "/cur/").split(":")[0] + ":2,FS")
    note("second run")
    with imap(rig, address(seen.user)) as client:
        seen.note("its message", client.search(None, "BODY bittern FLAGGED"))
        seen.note("all messages", client.fetch("1:*", "(FLAGS RFC822.SIZE)"))
        client.store("1", "+FLAGS", "\\Deleted")
        client.expunge()
    note("third run")


def neomutt(rig, seen):
    """Its index, a message on the screen, and a search in bodies."""
    folder = rig.path("mutt-" + seen.user)
    muttrc = rig.path(f"mutt-{seen.user}/muttrc", f"""
set imap_user="{address(seen.user)}" imap_pass="{r.PASSWORD}" ssl_force_tls=yes certificate_file="{rig.certificate}"
set folder="imaps://localhost:{rig.ports['imaps']}/" spoolfile="+INBOX" record="" confirmappend=no delete=yes quit=yes
set header_cache="" sleep_time=0 mail_check=0 wait_key=no sort=mailbox-order index_format="%3C %Z %c %s" pager_stop=yes
set status_format="%m messages"
""")
    tmux = ["tmux", "-S", os.path.join(folder, "tmux")]
    environment = dict(os.environ, HOME=folder, TERM="xterm", LC_ALL="C.UTF-8")
    screen = lambda: r.run([*tmux, "capture-pane", "-p"], check=False, env=environment).stdout
    keys = lambda *what: r.run([*tmux, "send-keys", *what], env=environment)
    r.run([*tmux, "new-session", "-d", "-x", "100", "-y", "40", f"neomutt -n -F {muttrc}"], env=environment)
    try:
        r.until(lambda: "bittern" in screen() or "from the Maildir" in screen(), what="neomutt's index")
        seen.note("index", screen())
        keys("l", "~b egret", "Enter")
        r.until(lambda: "by curl" in screen() and "from the Maildir" not in screen(), what="the messages with a word in the body")
        keys("Enter")
        r.until(lambda: "an egret" in screen(), what="the text on the screen")
        seen.note("message", screen())
    finally:
        r.run([*tmux, "kill-server"], check=False, env=environment)


def compare(plain, sealed):
    """The steps of both sides in pairs; returns how many differ."""
    wrong = 0
    assert len(plain.steps) == len(sealed.steps)
    for (step, ours), (same, theirs) in zip(plain.steps, sealed.steps):
        assert step == same
        if ours == theirs:
            continue
        wrong += 1
        at = next((n for n, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
        near = slice(max(0, at - 60), at + 100)
        print(f"     {step} differs at octet {at}:\n       plain  ...{ours[near]!r}\n       sealed ...{theirs[near]!r}")
    return wrong


def begin_alike(rig, user):
    """One message in each INBOX, the note about the sealing or another, and away with it."""
    with imap(rig, address(user)) as client:
        if client.select("INBOX")[1] == [b"0"]:
            client.append("INBOX", None, None, b"Subject: first\r\n\r\n")
            client.select("INBOX")
        client.store("1", "+FLAGS", "(\\Deleted)")
        client.expunge()


def main():
    passed = failed = 0
    with r.Rig(extra="password.scram_opens_sealed = true\n", users=(PLAIN_USER, SEALED_USER)) as rig:
        rig.admin("alias", "add", address("joerg"), address(PLAIN_USER), address(SEALED_USER))
        if not PLAIN:
            rig.admin("mailbox", "encrypt", address(SEALED_USER))
        rig.start()
        for user in (PLAIN_USER, SEALED_USER):
            begin_alike(rig, user)
        for test in (deliver, python_imaplib, python_poplib, curl, mbsync, neomutt):  # each goes on with what the last one left
            sides = [Seen(PLAIN_USER), Seen(SEALED_USER)]
            try:
                for seen in sides:
                    test(rig, seen)
                assert sides[0].steps, "nothing was seen"
                wrong = compare(*sides)
                assert wrong == 0, f"{wrong} of {len(sides[0].steps)} steps differ"
                passed += 1
                print(f"ok   {test.__name__}: {len(sides[0].steps)} steps, {sum(len(said) for _, said in sides[0].steps)} octets", flush=True)
            except Exception as error:  # noqa: BLE001: a test may fail in any way; the next ones still run
                failed += 1
                print(f"FAIL {test.__name__}: {type(error).__name__}: {error}\n{rig.log()}", flush=True)
        return r.finish(rig, passed, failed)


if __name__ == "__main__":
    sys.exit(main())
