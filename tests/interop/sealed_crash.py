#!/usr/bin/env python3
"""SIGKILL at random moments of all that writes sealed mail and its keys: afterwards a known password opens everything, once each.

Killed are `posthorn` in encrypt, decrypt, passwd with the old password, passwd without it, reprocess, and the server in deliveries and
in a MOVE of 200 messages that are stored anew on the way. Every message has a number.
"""
import collections
import random
import re
import signal
import smtplib
import subprocess
import sys
import threading
import time

import rig as r
import sealed as s
from mail import message

ROUNDS = 12  # kills of each kind
MOVED = 200
REPROCESSED = 1500  # a batch of a reprocess takes 256


def address(user):
    return f"{user}@{r.DOMAIN}"


class Box:
    """A mailbox, the numbers that must be in it, and the passwords of which one has to open it."""

    def __init__(self, rig, user, sizes=(0, 0, 0, 2000, 2000, 20_000, 300_000, 500_000)):
        self.sizes = sizes
        self.rig, self.user, self.address = rig, user, address(user)
        self.password, self.count = f"first of {user}", 0
        self.present = set()  # numbers that were acknowledged
        self.perhaps = set()  # numbers that were on their way when somebody was killed
        rig.add_mailbox(user, self.password)

    def next(self):
        self.count += 1
        size = random.choice(self.sizes)
        text = message("a@elsewhere.test", self.address, f"number {self.count}", ("z" * 70 + "\r\n") * (size // 72) + f"end {self.count}\r\n")
        return self.count, text

    def fill(self, count):
        with s.session(self.rig, self.address, self.password) as client:
            for _ in range(count):
                number, text = self.next()
                s.expect(client.append("INBOX", None, None, text.encode()))
                self.present.add(number)

    def numbers(self, password):
        """number -> how often, after each message was read to its end."""
        found = collections.Counter()
        for mails in s.all_mail(self.rig, self.address, password).values():
            for mail in mails:
                number = re.search(rb"^Subject: number (\d+)\r$", mail, re.M)
                if number is None:
                    assert b"Auto-Submitted: auto-generated" in mail, mail[:300]  # the note of encrypt or decrypt
                    continue
                assert mail.endswith(b"end " + number.group(1) + b"\r\n"), f"{self.user}: message {number.group(1)} has no end"
                found[int(number.group(1))] += 1
        return found

    def verify(self, *passwords):
        """One of the passwords gets in and opens all; it is the password from now on."""
        for password in passwords or (self.password,):
            try:
                found = self.numbers(password)
            except s.Refused:
                continue
            missing, twice = self.present - set(found), {n: c for n, c in found.items() if c != 1}
            assert not missing, f"{self.user}: messages {sorted(missing)[:5]} of {len(self.present)} are missing"
            assert not twice, f"{self.user}: messages are there several times: {twice}"
            strange = set(found) - self.present - self.perhaps
            assert not strange, f"{self.user}: {strange}"
            self.password = password
            return password
        raise AssertionError(f"{self.user}: no known password gets in")

    def lets_in(self, password):
        try:
            with s.session(self.rig, self.address, password):
                return True
        except s.Refused:
            return False

    def checked(self):
        done = self.rig.admin("check", check=False)
        assert done.returncode == 0, done.stdout


class Kills:
    """Runs `posthorn` and kills it at a random moment of the time that it took before."""

    def __init__(self, rig):
        self.rig, self.took, self.killed, self.ended = rig, {}, 0, 0
        self.halfway = collections.Counter()  # kills that left work half done, of what is done in several batches

    def run(self, kind, *arguments):
        """True when it came to its end before it was killed."""
        child = subprocess.Popen([r.program("posthorn"), "--config", self.rig.config, *arguments], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started = time.monotonic()
        limit = random.uniform(0, self.took[kind]) if kind in self.took else 60
        try:
            output = child.communicate(timeout=limit)[0]
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.communicate()
            self.killed += 1
            return False
        self.took[kind] = min(self.took.get(kind, 60), time.monotonic() - started)
        assert child.returncode == 0, f"{arguments}: {output}"
        self.ended += 1
        return True


def encrypt_and_decrypt(rig, kills):
    box = Box(rig, "switch")
    box.fill(6)
    for n in range(2 * ROUNDS + 2):
        sealed = n % 2 == 0
        command = "encrypt" if sealed else "decrypt"
        ended = kills.run(command, "mailbox", command, box.address)
        box.fill(2)
        box.verify()
        state = rig.admin("mailbox", "status", box.address).stdout
        if ended:
            assert ("on: new mail is sealed" if sealed else "off: new mail") in state, state
    box.checked()


def change(rig, kills):
    box = Box(rig, "change")
    rig.admin("mailbox", "encrypt", box.address)
    box.fill(12)
    for n in range(ROUNDS + 2):
        new = f"changed {n}"
        ended = kills.run("passwd", "mailbox", "passwd", box.address, "--old-password-file", s.secret_file(rig, box.password),
                          "--password-file", s.secret_file(rig, new))
        assert box.verify(*([new] if ended else [box.password, new])) in (new, box.password)
        box.fill(1)
    box.verify()
    box.checked()


def reset(rig, kills):
    box = Box(rig, "reset")
    rig.admin("mailbox", "encrypt", box.address)
    box.fill(10)
    for n in range(ROUNDS + 2):
        old, new = box.password, f"reset {n}"
        ended = kills.run("reset", "mailbox", "passwd", box.address, "--give-up-sealed-mail", "--password-file", s.secret_file(rig, new))
        if not ended and box.lets_in(old):
            box.verify(old)
            continue
        # The new one gets in: the old mail is closed, and the old password brings it back, whoever is killed meanwhile.
        with s.session(rig, box.address, new, "INBOX") as client:
            assert client.fetch("1:*", "(BODY.PEEK[])")[0] == "NO"
        box.password = new
        box.fill(1)
        reopened = kills.run("reopen", "mailbox", "reopen", box.address, "--password-file", s.secret_file(rig, old))
        if not reopened and s.with_password(rig, old, "mailbox", "reopen", box.address, check=False).returncode != 0:
            assert "old, closed" not in rig.admin("mailbox", "status", box.address).stdout
        box.verify(new)
    box.checked()


def reprocess(rig, kills):
    box = Box(rig, "again", sizes=(0, 0, 2000, 20_000))
    box.fill(REPROCESSED)
    with s.session(rig, box.address, box.password, "INBOX") as client:
        s.expect(client.create("Copies"))
        s.expect(client.create("Others"))
        s.expect(client.uid("MOVE", "30:60", "Others"))
    for n in range(ROUNDS + 2):
        rig.admin("mailbox", "encrypt" if n % 2 == 0 else "decrypt", box.address)
        before = s.status_counts(rig, box.address)
        if not kills.run("reprocess", "mailbox", "reprocess", box.address, "--password-file", s.secret_file(rig, box.password)):
            after = s.status_counts(rig, box.address)
            kills.halfway["reprocess"] += after != before and after[1 if n % 2 == 0 else 0] != 0
        box.verify()
        box.checked()
    state = rig.admin("mailbox", "encrypt", box.address)
    s.with_password(rig, box.password, "mailbox", "reprocess", box.address)
    assert s.status_counts(rig, box.address)[1] == 0, state.stdout
    box.verify()
    box.checked()


def send(rig, boxes, stop, lock):
    """Delivers to one or several mailboxes until the server is gone; what is in the air then may be there or not."""
    try:
        with smtplib.SMTP("127.0.0.1", rig.ports["mx"], timeout=20) as client:
            while not stop.is_set():
                box = random.choice(boxes)
                with lock:
                    number, text = box.next()
                    box.perhaps.add(number)
                client.sendmail("a@elsewhere.test", [box.address], text.encode())
                with lock:
                    box.present.add(number)
    except (OSError, smtplib.SMTPException):
        return


def deliveries(rig, kills):
    boxes = [Box(rig, f"post{n}") for n in range(3)]
    for box in boxes:
        rig.admin("mailbox", "encrypt", box.address)
    lock = threading.Lock()
    for _ in range(ROUNDS):
        stop = threading.Event()
        threads = [threading.Thread(target=send, args=(rig, boxes, stop, lock), daemon=True) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.05, 0.6))
        rig.stop(signal.SIGKILL)
        kills.killed += 1
        stop.set()
        for thread in threads:
            thread.join(20)
        rig.start()
    for box in boxes:
        box.verify()
    total = sum(len(box.present) for box in boxes)
    print(f"     {total} messages acknowledged")
    assert total >= 50, "too few messages for a proof"
    boxes[0].checked()


def move(rig, kills):
    box = Box(rig, "mover")
    box.fill(MOVED)
    took = None
    source, target = "INBOX", "Aside"
    with s.session(rig, box.address, box.password) as client:
        s.expect(client.create(target))
    for n in range(ROUNDS + 1):
        rig.admin("mailbox", "encrypt" if n % 2 == 0 else "decrypt", box.address)
        with s.session(rig, box.address, box.password, source) as imap:
            started, killer = time.monotonic(), None
            if took is not None:
                killer = threading.Timer(random.uniform(0, took), rig.stop, (signal.SIGKILL,))
                killer.start()
            try:
                imap.uid("MOVE", "1:*", target)
            except Exception as error:  # noqa: BLE001: the connection may end in any way
                assert killer is not None, error
            if killer is None:
                took = time.monotonic() - started
            else:
                killer.join()
                kills.killed += 1
                rig.start()
                imap.logout = lambda: None  # nobody is there to answer
        box.verify()
        box.checked()
        with s.session(rig, box.address, box.password, target) as imap:  # all together again, for the next round
            kills.halfway["move"] += bool(s.bodies(imap, target))
            if s.bodies(imap, source, readonly=False):
                s.expect(imap.uid("MOVE", "1:*", target))
            else:
                kills.halfway["move"] -= 1
        box.verify()
        source, target = target, source
    print(f"     a MOVE of {MOVED} took {took:.2f} s")


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else int(time.time())
    random.seed(seed)
    print(f"seed {seed}", flush=True)
    passed = failed = 0
    began = time.monotonic()
    with r.Rig(users=(), extra=s.CHEAP + "store.shards = 2\n") as rig:
        rig.start()
        kills = Kills(rig)
        for test in (deliveries, encrypt_and_decrypt, change, reset, reprocess, move):
            started, before = time.monotonic(), kills.killed
            try:
                test(rig, kills)
                passed += 1
                print(f"ok   {test.__name__}: {kills.killed - before} kills ({time.monotonic() - started:.1f} s)", flush=True)
            except Exception as error:  # noqa: BLE001: a test may fail in any way; the next ones still run
                failed += 1
                print(f"FAIL {test.__name__}: {type(error).__name__}: {error}\n{rig.log()}", flush=True)
                if not rig.children:
                    rig.start()
        rig.stop()
        done = rig.admin("check", check=False)
        if done.returncode != 0:
            failed += 1
            print("FAIL the store is not clean: " + done.stdout)
    print(f"seed {seed}: {kills.killed} kills, {kills.ended} commands came to their end, halfway {dict(kills.halfway)}, {time.monotonic() - began:.0f} s")
    if kills.killed < 30:
        failed += 1
        print("FAIL fewer than 30 kills")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
