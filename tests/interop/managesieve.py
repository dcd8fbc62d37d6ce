#!/usr/bin/env python3
"""ManageSieve with sieve-connect, with the published dialogues of Apache James, and octet by octet over a socket."""
import base64
import contextlib
import glob
import hashlib
import hmac
import os
import re
import socket
import sys

import rig as r
from mail import insecure

KEEP = "keep;\r\n"
BIG = 1 << 20  # the largest script


def plain(address, password=r.PASSWORD):
    return base64.b64encode(f"\0{address}\0{password}".encode()).decode()


class Wire:
    """One connection: what is sent and heard, as octets."""

    def __init__(self, rig):
        self.rig = rig
        self.socket = socket.create_connection(("localhost", rig.ports["managesieve"]), timeout=20)
        self.octets = b""
        self.greeting = self.answer()

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def more(self):
        piece = self.socket.recv(65536)
        assert piece, f"the server closed; before that it said {self.octets!r}"
        self.octets += piece

    def line(self):
        """A line, with the literals in it."""
        line = b""
        while True:
            while b"\r\n" not in self.octets:
                self.more()
            head, self.octets = self.octets.split(b"\r\n", 1)
            line += head + b"\r\n"
            announced = re.search(rb"\{(\d+)\}$", head)
            if not announced:
                return line[:-2].decode()
            count = int(announced[1])
            while len(self.octets) < count:
                self.more()
            line, self.octets = line + self.octets[:count], self.octets[count:]

    def answer(self):
        """Lines up to the one with the status."""
        lines = [self.line()]
        while not re.match(r"(OK|NO|BYE)\b", lines[-1]):
            lines.append(self.line())
        return lines

    def ask(self, text):
        self.send(text + "\r\n")
        return self.answer()

    def starttls(self):
        assert self.ask("STARTTLS")[-1].startswith("OK")
        self.socket = insecure().wrap_socket(self.socket)
        return self.answer()

    def log_in(self, address):
        self.starttls()
        assert self.ask(f'AUTHENTICATE "PLAIN" "{plain(address)}"')[-1].startswith("OK"), address
        return self

    def closed(self):
        with contextlib.suppress(ConnectionError):
            while True:
                piece = self.socket.recv(65536)
                if not piece:
                    break
                self.octets += piece
        return self.octets.decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def capabilities(lines):
    return {words[0]: words[1] if len(words) > 1 else None for words in (re.findall(r'"((?:[^"\\]|\\.)*)"', line) for line in lines[:-1])}


def wire_login(rig, address):
    """Capabilities before and behind TLS, what is refused in the clear, wrong passwords, SCRAM-SHA-256, UNAUTHENTICATE."""
    with Wire(rig) as wire:
        before = capabilities(wire.greeting)
        assert before["SASL"] == "" and "STARTTLS" in before and "OWNER" not in before, before
        assert before["VERSION"] == "1.0" and "fileinto" in before["SIEVE"].split() and before["MAXREDIRECTS"] == "4", before
        assert wire.ask(f'AUTHENTICATE "PLAIN" "{plain(address)}"')[-1].startswith("NO (ENCRYPT-NEEDED)")
        assert wire.ask("LISTSCRIPTS")[-1].startswith("NO ")
        wire.send("STARTTLS\r\nNOOP \"injected\"\r\n")
        assert wire.answer()[-1].startswith("OK")
        wire.socket = insecure().wrap_socket(wire.socket)
        behind = capabilities(wire.answer())
        assert "STARTTLS" not in behind and {"SCRAM-SHA-256", "PLAIN"} <= set(behind["SASL"].split()), behind
        assert wire.ask('NOOP "sync"') == ['OK (TAG "sync") "Done"'], "what came in the clear was read"
        assert wire.ask(f'AUTHENTICATE "PLAIN" "{plain(address, "wrong")}"')[-1].startswith("NO "), "wrong password"
        scram(wire, address)
        assert capabilities(wire.ask("CAPABILITY"))["OWNER"] == address
        assert wire.ask("UNAUTHENTICATE")[-1].startswith("OK")
        assert wire.ask("LISTSCRIPTS")[-1].startswith("NO ")
        wire.send('AUTHENTICATE "PLAIN"\r\n')
        assert wire.line() == '""'
        assert wire.ask('"*"')[-1].startswith("NO ")
        wire.send('AUTHENTICATE "PLAIN"\r\n')
        assert wire.line() == '""'
        assert wire.ask(f'"{plain(address)}"')[-1].startswith("OK")
        assert wire.ask("LOGOUT")[-1].startswith("OK")
        assert wire.closed() == ""


