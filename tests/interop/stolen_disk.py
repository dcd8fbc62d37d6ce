#!/usr/bin/env python3
"""Steal the disk: after a day of use no word of sealed mail, no password and no token is in any octet of the data directory.

Two mailboxes are sealed from their first day, one in the middle of it, one stays plain: its words must be found, or the search is
worth nothing. The disk is stolen twice: at the moment of a SIGKILL under load, and in the evening with the server stopped.
"""
import ctypes
import imaplib
import os
import poplib
import random
import re
import shutil
import signal
import smtplib
import sqlite3
import sys
import threading
import time

import rig as r
import sealed as s
from day_mail import Mail, Theft, Words, letters
from mail import insecure

# Whether the store removes what was erased from its files for good. With a store that does not, words of mail that was stored plain and
# then reprocessed may still lie in its log and free pages, and are only reported.
STORE_REMOVES_FOR_GOOD = True

SEALED, LATE, PLAIN = ("vera", "walt"), "mia", "paula"
EVERYBODY = (*SEALED, LATE, PLAIN)


def address(user):
    return f"{user}@{r.DOMAIN}"


class Day:
    def __init__(self, rig):
        self.rig = rig
        self.words = Words()
        self.passwords = {}
        self.late_is_sealed = False
        self.mails = {}  # number -> Mail
        self.expected = {user: set() for user in EVERYBODY}  # numbers of mail that was accepted and not removed
        self.filed = set()  # numbers that came by APPEND
        self.lock = threading.Lock()

    def secret(self):
        """A password; nothing of it may ever be on the disk."""
        word = letters(20)
        self.words.secrets.add(word)
        return word

    def kind(self, users):
        plain = [u for u in users if u == PLAIN]
        late = [u for u in users if u == LATE and not self.late_is_sealed]
        if not plain and not late:
            return "sealed"
        return "plain" if len(plain) == len(users) else "before" if late else "mixed"

    def mail(self, users, shape):
        mail = Mail(self.words, self.kind(users), shape)
        with self.lock:
            self.mails[mail.number] = mail
        return mail

    def accepted(self, mail, users):
        with self.lock:
            for user in users:
                self.expected[user].add(mail.number)

    def whose(self, word):
        """Shape, kind and place of a word, for a report."""
        return next(((m.shape, m.kind, place) for m in self.mails.values() for place, w in m.places.items() if w == word), None)

    def number_of(self, octets):
        found = re.search(rb"^X-Number: (\w+)", octets, re.M)
        return found.group(1).decode() if found else None

    def known(self, user):
        """The last message of many parts that this mailbox got in the post."""
        mine = [m for m in self.mails.values() if m.number in self.expected[user] - self.filed and m.shape == "mime"]
        return mine[-1]


class Watch:
    """Looks, while a process runs, for files that it has open for writing outside of the data directory and its log."""

    def __init__(self, rig, temporary):
        self.rig, self.seen, self.looks, self.running = rig, set(), 0, True
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.inotify = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self.inotify >= 0 and self.libc.inotify_add_watch(self.inotify, temporary.encode(), 0x100 | 0x2 | 0x80) >= 0  # create, modify, moved to
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        data = self.rig.folder + "/data/"
        while self.running:
            for child in list(self.rig.children.values()):
                folder = f"/proc/{child.pid}/fd"
                try:
                    for number in os.listdir(folder):
                        target = os.readlink(f"{folder}/{number}")
                        if not target.startswith("/") or target.startswith((data, "/dev/null", "/dev/urandom")) or target.endswith(".log"):
                            continue
                        with open(f"/proc/{child.pid}/fdinfo/{number}") as info:
                            flags = int(re.search(r"^flags:\s+(\d+)", info.read(), re.M).group(1), 8)
                        if flags & os.O_ACCMODE != os.O_RDONLY:
                            self.seen.add(target)
                    self.looks += 1
                except OSError:
                    pass  # closed meanwhile
            time.sleep(0.003)

    def close(self):
        """Names of all such files, and how often it was looked."""
        self.running = False
        self.thread.join(10)
        try:
            made = os.read(self.inotify, 65536)
            self.seen.add("in the temporary folder: " + repr(made[:200]))
        except BlockingIOError:
            pass
        os.close(self.inotify)
        return self.seen, self.looks


# --- mail comes in


def smtp(day, mail, users, port="mx"):
    with smtplib.SMTP("127.0.0.1", day.rig.ports[port], local_hostname=mail.helo, timeout=30) as client:
        client.sendmail(mail.envelope_sender, [address(u) for u in users], mail.octets)
    day.accepted(mail, users)


