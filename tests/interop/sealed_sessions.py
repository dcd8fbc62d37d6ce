#!/usr/bin/env python3
"""Sealed mailboxes as clients and administrators meet them: locked sessions, closed messages, refused logins, export, a full disk."""
import base64
import contextlib
import hashlib
import hmac
import mailbox
import os
import poplib
import random
import re
import resource
import smtplib
import socket
import subprocess
import sys
import threading
import time

import rig as r
import sealed as s
from mail import append, insecure, message

OLD, NEW, OTHER = r.PASSWORD, "new battery staple", "one more horse"


def seal(rig, address, count, body="text\r\n"):
    """Seals a mailbox and gives it messages "number N"; behind the note that encrypt leaves."""
    rig.admin("mailbox", "encrypt", address)
    append(rig, address, count, body=body)


def deliver(rig, address, subject, body="text\r\n"):
    with smtplib.SMTP("127.0.0.1", rig.ports["mx"], timeout=30) as client:
        client.sendmail("a@elsewhere.test", [address], message("a@elsewhere.test", address, subject, body).encode())


class Lines:
    """IMAP line by line, as it is on the wire."""

    def __init__(self, rig):
        self.socket = insecure().wrap_socket(socket.create_connection(("127.0.0.1", rig.ports["imaps"]), timeout=30))
        self.file = self.socket.makefile("rb")
        self.file.readline()

    def ask(self, command):
        """All lines of the answer; a literal is one piece of its line."""
        self.socket.sendall(f"a {command}\r\n".encode())
        lines = []
        while True:
            line = self.file.readline()
            assert line, f"the connection ended within {command}"
            while found := re.search(rb"\{(\d+)\}\r\n$", line):
                line += self.file.read(int(found.group(1))) + self.file.readline()
            lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))
            if line.startswith(b"a "):
                return lines

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()


def a_reset_closes_old_mail_and_reopen_brings_it_back(rig, address):
    seal(rig, address, 3)  # with the note 4
    refused = s.passwd(rig, address, NEW, check=False)
    assert refused.returncode == 1 and "--give-up-sealed-mail" in refused.stdout, refused.stdout
    wrong = s.passwd(rig, address, NEW, old="not the password", check=False)
    assert wrong.returncode == 1 and "wrong" in wrong.stdout, wrong.stdout
    assert sum(map(len, s.all_mail(rig, address, OLD).values())) == 4
    told = s.passwd(rig, address, NEW, give_up=True).stdout
    assert f"posthorn mailbox reopen {address}" in told, told
    deliver(rig, address, "after the reset", "fresh\r\n")
    with Lines(rig) as imap:
        login = imap.ask(f'LOGIN {address} "{NEW}"')
        assert any(line.startswith("* NO [ALERT] Mail from before the last password reset is sealed") for line in login), login
        assert login[-1].startswith("a OK"), login
        assert "* 5 EXISTS" in imap.ask("SELECT INBOX")
        listed = imap.ask("FETCH 1:* (FLAGS ENVELOPE RFC822.SIZE)")
        assert listed[-1].startswith("a OK"), listed
        assert len(listed) == 6 and sum("This message is sealed" in line for line in listed) == 4, listed
        assert '"after the reset"' in listed[4] and not any("number 1" in line for line in listed), listed
        whole = imap.ask("FETCH 1:* (BODY[])")
        assert whole[-1].startswith("a NO [UNAVAILABLE] 4 messages"), whole[-1]
        assert [line.startswith("* 5 FETCH") and "\r\n\r\nfresh\r\n" in line for line in whole[:-1] if "BODY[]" in line] == [True], whole
        seen = imap.ask("FETCH 1:* (FLAGS)")
        assert ["\\Seen" in line for line in seen[:5]] == [False] * 4 + [True], seen  # nobody can have seen the closed ones
        found = imap.ask("SEARCH BODY fresh")
        assert any(line == "* SEARCH 5" for line in found), found
        # What is not inside of a message can be changed as ever.
        assert imap.ask("STORE 1:4 +FLAGS.SILENT (\\Flagged)")[-1].startswith("a OK")
        imap.ask("CREATE Kept")
        assert imap.ask("COPY 1:2 Kept")[-1].startswith("a OK") and imap.ask("MOVE 2 Kept")[-1].startswith("a OK")
    with poplib_session(rig, address, NEW) as (pop3, hello):
        assert b"before the last password reset" in hello, hello
        sizes = [int(line.split()[1]) for line in pop3.list()[1]]
        assert len(sizes) == 4, sizes
        for number in (1, 2, 3):
            try:
                pop3.retr(number)
                raise AssertionError(f"POP3 shows closed message {number}")
            except poplib.error_proto as error:
                assert str(error).startswith("b'-ERR [SYS/PERM] This message is sealed"), error
        assert b"fresh" in pop3.retr(4)[1]
    again = s.with_password(rig, NEW, "mailbox", "reprocess", address, check=False)
    assert again.returncode == 1 and "do not open with this password" in again.stdout, again.stdout
    assert rig.admin("mailbox", "reopen", address, "--password-file", s.secret_file(rig, "nonsense"), check=False).returncode == 1
    reopened = s.with_password(rig, OLD, "mailbox", "reopen", address).stdout
    assert reopened.startswith("1 old keys open"), reopened
    with Lines(rig) as imap:
        assert not any("ALERT" in line for line in imap.ask(f'LOGIN {address} "{NEW}"')), "nothing is closed any more"
    mails = s.all_mail(rig, address, NEW)
    subjects = sorted(re.search(rb"^Subject: (.*)\r$", m, re.M).group(1) for box in mails.values() for m in box)
    assert [x for x in subjects if x.startswith(b"number")] == [b"number 0"] * 2 + [b"number 1", b"number 2"], subjects
    assert len(subjects) == 7, subjects  # the note and one message were copied


