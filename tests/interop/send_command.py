#!/usr/bin/env python3
"""`posthorn send` to our own servers, and to one that answers as a test wants."""
import email
import socket
import subprocess
import threading

import rig as r
from mail import fetch_all

TEXT = b"From: Ann <ann@example.net>\nTo: bob@example.org\nBcc: secret@example.org,\n other@example.org\nSubject: hi\n\n.dot\nbare\rcr\nend"


def send(rig, *words, octets=TEXT, password=False):
    """The exit status, the table and what was said on standard error."""
    given = (r.PASSWORD + "\n").encode() if password else b""
    done = subprocess.run([r.program("posthorn"), "send", *words], input=given + octets, capture_output=True, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def stored(rig, address):
    return [text.encode("utf-8", "surrogateescape") for text in fetch_all(rig, address)]


class Scripted:
    """A server that answers each command by its word; keeps the lines it got."""

    def __init__(self, answers, extensions=("8BITMIME", "DSN", "SIZE"), sessions=1):
        self.answers, self.extensions, self.lines, self.contents = answers, extensions, [], []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(30)
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, args=(sessions,))
        self.thread.start()

    def serve(self, sessions):
        with self.socket:
            for _ in range(sessions):
                connection, _ = self.socket.accept()
                with connection:
                    connection.settimeout(30)
                    self.session(connection, connection.makefile("rb"))

    def session(self, connection, lines):
        connection.sendall(b"220 scripted ESMTP\r\n")
        for line in lines:
            line = line.decode().strip()
            self.lines.append(line)
            word = line.split(" ")[0].upper()
            if word in ("EHLO", "LHLO"):
                connection.sendall("".join(f"250-{x}\r\n" for x in ("scripted", *self.extensions)).encode() + b"250 HELP\r\n")
                continue
            answer = self.answers.get(line.split(">")[0] + ">", self.answers.get(word, "250 2.0.0 fine"))
            if answer is None:
                return
            if word == "DATA" and word not in self.answers:
                connection.sendall(b"354 go on\r\n")
                content = []
                for text in lines:
                    if text == b".\r\n":
                        break
                    content.append(text)
                self.contents.append(b"".join(content))
                answer = self.answers.get("content", "250 2.6.0 taken")
            connection.sendall(answer.encode() + b"\r\n")
            if word == "QUIT":
                return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.thread.join(30)


def message_arrives_complete(rig, address):
    status, table, said = send(rig, "--to", address, "--server", f"127.0.0.1:{rig.ports['mx']}", "--tls", "starttls", "--ca-file", rig.certificate,
                               "--helo", "pc.example.net")
    assert status == 0, (status, table, said)
    assert address in table and "accepted" in table and "250 2.0.0" in table, table
    (octets,) = stored(rig, address)
    message = email.message_from_bytes(octets)
    assert message["Date"] and message["Message-ID"].endswith("@pc.example.net>"), octets
    assert message["Bcc"] is None and b"secret@" not in octets and b"other@" not in octets, octets
    assert octets.endswith(b"\r\n\r\n.dot\r\nbare\r\ncr\r\nend\r\n"), octets
    assert b"<ann@example.net>" in octets.split(b"\r\n")[0], octets  # Return-Path: the author, without --from


def login_over_tls_and_file(rig, address):
    large = b"From: <%s>\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <kept@example.org>\r\n\r\n" % address.encode() + b"a line of some length\r\n" * 100_000
    path = rig.path("large.eml", large.decode())
    status, table, said = send(rig, path, "--to", address, "--server", f"localhost:{rig.ports['submissions']}", "--ca-file", rig.certificate,
                               "--user", address, "--password-file", "-", password=True, octets=b"")
    assert status == 0, (status, table, said)
    (octets,) = stored(rig, address)
    assert octets.endswith(large.split(b"\r\n\r\n", 1)[1]) and octets.count(b"Message-ID:") == 1 and octets.count(b"Date:") == 1
    # The password and the message may both come by standard input.
    status, table, said = send(rig, "--to", address, "--server", f"localhost:{rig.ports['submission']}", "--tls", "starttls", "--ca-file",
                               rig.certificate, "--user", address, "--password-file", "-", password=True, octets=b"From: %s\n\nx\n" % address.encode())
    assert status == 0 and len(fetch_all(rig, address)) == 2, (status, table, said)