def scram(wire, address):
    """RFC 5802 by hand; the server proves itself in the answer."""
    first = f"n={address},r=fyko+d2lbbFgONRv9qkxdawL"
    wire.send(f'AUTHENTICATE "SCRAM-SHA-256" "{base64.b64encode(("n,," + first).encode()).decode()}"\r\n')
    challenge = base64.b64decode(re.fullmatch(r'"(.*)"', wire.line())[1]).decode()
    said = dict(part.split("=", 1) for part in challenge.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", r.PASSWORD.encode(), base64.b64decode(said["s"]), int(said["i"]))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    without = f"c=biws,r={said['r']}"
    text = ",".join((first, challenge, without)).encode()
    signature = hmac.digest(hashlib.sha256(client_key).digest(), text, "sha256")
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature))).decode()
    answer = wire.ask('"' + base64.b64encode(f"{without},p={proof}".encode()).decode() + '"')[-1]
    data = re.match(r'OK \(SASL "(.*?)"\)', answer)
    assert data, answer
    server = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), text, "sha256")
    assert base64.b64decode(data[1]) == b"v=" + base64.b64encode(server)


def wire_scripts(rig, address):
    """Every command on scripts, its codes, and that what is refused is not read as commands."""
    with Wire(rig).log_in(address) as wire:
        def status(command):
            return wire.ask(command)[-1].split('"')[0].strip()

        assert wire.ask("LISTSCRIPTS") == ['OK "These are all"']
        assert status(f'PUTSCRIPT "a" {{{len(KEEP)}+}}\r\n{KEEP}') == "OK"
        assert status('PUTSCRIPT "ein S\u00fcd-Skript" "discard;"') == "OK"
        error = wire.ask('PUTSCRIPT "wrong" {20+}\r\nkeep;\r\nno such test;')[-1]
        assert error.startswith("NO ") and "line 2" in error, error
        assert status('GETSCRIPT "wrong"') == "NO (NONEXISTENT)"
        assert wire.ask('CHECKSCRIPT {17+}\r\nfileinto "Lists";')[-1].startswith("NO "), "fileinto without require"
        assert status('CHECKSCRIPT {40+}\r\nrequire "fileinto";\r\nfileinto "Lists";  ') == "OK"
        assert status('SETACTIVE "a"') == "OK"
        assert wire.ask("LISTSCRIPTS")[:-1] == ['"a" ACTIVE', '"ein S\u00fcd-Skript"']
        assert wire.ask('GETSCRIPT "a"')[0] == "{7}\r\n" + KEEP
        assert status('DELETESCRIPT "a"') == "NO (ACTIVE)"
        assert status('RENAMESCRIPT "a" "ein S\u00fcd-Skript"') == "NO (ALREADYEXISTS)"
        assert status('RENAMESCRIPT "none" "b"') == "NO (NONEXISTENT)"
        assert status('RENAMESCRIPT "a" "b"') == "OK"
        assert wire.ask("LISTSCRIPTS")[0] == '"b" ACTIVE'
        assert status('SETACTIVE ""') == "OK"
        assert status('DELETESCRIPT "b"') == "OK"
        assert status(f'HAVESPACE "b" {BIG}') == "OK"
        assert status(f'HAVESPACE "b" {BIG + 1}') == "NO (QUOTA/MAXSIZE)"
        inside = 'NOOP "read as a command"\r\n'
        wire.send(f'PUTSCRIPT "b" {{{BIG + len(inside)}+}}\r\n' + inside + "#" * BIG + "\r\nNOOP\r\n")
        assert wire.answer()[-1].startswith("NO (QUOTA/MAXSIZE)")
        assert wire.answer() == ['OK "Done"']
        most = "#" * (BIG - 2) + "\r\n"
        assert status(f'PUTSCRIPT "big" {{{BIG}+}}\r\n{most}') == "OK"
        assert wire.ask('GETSCRIPT "big"')[0] == f"{{{BIG}}}\r\n{most}"
        for number in range(2, 11):
            expected = "OK" if number < 10 else "NO (QUOTA)"
            assert status(f'PUTSCRIPT "big{number}" {{{BIG}+}}\r\n{most}') == expected, number
        wire.send(f'PUTSCRIPT "b" {{{20 * BIG}+}}\r\n')
        assert wire.answer()[-1].startswith("BYE ")
    with Wire(rig).log_in(address) as wire:
        for number in range(2, 10):
            assert wire.ask(f'DELETESCRIPT "big{number}"')[-1].startswith("OK")
        names = [f"n{number}" for number in range(98)]
        wire.send("".join(f'PUTSCRIPT "{name}" "keep;"\r\n' for name in names))
        assert all(wire.answer()[-1].startswith("OK") for _ in names)
        assert wire.ask('PUTSCRIPT "one more" "keep;"')[-1].startswith("NO (QUOTA/MAXSCRIPTS)")
        assert len(wire.ask("LISTSCRIPTS")) == 101


