#!/usr/bin/env python3
"""A login by SCRAM-SHA-256-PLUS with GNU SASL opens a sealed INBOX, and the password is nowhere in the server that let it in."""
import os
import re
import selectors
import subprocess
import sys
import time

import rig as r
from smtp_clients import swaks

SECRET = "an-unmistakable-password-4f1c9a70e2b85d36-of-many-octets"
OTHER = "another-unmistakable-password-b7d20e91c86a4f53-of-many-octets"
TEXT = "what-the-sealed-message-says-93ac"
PLAIN = "--plain" in sys.argv


class Gsasl:
    """GNU SASL's client over STARTTLS; after the login it passes lines on."""

    def __init__(self, rig, address, password, mechanism):
        self.child = subprocess.Popen(
            ["gsasl", "--imap", "--mechanism", mechanism, "--authentication-id", address, "--password", password, "--x509-ca-file", rig.certificate,
             "--connect", f"localhost:{rig.ports['imap']}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.output = b""
        self.wait_for(rb"application data")

    def wait_for(self, pattern, seconds=60):
        """Reads until the output that no earlier call has taken matches."""
        end = time.monotonic() + seconds
        with selectors.DefaultSelector() as ready:
            ready.register(self.child.stdout, selectors.EVENT_READ)
            while not (found := re.search(pattern, self.output)):
                assert time.monotonic() < end and ready.select(end - time.monotonic()), f"no {pattern} within {seconds} s:\n{self.output.decode()}"
                chunk = os.read(self.child.stdout.fileno(), 65536)
                assert chunk, f"gsasl ended with {self.child.wait(10)}:\n{self.output.decode()}"
                self.output += chunk
        taken, self.output = self.output[:found.end()], self.output[found.end():]
        return taken

    def do(self, tag, command):
        self.child.stdin.write(f"{tag} {command}\r\n".encode())
        self.child.stdin.flush()
        return self.wait_for(rb"(?m)^%s (OK|NO|BAD).*\n" % tag.encode())

    def close(self):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()


def find_in_memory(process, words):
    """Which of the words stand in memory that the process can read and write."""
    found, longest = set(), max(len(word) for word in words)
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
        for line in maps:
            place, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            begin, end = (int(number, 16) for number in place.split("-"))
            tail = b""
            while begin < end:
                try:
                    memory.seek(begin)
                    chunk = memory.read(min(1 << 22, end - begin))
                except OSError:  # a page that nobody may look at
                    chunk = b""
                if not chunk:
                    begin, tail = begin + 4096, b""
                    continue
                found |= {word for word in words if word.encode() in tail + chunk}
                begin, tail = begin + len(chunk), chunk[-longest:]
    return found


def find_in_files(folder, words):
    found = set()
    for place, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(place, name), "rb") as file:
                octets = file.read()
            found |= {word for word in words if word.encode() in octets}
    return found


def sealed_by_scram(rig, sealed, other):
    swaks(rig, "mx", "--from", "a@elsewhere.test", "--to", sealed, "--header", "Subject: for the scan", "--body", TEXT)
    server, = (child.pid for child in rig.children.values())
    client = Gsasl(rig, sealed, SECRET, "SCRAM-SHA-256-PLUS")
    try:
        assert b" EXISTS" in client.do("a", "SELECT INBOX")
        said = client.do("b", "FETCH * (BODY.PEEK[])")
        assert TEXT.encode() in said, said.decode()
        # while the session is open and its mailbox selected
        found = find_in_memory(server, [SECRET, sealed])
        assert sealed in found, "the control failed: the scan does not find the address of a user who is logged in"
        assert SECRET not in found, "the password is in the memory of the server"
        client.do("c", "LOGOUT")
    finally:
        client.close()
    assert find_in_memory(server, [SECRET]) == set(), "the password is in the memory of the server after the logout"
    # the same with the password in clear: what the scan then finds is told, not judged
    client = Gsasl(rig, other, OTHER, "PLAIN")
    try:
        client.do("a", "SELECT INBOX")
        found = find_in_memory(server, [OTHER, other])
        assert other in found, "the control failed after PLAIN"
        print("     a password that came by PLAIN " + ("is still" if OTHER in found else "is not") + " in the server's memory after the login")
    finally:
        client.close()
    if not PLAIN:
        assert TEXT not in find_in_files(os.path.join(rig.folder, "data"), [TEXT]), "the sealed text is in the files of the store"
    assert TEXT in find_in_memory(os.getpid(), [TEXT]), "the control failed: the scan does not find the text of this test in its own memory"
    rig.stop()
    assert find_in_files(rig.folder, [SECRET, OTHER]) == set(), "a password is in the log or in the store"
    assert sealed in find_in_files(rig.folder, [sealed]), "the control failed: the scan of files does not find an address"


def wrong_password_is_refused(rig, sealed, _other):
    rig.start()
    try:
        Gsasl(rig, sealed, SECRET + "x", "SCRAM-SHA-256-PLUS").close()
        raise AssertionError("a wrong password was taken")
    except AssertionError as refused:
        assert "gsasl ended with 1" in str(refused) or "NO" in str(refused), refused
    rig.stop()


def main():
    passed = failed = 0
    extra = "password.channel_binding = true\npassword.scram_iterations = 600000\n" + ("" if PLAIN else "password.scram_opens_sealed = true\n")
    with r.Rig(extra=extra, users=()) as rig:
        sealed, other = f"sealed@{r.DOMAIN}", f"other@{r.DOMAIN}"
        rig.add_mailbox("sealed", SECRET)
        rig.add_mailbox("other", OTHER)
        if not PLAIN:
            rig.admin("mailbox", "encrypt", sealed)
        rig.start()
        for test in (sealed_by_scram, wrong_password_is_refused):
            try:
                test(rig, sealed, other)
                passed += 1
                print(f"ok   {test.__name__}", flush=True)
            except Exception as error:  # noqa: BLE001: the next one still runs
                failed += 1
                print(f"FAIL {test.__name__}: {type(error).__name__}: {error}\n{rig.log()}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