@contextlib.contextmanager
def poplib_session(rig, address, password):
    client = poplib.POP3_SSL("127.0.0.1", rig.ports["pop3s"], context=insecure(), timeout=30)
    client.user(address)
    hello = client.pass_(password)
    yield client, hello
    client.quit()


def a_session_that_was_open_reads_on(rig, address):
    """Mail is stored in the other way while somebody reads: neither way loses a message for the open session."""
    append(rig, address, 6)
    with s.session(rig, address, OLD, "INBOX") as client, poplib_session(rig, address, OLD) as (pop3, _):
        for command in ("encrypt", "decrypt", "encrypt"):
            rig.admin("mailbox", command, address)
            s.with_password(rig, OLD, "mailbox", "reprocess", address)
            for _ in range(2):
                parts = s.expect(client.fetch("1:6", "(BODY.PEEK[])"))
                assert sum(isinstance(part, tuple) for part in parts) == 6, f"after {command} and reprocess: {parts}"
            assert all(b"Subject: number %d" % n in pop3.retr(n + 1)[1] for n in range(6)), f"POP3 after {command} and reprocess"
        with poplib_session(rig, address, OLD) as (other, _):
            other.dele(2)
        try:
            pop3.retr(2)
            raise AssertionError("POP3 shows a message that is gone")
        except poplib.error_proto as error:
            assert "-ERR" in str(error), error
        assert b"Subject: number 2" in pop3.retr(3)[1]


def logins_to_a_sealed_mailbox(rig, address):
    """SCRAM, whose keys a sealed mailbox does not keep, fails as a wrong password does; PLAIN and LOGIN get in."""
    def login(name, password):
        return r.run(["curl", "-sS", "-k", f"imaps://127.0.0.1:{rig.ports['imaps']}/INBOX;UID=1", "--max-time", "20", "-u", f"{address}:{password}",
                      "--login-options", f"AUTH={name}"], check=False)

    seal(rig, address, 1)
    for name in ("PLAIN", "LOGIN"):
        assert login(name, OLD).returncode == 0, login(name, OLD).stdout
        assert login(name, "wrong").returncode == 67, login(name, "wrong").stdout
    right, wrong = scram(rig, address, OLD), scram(rig, address, "wrong")
    assert right == wrong and right[0] == 535, (right, wrong)
    # The control: SCRAM logins work where nothing is sealed.
    other = "plain-" + address
    rig.add_mailbox(other.split("@")[0])
    assert scram(rig, other, OLD)[0] == 235 and scram(rig, other, "wrong") == wrong
    with s.session(rig, address, OLD):
        pass