def lmtp(day, mail, users):
    with smtplib.LMTP("127.0.0.1", day.rig.ports["lmtp"], local_hostname=mail.helo) as client:
        client.ehlo_or_helo_if_needed()
        assert client.mail(mail.envelope_sender)[0] == 250
        assert client.rcpt("nobody-here@" + r.DOMAIN)[0] == 550
        assert [client.rcpt(address(u))[0] for u in users] == [250] * len(users)
        answers = [client.data(mail.octets)] + [client.getreply() for _ in users[1:]]
        assert [a[0] for a in answers] == [250] * len(users), answers
    day.accepted(mail, users)


def submit(day, sender, users):
    mail = day.mail(users, "small")
    with smtplib.SMTP_SSL("127.0.0.1", day.rig.ports["submissions"], local_hostname=mail.helo, context=insecure(), timeout=30) as client:
        client.login(address(sender), day.passwords[sender])
        octets = re.sub(rb"From: .*\r\n", f"From: \"{mail.word()}\" <{address(sender)}>\r\n".encode(), mail.octets, count=1)
        client.sendmail(address(sender), [address(u) for u in users], octets)
    day.accepted(mail, users)


def refused(day, user):
    """Messages that come in whole or in part and are not taken."""
    for _ in range(2):
        mail = day.mail([user], "big")
        with smtplib.SMTP("127.0.0.1", day.rig.ports["mx"], local_hostname=mail.helo, timeout=30) as client:
            hops = b"".join(b"Received: from %s by x; Thu, 01 Jan 2026 10:00:00 +0100\r\n" % day.words.new(mail.kind).encode() for _ in range(120))
            try:
                client.sendmail(mail.envelope_sender, [address(user)], hops + mail.octets)
                raise AssertionError("a loop was accepted")
            except smtplib.SMTPDataError as error:
                assert error.smtp_code == 554, error
    mail = day.mail([user], "huge")
    client = smtplib.SMTP("127.0.0.1", day.rig.ports["mx"], local_hostname=mail.helo, timeout=30)
    client.ehlo()
    client.mail(mail.envelope_sender)
    client.rcpt(address(user))
    assert client.docmd("DATA")[0] == 354
    client.send(mail.octets[:700_000])  # staged in the store by now
    time.sleep(0.2)
    client.sock.close()
    bare = day.mail([user], "small")
    with smtplib.SMTP("127.0.0.1", day.rig.ports["mx"], timeout=30) as client:
        client.ehlo(bare.helo)
        client.mail(bare.envelope_sender)
        client.rcpt(address(user))
        client.docmd("DATA")
        client.send(bare.octets + b"a bare\nline end\r\n.\r\n")
        assert client.getreply()[0] >= 500


def post(day):
    for user in EVERYBODY:
        for shape in Mail.SHAPES:
            smtp(day, day.mail([user], shape), [user])
        lmtp(day, day.mail([user], "mime"), [user])
        refused(day, user)
    together = [u for u in EVERYBODY if u != LATE or day.late_is_sealed]
    for users in (list(SEALED), [*SEALED, PLAIN], together):
        for shape in ("mime", "big", "huge"):
            smtp(day, day.mail(users, shape), users)
            lmtp(day, day.mail(users, shape), users)
    submit(day, SEALED[0], [SEALED[1]])
    submit(day, PLAIN, [*SEALED])


# --- people read it


def append(day, client, user, folder, shape, flags="(\\Seen work)"):
    mail = day.mail([user], shape)
    s.expect(client.append(folder, flags, None, mail.octets))
    day.accepted(mail, [user])
    day.filed.add(mail.number)


def search(day, client, user):
    mail = day.known(user)
    places = mail.places
    for key, place in (("SUBJECT", "subject"), ("SUBJECT", "coded subject"), ("FROM", "from"), ("BODY", "body"), ("TEXT", "inner subject"),
                       ("BODY", "inner"), ("BODY", "html"), ("TEXT", "file name"), ("TEXT", "id"), ("BODY", "attachment")):
        for word in (places[place], places[place].upper(), places[place].lower()[2:14]):
            found = s.expect(client.uid("SEARCH", key, word))
            assert found[0], f"{user}: SEARCH {key} does not find the {place}: {word}, {found}"
    for key in ("SUBJECT", "TEXT", "BODY"):
        nothing = day.words.new("sealed")  # what is asked for is nobody's business either
        assert not s.expect(client.uid("SEARCH", key, nothing))[0]
        assert not s.expect(client.uid("SEARCH", "OR", key, nothing, "NOT", "ALL"))[0]