def sieve_connect(rig, address, *arguments, password=r.PASSWORD, check=True):
    reading, writing = os.pipe()
    os.write(writing, password.encode() + b"\n")
    os.close(writing)
    try:
        return r.run(["sieve-connect", "-s", "localhost", "-p", str(rig.ports["managesieve"]), "-u", address, "--passwordfd", str(reading), "--tlscafile",
                      rig.certificate, *arguments], check=check, pass_fds=[reading])
    finally:
        os.close(reading)


def sieve_connect_program(rig, address):
    script = 'require "fileinto";\nif header :contains "subject" "[list]" { fileinto "Lists"; }\n'
    path = rig.path("sieve/lists.sieve", script)
    wrong = rig.path("sieve/wrong.sieve", "keep;\nno such test;\n")
    sieve_connect(rig, address, "--localsieve", path, "--remotesieve", "lists", "--upload")
    sieve_connect(rig, address, "--remotesieve", "lists", "--activate")
    assert re.search(r"lists.*ACTIVE", sieve_connect(rig, address, "--list").stdout), "--list"
    back = rig.path("sieve/back.sieve")
    sieve_connect(rig, address, "--remotesieve", "lists", "--localsieve", back, "--download")
    assert open(back, newline="").read().replace("\r\n", "\n").strip() == script.strip()
    refused = sieve_connect(rig, address, "--localsieve", wrong, "--remotesieve", "wrong", "--upload", check=False)
    assert "line 2" in refused.stdout, refused.stdout
    checked = sieve_connect(rig, address, "--localsieve", wrong, "--checkscript", check=False)
    assert "line 2" in checked.stdout, checked.stdout
    active = sieve_connect(rig, address, "--remotesieve", "lists", "--delete", check=False)
    assert "active" in active.stdout, active.stdout
    sieve_connect(rig, address, "--deactivate")
    sieve_connect(rig, address, "--remotesieve", "lists", "--delete")
    assert "lists" not in sieve_connect(rig, address, "--list").stdout
    bad = sieve_connect(rig, address, "--list", password="wrong", check=False)
    assert bad.returncode != 0 and "Login failed" in bad.stdout, bad.stdout


def james_dialogues(rig, address):
    """Status words, codes and data; the prose of James is not looked at."""
    folder = os.path.join(os.environ.get("POSTHORN_SHARED_DATA", "/nowhere"), "managesieve/james-mpt")
    if not os.path.isdir(folder):
        print("skip james_dialogues: no published dialogues in $POSTHORN_SHARED_DATA")
        return
    played = 0
    for path in sorted(glob.glob(folder + "/*.test")):
        name = os.path.basename(path)[:-5]
        if name == "starttls":  # says OK to STARTTLS and goes on in the clear
            continue
        user = f"james-{name.lower()}"
        rig.add_mailbox(user)
        with Wire(rig) as wire:
            wire.starttls()
            James(wire, f"{user}@{rig.domain}", open(path).read()).play(name)
        played += 1
    assert played == 14, played