def scram(rig, address, password):
    """The code and text with which a SCRAM-SHA-256 exchange ends (RFC 5802, by hand: few clients can)."""
    client = smtplib.SMTP_SSL("127.0.0.1", rig.ports["submissions"], context=insecure(), timeout=30)
    try:
        client.ehlo()
        assert "SCRAM-SHA-256" in client.esmtp_features["auth"], client.esmtp_features
        first = f"n={address.replace('=', '=3D').replace(',', '=2C')},r=fyko"
        code, text = client.docmd("AUTH", "SCRAM-SHA-256 " + base64.b64encode(b"n,," + first.encode()).decode())
        assert code == 334, (code, text)
        challenge = base64.b64decode(text).decode()
        fields = dict(part.split("=", 1) for part in challenge.split(","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        final = f"c=biws,r={fields['r']}"
        signature = hmac.digest(hashlib.sha256(client_key).digest(), f"{first},{challenge},{final}".encode(), "sha256")
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature))).decode()
        code, text = client.docmd(base64.b64encode(f"{final},p={proof}".encode()).decode())
        if code == 334:
            code, text = client.docmd("")
        return code, text
    finally:
        client.close()


def app_passwords_and_tokens(rig, address):
    seal(rig, address, 2)
    phone = s.with_password(rig, OLD, "mailbox", "app-password", "add", address, "phone").stdout.strip()
    again = s.with_password(rig, OLD, "mailbox", "app-password", "add", address, "phone", check=False)
    assert again.returncode == 1 and "phone" in again.stdout, again.stdout
    assert "phone" in rig.admin("mailbox", "app-password", "list", address).stdout
    assert len(s.all_mail(rig, address, phone.upper())["INBOX"]) == 3  # letters as people type them
    assert s.with_password(rig, "wrong", "mailbox", "app-password", "add", address, "x", check=False).returncode == 1
    rig.admin("mailbox", "app-password", "remove", address, "phone")
    assert_refused(rig, address, phone)
    token = s.with_password(rig, OLD, "mailbox", "recovery-token", address).stdout.strip().split("\n")[-1]
    assert_refused(rig, address, token)  # it is no password
    newer = s.with_password(rig, OLD, "mailbox", "recovery-token", address).stdout.strip().split("\n")[-1]
    assert s.passwd(rig, address, NEW, old=token, check=False).returncode == 1, "an older token is void"
    s.passwd(rig, address, NEW, old=newer)
    assert_refused(rig, address, OLD)
    assert len(s.all_mail(rig, address, NEW)["INBOX"]) == 3
    s.passwd(rig, address, OTHER, give_up=True)
    with s.session(rig, address, OTHER, "INBOX") as client:
        assert client.fetch("1:*", "(BODY.PEEK[])")[0] == "NO"
    s.with_password(rig, newer, "mailbox", "reopen", address)  # the token of that time
    assert len(s.all_mail(rig, address, OTHER)["INBOX"]) == 3


def assert_refused(rig, address, password):
    try:
        with s.session(rig, address, password):
            pass
    except s.Refused:
        return
    raise AssertionError("a void password got in")


def status_and_audit_tell(rig, address):
    append(rig, address, 2)
    text = rig.admin("mailbox", "status", address).stdout
    assert "off: new mail is stored plain" in text and "0 sealed, 2 plain" in text and "opened by password" in text, text
    seal(rig, address, 3)
    text = rig.admin("mailbox", "status", address).stdout
    assert "on: new mail is sealed" in text and "4 sealed, 2 plain" in text, text
    s.passwd(rig, address, NEW, old=OLD)
    s.with_password(rig, NEW, "mailbox", "recovery-token", address)
    s.passwd(rig, address, OTHER, give_up=True)
    text = rig.admin("mailbox", "status", address).stdout
    keys = re.findall(r"^key (\d+)\s+(.*)$", text, re.M)
    assert len(keys) == 2 and keys[0][1].startswith("old, closed; opened by ") and "recovery" in keys[0][1], text
    assert keys[1][1] == "present; opened by password", text
    s.with_password(rig, NEW, "mailbox", "reopen", address)
    assert "old, opens with the present one" in rig.admin("mailbox", "status", address).stdout
    s.with_password(rig, OTHER, "mailbox", "reprocess", address)
    rig.admin("mailbox", "decrypt", address)
    audit = rig.admin("audit", address).stdout.splitlines()
    actions = [line.split()[2] for line in audit[1:]]
    assert sorted(actions) == sorted(["encrypt", "password-change", "recovery-token", "password-reset", "reopen", "reprocess", "decrypt"]), audit
    assert all(line.split()[3] == address for line in audit[1:]), audit
    everything = rig.admin("audit").stdout
    assert sum(address in line for line in everything.splitlines()) == len(actions) and OLD not in everything, everything