def nothing_is_sent_without_trust(rig, address):
    server = f"127.0.0.1:{rig.ports['mx']}"
    status, _, said = send(rig, "--to", address, "--server", server, "--tls", "starttls")
    assert status == 2 and "certificate" in said, (status, said)
    status, table, _ = send(rig, "--to", address, "--server", server, "--tls", "starttls", "--any-certificate")
    assert status == 0, table
    with Scripted({}) as other:
        status, _, said = send(rig, "--to", address, "--server", other.address, "--tls", "starttls")
    assert status == 2 and not any(line.startswith("MAIL") for line in other.lines), (status, said, other.lines)
    assert send(rig, "--to", address, "--server", f"localhost:{rig.ports['submissions']}", "--ca-file", rig.certificate, "--user", address,
                "--password-file", "-", octets=b"wrong\n" + TEXT)[0] == 2


def statuses_tell_some_and_none(rig, address):
    answers = {"RCPT TO:<no@example.org>": "550 5.1.1 who\x1b[31m?", "RCPT TO:<later@example.org>": "451 4.2.0 busy"}
    names = ("no@example.org", "yes@example.org", "later@example.org")
    words = [word for name in names for word in ("--to", name)]
    with Scripted(answers) as server:
        status, table, said = send(rig, *words, "--server", server.address, "--tls", "none")
    assert status == 1, (status, table, said)
    rows = {line.split()[0]: line.split(None, 1)[1] for line in table.splitlines()}
    assert rows["no@example.org"].startswith("refused") and "550 5.1.1 who?[31m?" in rows["no@example.org"], table
    assert rows["yes@example.org"].startswith("accepted") and rows["later@example.org"].startswith("not now"), table
    with Scripted({"content": "554 5.6.0 no"}) as server:
        assert send(rig, *words, "--server", server.address, "--tls", "none")[0] == 2
    with Scripted({"DATA": None}) as server:  # it hangs up
        status, table, said = send(rig, *words, "--server", server.address, "--tls", "none")
    assert status == 2, (status, table, said)
    assert send(rig, *words, "--server", f"127.0.0.1:{r.free_ports(1)[0]}", "--tls", "none")[0] == 2
    with Scripted({}) as server:
        assert send(rig, "--to", "x@example.org", "--server", server.address, "--tls", "none", "--require-tls")[0] == 2
    assert not any(line.startswith("MAIL") for line in server.lines), server.lines


def wishes_reach_the_server(rig, address):
    words = ("--to", "a@example.org", "--from", "<>", "--tls", "none", "--ret", "headers", "--envid", "A+1")
    with Scripted({}) as server:
        assert send(rig, *words, "--dsn", "--helo", "me.example.net", "--server", server.address)[0] == 0
    assert server.lines[0] == "EHLO me.example.net", server.lines
    assert server.lines[1].startswith("MAIL FROM:<> SIZE=") and server.lines[1].endswith("RET=HDRS ENVID=A+2B1"), server.lines
    assert server.lines[2] == "RCPT TO:<a@example.org> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;a@example.org", server.lines
    with Scripted({}) as server:
        assert send(rig, *words, "--notify", "never", "--server", server.address)[0] == 0
    assert "NOTIFY=NEVER" in server.lines[2], server.lines
    words = words[:-2]
    for bad in (("--notify", "sometimes"), ("--envid", "\u00fc"), ("--to", "no address")):
        assert send(rig, *words, *bad, "--server", "127.0.0.1:1")[0] == 2, bad
    assert send(rig, *words, "--server", "127.0.0.1:1", octets=b"Subject: no author\n\nx\n")[0] == 2


def limits_of_the_server_split_the_message(rig, address):
    words = [word for i in range(5) for word in ("--to", f"u{i}@example.org")]
    with Scripted({}, ("LIMITS RCPTMAX=2 MAILMAX=2", "PIPELINING"), sessions=2) as server:
        status, table, said = send(rig, *words, "--server", server.address, "--tls", "none")
    assert status == 0 and table.count("accepted") == 5, (status, table, said)
    assert len(server.contents) == 3 and len(set(server.contents)) == 1, server.contents
    assert [len([line for line in part.split("\n") if line.startswith("RCPT")]) for part in "\n".join(server.lines).split("MAIL")[1:]] == [2, 2, 1]
    assert sum(line.startswith("EHLO") for line in server.lines) == 2


def lmtp_has_an_outcome_for_each(rig, address):
    status, table, said = send(rig, "--lmtp", "--to", address, "--to", f"nobody-here@{r.DOMAIN}", "--server", f"127.0.0.1:{rig.ports['lmtp']}")
    assert status == 1, (status, table, said)
    assert len(fetch_all(rig, address)) == 1


if __name__ == "__main__":
    raise SystemExit(r.main([message_arrives_complete, login_over_tls_and_file, nothing_is_sent_without_trust, statuses_tell_some_and_none,
                             wishes_reach_the_server, limits_of_the_server_split_the_message, lmtp_has_an_outcome_for_each]))