class James:
    """A dialogue: `C:` lines, then `S:` regular expressions; those of SUB { } in any order."""

    # What James takes and RFC 5804 or RFC 5228 does not, with what is sent instead.
    OTHERWISE = [
        ('C: PUTSCRIPT "unterminated script {7+}', 'C: PUTSCRIPT "unterminated script'),  # a literal follows
        ("GETSCRIPT any", 'GETSCRIPT "any"'),  # a name is a string
        ("if envelope ", "if header   "),  # "envelope" needs a require
        ("HAVESPACE \"scriptname\" 51", f"HAVESPACE \"scriptname\" {BIG + 1}"),  # a quota of 50 octets
        ('S: OK \\(TAG \\{16\\}\nS: STARTTLS-SYNC-42\\) "DONE"', 'S: OK \\(TAG "STARTTLS-SYNC-42"\\) "Done"'),
    ]

    def __init__(self, wire, address, text):
        self.wire = wire
        for theirs, ours in self.OTHERWISE:
            text = text.replace(theirs, ours)
        text = text.replace("C: user password", f'C: "{plain(address)}"').replace('"AHVzZXIAcGFzc3dvcmQ="', f'"{plain(address)}"')
        self.lines = [line for line in text.replace('"OWNER" "user"', f'"OWNER" "{address}"').split("\n") if line and line[0] != "#"]

    def play(self, name):
        while self.lines:
            asked = self.take("C:")
            wanted = []
            while self.lines and not self.lines[0].startswith("C:"):
                line = self.lines.pop(0)
                if line.startswith("S:"):
                    wanted.append(line[2:].removeprefix(" "))
            self.wire.send(self.whole(asked))
            if not wanted:
                continue
            said = "\n".join([self.wire.line()] if wanted == ['""'] else self.wire.answer()).replace("\r\n", "\n").split("\n")
            fault = self.compare(wanted, said)
            assert not fault, f"{name}.test: to {asked} {fault}; it said {said}"

    def take(self, mark):
        taken = []
        while self.lines and self.lines[0].startswith(mark):
            taken.append(self.lines.pop(0)[len(mark):].removeprefix(" "))
        return taken

    @staticmethod
    def whole(asked):
        """The lines with their ends; a command also ends behind a literal, which James does not wait for."""
        text = "".join(line + "\r\n" for line in asked)
        announced = re.search(r"\{(\d+)\+\}\r\n", text)
        return text + "\r\n" if announced and len(text) - announced.end() == int(announced[1]) else text

    @staticmethod
    def compare(wanted, said):
        status = re.match(r"(OK|NO)( \\\([A-Z/]+.*\\\))?", wanted[-1])
        if status and not re.match(status[0], said[-1]):
            return f"not {status[0]}"
        for line in wanted[:-1] if status else wanted:
            key = re.match(r'"(IMPLEMENTATION|SASL|SIEVE|STARTTLS|VERSION)"', line)  # which values they have is the server's business
            if key and key[1] != "STARTTLS" and not any(other.startswith(key[0]) for other in said):
                return f"no {key[1]}"
            if not key and line and not any(re.fullmatch(line, other) for other in said):
                return f"no {line}"
        return ""


def administration(rig, address):
    script = rig.path("admin.sieve", 'require "fileinto";\nfileinto "Lists";\n')
    assert "no scripts" in rig.admin("sieve", "list", address).stdout
    rig.admin("sieve", "put", address, "lists", script)
    rig.admin("sieve", "activate", address, "lists")
    assert re.search(r"lists +active", rig.admin("sieve", "list", address).stdout)
    assert rig.admin("sieve", "show", address, "lists").stdout.replace("\r", "") == open(script).read()
    with Wire(rig).log_in(address) as wire:
        assert wire.ask("LISTSCRIPTS")[0] == '"lists" ACTIVE'
    wrong = rig.admin("sieve", "put", address, "wrong", input="no such test;\n", check=False)
    assert wrong.returncode == 1 and "line 1" in wrong.stdout, wrong.stdout
    assert rig.admin("sieve", "remove", address, "lists", check=False).returncode == 1, "it is active"
    assert rig.admin("sieve", "activate", address, "none", check=False).returncode == 1
    assert rig.admin("sieve", "list", "nobody@" + rig.domain, check=False).returncode == 1
    rig.admin("sieve", "deactivate", address)
    rig.admin("sieve", "remove", address, "lists")
    assert "no scripts" in rig.admin("sieve", "list", address).stdout


def logins_are_few(rig, address):
    """The third wrong login ends the connection with BYE."""
    with Wire(rig) as wire:
        wire.starttls()
        for status in ("NO ", "NO ", "BYE "):
            assert wire.ask(f'AUTHENTICATE "PLAIN" "{plain(address, "wrong")}"')[-1].startswith(status)
        assert wire.closed() == ""


if __name__ == "__main__":
    sys.exit(r.main([wire_login, wire_scripts, sieve_connect_program, james_dialogues, administration, logins_are_few]))