def reprocess_at_the_next_login(rig, address):
    append(rig, address, 20)
    rig.admin("mailbox", "encrypt", address)
    rig.admin("mailbox", "reprocess", address, "--at-login")
    assert "reprocess at the next login" in rig.admin("mailbox", "status", address).stdout
    assert s.status_counts(rig, address) == (1, 20)
    with s.session(rig, address, OLD, "INBOX") as client:
        r.until(lambda: s.status_counts(rig, address) == (21, 0), what="reprocessing beside a session")
        assert len(s.bodies(client, "INBOX")) == 21
    r.until(lambda: "reprocess at" not in rig.admin("mailbox", "status", address).stdout, what="the end of the request")


def reprocess_beside_busy_sessions(rig, address):
    """Mail is stored anew again and again while sessions move, flag, copy, read and search it: nothing fails, nothing is lost or doubled."""
    append(rig, address, 300, body="text " * 400 + "\r\n")
    with s.session(rig, address, OLD) as client:
        for name in ("A", "B"):
            s.expect(client.create(name))
    stop, strange = threading.Event(), []

    def be_busy(chance):
        with s.session(rig, address, OLD) as client:
            while not stop.is_set():
                source, target = chance.sample(["INBOX", "A", "B"], 2)
                count = int(s.expect(client.select(source))[0])
                if count == 0:
                    continue
                first = chance.randint(1, count)
                some = f"{first}:{min(count, first + chance.randint(0, 20))}"
                act = chance.choice([lambda: client.uid("FETCH", "1:*", "(FLAGS)"), lambda: client._simple_command("MOVE", some, target),
                                     lambda: client.store(some, "+FLAGS", "(\\Seen word)"), lambda: client.fetch(some, "(BODY.PEEK[])"),
                                     lambda: client.search(None, "BODY", "text")])
                status, data = act()
                if status != "OK" and b"EXPUNGEISSUED" not in data[0]:  # another session has moved it
                    strange.append((status, data))

    def run(number):
        try:
            be_busy(random.Random(number))
        except Exception as error:  # noqa: BLE001: all that ends a session is strange
            strange.append(repr(error))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    end, rounds = time.monotonic() + 6, 0
    while time.monotonic() < end:
        rig.admin("mailbox", "encrypt" if rounds % 2 == 0 else "decrypt", address)
        done = s.with_password(rig, OLD, "mailbox", "reprocess", address, check=False)
        if done.returncode != 0:
            strange.append(done.stdout)
        rounds += 1
    stop.set()
    for thread in threads:
        thread.join(30)
    assert not strange, f"{len(strange)} in {rounds} rounds, such as {strange[:3]}"
    mails = [m for box in s.all_mail(rig, address, OLD).values() for m in box]
    numbers = sorted(int(found.group(1)) for m in mails if (found := re.search(rb"^Subject: number (\d+)", m, re.M)))
    assert numbers == list(range(300)), numbers


def export_without_and_with_the_password(rig, address):
    append(rig, address, 2, body="From plain\r\n")
    seal(rig, address, 3, body="From sealed\r\n" + "x" * 70_000 + "\r\n")
    closed = rig.admin("export", address, "--mbox", rig.path("closed.mbox"), check=False)
    assert closed.returncode == 1 and "4 sealed messages do not open and were left out" in closed.stdout and "2 messages exported" in closed.stdout, closed.stdout
    assert len(mailbox.mbox(rig.path("closed.mbox"), create=False)) == 2
    wrong = s.with_password(rig, "wrong", "export", address, "--mbox", rig.path("wrong.mbox"), check=False)
    assert wrong.returncode == 1 and not os.path.exists(rig.path("wrong.mbox")), wrong.stdout
    opened = s.with_password(rig, OLD, "export", address, "--mbox", rig.path("opened.mbox"))
    assert "6 messages exported" in opened.stdout, opened.stdout
    bodies = [m.get_payload() for m in mailbox.mbox(rig.path("opened.mbox"), create=False)]
    assert sum(b == ">From sealed\n" + "x" * 70_000 + "\n" for b in bodies) == 3, [b[:40] for b in bodies]
    s.with_password(rig, OLD, "export", address, "--maildir", rig.path("opened"))
    assert len(mailbox.Maildir(rig.path("opened"), create=False)) == 6