def imap_day(day, user):
    with s.session(day.rig, address(user), day.passwords[user]) as client:
        for folder in ("Work", "Archive"):
            client.create(folder)
        for shape in ("small", "mime", "big", "huge"):
            append(day, client, user, "Work", shape)
        append(day, client, user, "INBOX", "wide", "()")
        try:
            client.append("Nowhere", None, None, day.mail([user], "small").octets)
        except imaplib.IMAP4.error:
            pass
        s.expect(client.select("INBOX"))
        search(day, client, user)
        s.expect(client.fetch("1:*", "(FLAGS ENVELOPE BODYSTRUCTURE RFC822.SIZE BODY[] BODY.PEEK[HEADER] BODY.PEEK[1] BODY.PEEK[TEXT]<10.500>)"))
        s.expect(client.store("1:4", "+FLAGS", "(\\Flagged $Label1)"))
        s.expect(client.copy("1:4", "Work"))
        s.expect(client._simple_command("MOVE", "5:7", "Archive"))
        s.expect(client._simple_command("MOVE", "5", "Nirvana"), "NO")
        elsewhere = others(day, client, "INBOX")
        last = {uid: day.number_of(octets) for uid, octets in s.bodies(client, "INBOX").items() if day.number_of(octets) not in elsewhere}
        last = dict(list(last.items())[-2:])
        count = int(s.expect(client.select("INBOX"))[0])
        s.expect(client.uid("STORE", ",".join(map(str, last)), "+FLAGS", "(\\Deleted)"))
        s.expect(client.expunge())
        assert int(s.expect(client.select("INBOX"))[0]) == count - len(last)
        day.expected[user] -= set(last.values())
    pop3_day(day, user)


def others(day, client, but):
    """Numbers of the messages in all other folders."""
    return {day.number_of(octets) for name in s.folders(client) if name != but for octets in s.bodies(client, name).values()}


def pop3_day(day, user):
    client = poplib.POP3_SSL("127.0.0.1", day.rig.ports["pop3s"], context=insecure(), timeout=30)
    client.user(address(user))
    client.pass_(day.passwords[user])
    count = client.stat()[0]
    for number in range(1, count + 1):
        client.top(number, 3)
        lines = client.retr(number)[1]
    client.dele(count)
    client.quit()
    with s.session(day.rig, address(user), day.passwords[user]) as imap:
        number = day.number_of(b"\r\n".join(lines))
        if number not in others(day, imap, "") | {None}:
            day.expected[user].discard(number)


def keys_change(day):
    first, second = SEALED
    new = day.secret()
    s.passwd(day.rig, address(first), new, old=day.passwords[first])
    day.passwords[first] = new
    token = s.with_password(day.rig, day.passwords[second], "mailbox", "recovery-token", address(second)).stdout.split("\n")[-2]
    phone = s.with_password(day.rig, day.passwords[second], "mailbox", "app-password", "add", address(second), "phone").stdout.strip()
    for text in (token, phone):
        assert re.fullmatch(r"(\w{4}-){7}\w{4}", text), text
        day.words.secrets |= {text, text.replace("-", ""), text.replace("-", "")[:16], text.replace("-", "")[16:]}
    assert len(s.all_mail(day.rig, address(second), phone)["INBOX"]) > 3
    new = day.secret()
    s.passwd(day.rig, address(second), new, old=token)
    day.passwords[second] = new
    for wrong in (day.secret(), token):
        try:
            s.all_mail(day.rig, address(second), wrong)
            raise AssertionError("a wrong password got in")
        except s.Refused:
            pass
    assert s.passwd(day.rig, address(first), day.secret(), old=day.secret(), check=False).returncode == 1


def seal_late(day, problems):
    if not steal(day, "control: mail of a mailbox that will be sealed", [], ("before",)).found:
        problems.append("plain mail of the mailbox that will be sealed was not found before")
    day.rig.admin("mailbox", "encrypt", address(LATE))
    day.late_is_sealed = True
    new = day.secret()
    s.passwd(day.rig, address(LATE), new, old=day.passwords[LATE])
    day.passwords[LATE] = new
    for shape in Mail.SHAPES:
        smtp(day, day.mail([LATE], shape), [LATE])
    with s.session(day.rig, address(LATE), new, "INBOX") as client:
        s.expect(client.create("Old"))
        s.expect(client._simple_command("MOVE", "1:2", "Old"))  # they are sealed on the way
    assert min(s.status_counts(day.rig, address(LATE))) > 3, "there is plain and sealed mail now"
    s.with_password(day.rig, new, "mailbox", "reprocess", address(LATE))
    counts = s.status_counts(day.rig, address(LATE))
    assert counts[0] > 10 and counts[1] == 0, counts
    plain_leaves(day, problems)