def fill_and_reprocess(rig, address, limited):
    """Reprocesses 8 MB with too little room, then with enough; nothing is lost on the way."""
    append(rig, address, 40, body=("y" * 70 + "\r\n") * 2800)
    rig.admin("mailbox", "encrypt", address)
    before = s.status_counts(rig, address)
    assert before == (1, 40), before
    with limited() as options:
        failed = s.with_password(rig, OLD, "mailbox", "reprocess", address, check=False, **options)
        assert failed.returncode == 1, f"reprocess ended with {failed.returncode}: {failed.stdout}"
        assert failed.stdout.startswith("posthorn: mailbox reprocess") and re.search("full|disk", failed.stdout), failed.stdout
        between = s.status_counts(rig, address)
        assert sum(between) == 41 and between[1] > 0, between
        assert_complete(rig, address, 40)
    rig.admin("check")
    s.with_password(rig, OLD, "mailbox", "reprocess", address)
    assert s.status_counts(rig, address) == (41, 0)
    assert_complete(rig, address, 40)
    rig.admin("check")
    return before, between


def assert_complete(rig, address, count):
    mails = [m for box in s.all_mail(rig, address, OLD).values() for m in box]
    numbers = sorted(int(found.group(1)) for m in mails if (found := re.search(rb"^Subject: number (\d+)", m, re.M)))
    assert numbers == list(range(count)), numbers
    assert all(len(m) > 190_000 for m in mails if b"Subject: number" in m)


def a_file_size_limit_stops_a_reprocess(_, __):
    with r.Rig(extra=s.CHEAP + "store.shards = 1\n") as rig:
        rig.start()
        address = "alice@" + r.DOMAIN

        @contextlib.contextmanager
        def limited():
            largest = max(os.path.getsize(os.path.join(rig.folder, "data", name)) for name in os.listdir(os.path.join(rig.folder, "data")))
            limit = largest + 1_000_000
            yield {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))}

        fill_and_reprocess(rig, address, limited)
        rig.stop()


def a_full_disk_stops_a_reprocess(_, __):
    """The same on a small disk that really is full."""
    with r.Rig(extra=s.CHEAP + "store.shards = 1\n") as rig:
        data = os.path.join(rig.folder, "data")
        mounted = os.geteuid() == 0 and r.run(["mount", "-t", "tmpfs", "-o", "size=60m,mode=700", "tmpfs", rig.path("disk/x", "") [:-2]],
                                              check=False).returncode == 0
        if not mounted:
            print("     skipped: no tmpfs can be mounted here")
            return
        disk = rig.path("disk")
        try:
            subprocess.run(["cp", "-a", data + "/.", disk], check=True)
            os.rename(data, data + ".old")
            os.symlink(disk, data)
            rig.start()

            @contextlib.contextmanager
            def limited():
                room = os.statvfs(disk)
                with open(os.path.join(disk, "ballast"), "wb") as out:
                    out.write(b"\0" * (room.f_bavail * room.f_frsize - 1_500_000))
                yield {}
                os.remove(os.path.join(disk, "ballast"))

            fill_and_reprocess(rig, "alice@" + r.DOMAIN, limited)
            rig.stop()
        finally:
            for child in rig.children.values():
                child.kill()
                child.wait()
            rig.children.clear()
            r.run(["umount", disk])


if __name__ == "__main__":
    sys.exit(r.main([a_reset_closes_old_mail_and_reopen_brings_it_back, a_session_that_was_open_reads_on, logins_to_a_sealed_mailbox,
                     app_passwords_and_tokens, status_and_audit_tell, reprocess_at_the_next_login, reprocess_beside_busy_sessions,
                     export_without_and_with_the_password, a_file_size_limit_stops_a_reprocess,
                     a_full_disk_stops_a_reprocess], extra=s.CHEAP))