def plain_leaves(day, problems):
    """What was stored plain leaves the disk while the server runs, some seconds after it was stored anew."""
    end = time.monotonic() + (15 if STORE_REMOVES_FOR_GOOD else 0)
    data = os.path.join(day.rig.folder, "data")
    while (places := Theft(data, day.words, ("before",), day.rig.folder).places) and time.monotonic() < end:
        time.sleep(0.5)
    print(f"     plain mail of the reprocessed mailbox: {places or 'none'} left on the disk{'' if STORE_REMOVES_FOR_GOOD else ' (not asserted yet)'}")
    if places and STORE_REMOVES_FOR_GOOD:
        problems.append(f"plain mail that was stored anew stays on the disk: {places}")


# --- a server dies, the disk is stolen


def load(day, until, number):
    while not until.is_set():
        users = random.choice(([SEALED[0]], [SEALED[1]], [LATE], [*SEALED, LATE]))
        mail = day.mail(users, random.choice(Mail.SHAPES if number == 0 else ("small", "mime", "quoted")))
        try:
            smtp(day, mail, users)
        except (OSError, smtplib.SMTPException):
            return


def killed_under_load(day):
    until = threading.Event()
    threads = [threading.Thread(target=load, args=(day, until, n), daemon=True) for n in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(1.5)
    day.rig.stop(signal.SIGKILL)
    until.set()
    for thread in threads:
        thread.join(30)


def steal(day, when, problems, kinds, folder="data"):
    """Searches the disk for words of these kinds, passwords and tokens; what is found is a problem, told with its form and place."""
    theft = Theft(os.path.join(day.rig.folder, folder), day.words, kinds, day.rig.folder)
    count = sum(len(day.words.all[kind]) for kind in kinds)
    print(f"     {when}: {theft.octets / 1e6:.1f} MB in {theft.files} files searched for {count} words ({', '.join(kinds)}) and "
          f"{len(day.words.secrets)} secrets: {len(theft.places) and theft.places or 'none'} found", flush=True)
    for kind, places in theft.places.items():
        some = [(w, f, day.whose(w)) for w, f in sorted(theft.found) if w in day.words.all.get(kind, ())][:3]
        problems.append(f"{when}: {kind} words are on the disk: {places}{', such as ' if some else ''}{some or ''}")
    return theft


def plain_is_found(day, theft, problems):
    """The positive control: words in their forms as the mail of the plain mailbox has them."""
    live = [m for m in day.mails.values() if m.number in day.expected[PLAIN] - day.filed and m.kind == "plain"]
    for form, places in (("raw", ("number", "subject", "from", "sender", "id", "to", "body", "envelope", "helo", "file name", "end")),
                         ("base64", ("coded subject", "attachment", "binary", "inner")), ("base64 of utf-16", ("wide",))):
        wanted = [m.places[p] for m in live for p in places if p in m.places]
        found = [w for w in wanted if (w, form) in theft.found]
        print(f"     plain mailbox, {form}: {len(found)} of {len(wanted)} words found")
        # A word may lie over the end of a page, where no search of single octets finds it.
        if not wanted or len(found) < 0.95 * len(wanted):
            problems.append(f"the search finds only {len(found)} of {len(wanted)} words of the plain mailbox ({form})")


def mixed_is_plain_once(day, problems):
    """Mail to a sealed and the plain mailbox at once: only the plain one's bodies and rows have its words."""
    copy = os.path.join(day.rig.folder, "copy")
    shutil.copytree(os.path.join(day.rig.folder, "data"), copy)
    words = re.compile(b"|".join(w.encode() for w in day.words.all["mixed"]))
    where, owner = {}, None
    for name in sorted(n for n in os.listdir(copy) if n.endswith(".db")):
        with sqlite3.connect(os.path.join(copy, name)) as base:
            for key, value in base.execute("SELECT key, value FROM rows WHERE account = 0 AND key >= ? AND key < ?", (b"m:", b"m;")):
                if key == f"m:{r.DOMAIN}@{PLAIN}".encode():
                    owner = int(re.search(rb"\0id=(\d+)", value).group(1))
            for account, value in base.execute("SELECT account, value FROM rows"):
                where.setdefault(account, set()).update(words.findall(value))
            for account, blob in base.execute("SELECT account, blob FROM blobs"):
                octets = b"".join(row[0] for row in base.execute("SELECT octets FROM chunks WHERE chunk BETWEEN ? AND ? ORDER BY chunk",
                                                                (blob << 24, (blob << 24) + (1 << 24) - 1)))
                where.setdefault(account, set()).update(words.findall(octets))
    plain = len(where.pop(owner, ()))
    others = {account: len(found) for account, found in where.items() if found}
    print(f"     mail to sealed and plain mailboxes at once: {plain} of its words with the plain one, {sum(others.values())} with others")
    if plain < 50 or others:
        problems.append(f"words of mail to several: {plain} with the plain mailbox, others: {others}")


def all_is_readable(day, problems):
    for user in EVERYBODY:
        found = {day.number_of(octets) for mails in s.all_mail(day.rig, address(user), day.passwords[user]).values() for octets in mails}
        missing = day.expected[user] - found
        if missing:
            lost = [(day.mails[n].shape, day.mails[n].kind) for n in missing]
            problems.append(f"{user}: {len(missing)} of {len(day.expected[user])} messages cannot be read: {lost[:5]}")
        sealed, plain = s.status_counts(day.rig, address(user))
        print(f"     {user}: {len(found - {None})} different messages read; {sealed} stored sealed, {plain} plain")
        if (sealed if user == PLAIN else plain) != 0:
            problems.append(f"{user}: {sealed} messages sealed, {plain} plain")


def live(day, problems):
    for user in EVERYBODY:
        day.passwords[user] = day.secret()
        day.rig.add_mailbox(address(user).split("@")[0], day.passwords[user])
    for user in SEALED:
        day.rig.admin("mailbox", "encrypt", address(user))
    temporary = day.rig.path("tmp")
    os.makedirs(temporary)
    os.environ["TMPDIR"] = os.environ["SQLITE_TMPDIR"] = temporary  # of the servers and of `posthorn`
    day.rig.start()
    watch = Watch(day.rig, temporary)

    def step(name, act, *arguments):
        started = time.monotonic()
        act(*arguments)
        print(f"ok   {name} ({time.monotonic() - started:.1f} s)", flush=True)

    step("the morning's post", post, day)
    for user in EVERYBODY:
        step(f"{user} reads, files, searches, removes", imap_day, day, user)
    step("passwords, a recovery token, an app password", keys_change, day)
    step("a mailbox is sealed, its old mail reprocessed", seal_late, day, problems)
    step("killed under load", killed_under_load, day)
    step("the disk is stolen at that moment", steal, day, "after the SIGKILL", problems, ("sealed",))
    day.rig.start()
    step("the evening's post", post, day)
    for user in EVERYBODY:
        step(f"{user} reads again", imap_day, day, user)
    step("everybody reads everything", all_is_readable, day, problems)
    outside, looks = watch.close()
    print(f"     open files looked at {looks} times")
    if outside or looks < 100:
        problems.append(f"files opened for writing outside of the data directory ({looks} looks): {sorted(outside)}")
    day.rig.stop()
    check = day.rig.admin("check", check=False)
    if check.returncode != 0:
        problems.append("posthorn check: " + check.stdout)


def evening(day, problems):
    steal(day, "in the evening", problems, ("sealed", "before") if STORE_REMOVES_FOR_GOOD else ("sealed",))
    if not STORE_REMOVES_FOR_GOOD:
        steal(day, "not asserted yet, plain mail from before it was reprocessed", [], ("before",))
    plain_is_found(day, steal(day, "positive control", [], ("plain",)), problems)
    mixed_is_plain_once(day, problems)
    os.makedirs(day.rig.path("logs"))
    shutil.copy(os.path.join(day.rig.folder, "posthornd.log"), day.rig.path("logs"))
    steal(day, "the server's log", problems, ("sealed",), "logs")


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else int(time.time())
    random.seed(seed)
    problems, began = [], time.monotonic()
    with r.Rig(users=(), extra=s.CHEAP + "store.shards = 2\n") as rig:
        day = Day(rig)
        try:
            live(day, problems)
            evening(day, problems)
        except Exception:
            print(rig.log())
            raise
    print(f"seed {seed}: {len(day.mails)} messages, {sum(map(len, day.words.all.values()))} words, {time.monotonic() - began:.0f} s")
    for problem in problems:
        print("FAIL " + problem)
    print(f"{0 if problems else 1} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
