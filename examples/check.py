#!/usr/bin/env python3
"""Runs the examples as a reader would, and compares README's copy with the file."""
import base64
import contextlib
import email
import email.policy
import mailbox
import os
import re
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from email.message import EmailMessage

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = sys.argv[1]


def run(name, *words):
    """What the example prints."""
    done = subprocess.run([os.path.join(PROGRAMS, name), *words], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, (name, done.returncode, done.stderr)
    return done.stdout


def file_with(octets):
    """A file of this content that lives as long as what is returned."""
    file = tempfile.NamedTemporaryFile()
    file.write(octets)
    file.flush()
    return file


def print_mail():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    child = subprocess.Popen([os.path.join(PROGRAMS, "print-mail"), str(port)], stdout=subprocess.PIPE, text=True)
    try:
        for _ in range(200):
            try:
                with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
                    client.sendmail("a@example.net", ["b@example.org"], "Subject: hello\r\n\r\n.a dot\r\n")
                break
            except OSError:
                time.sleep(0.05)
        else:
            raise AssertionError("print-mail does not answer")
    finally:
        child.terminate()
        printed = child.communicate(timeout=20)[0]
    assert printed == "Subject: hello\n\n.a dot\n", printed


def seal_message():
    text = "Subject: hello\r\n\r\n" + "a line\r\n" * 10_000
    done = subprocess.run([os.path.join(PROGRAMS, "seal-message"), "correct horse"], input=text.encode(), capture_output=True, timeout=20)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode() == f"capsule 114 octets, content {len(text) + 40 + 3 * 16} octets\n" + text, done.stdout[:200]


def send_message():
    """To a server that knows one of two recipients."""
    got = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            connection, _ = listener.accept()
            # Who says QUIT does not wait for the answer.
            with connection, connection.makefile("rb") as lines, contextlib.suppress(ConnectionError):
                connection.sendall(b"220 here\r\n")
                for line in lines:
                    got.append(line)
                    if line == b"DATA\r\n":
                        connection.sendall(b"354 go on\r\n")
                        while got[-1] != b".\r\n":
                            got.append(next(lines))
                    connection.sendall(b"550 5.1.1 no such user\r\n" if b"nobody" in line else b"250 2.0.0 fine\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        done = subprocess.run([os.path.join(PROGRAMS, "send-message"), "127.0.0.1", str(listener.getsockname()[1]), "a@example.net",
                               "b@example.org", "nobody@example.org"], input="Subject: x\n\n.dot\n" + "a line\n" * 9_000,
                              capture_output=True, text=True, timeout=20)
        thread.join(20)
    assert done.returncode == 1, done
    assert done.stdout == "b@example.org\t250 fine\nnobody@example.org\t550 no such user\n", done.stdout
    assert done.stderr.splitlines()[-1] == "63017/63017 octets", done.stderr[-200:]
    content = b"".join(got[got.index(b"DATA\r\n") + 1:got.index(b".\r\n")])
    assert content == b"Subject: x\r\n\r\n..dot\r\n" + b"a line\r\n" * 9_000, content[:100]


def show_readings():
    with file_with(b"Subject : a\r\nContent-Type: text\r\nMIME-Version: 1.0\r\n\r\nbody\r\n") as message:
        printed = run("show-readings", message.name)
    assert "octet 0, part 0: space_before_colon\n  octets: Subject \n" in printed, printed
    assert "content_type_unreadable" in printed, printed
    assert subprocess.run([os.path.join(PROGRAMS, "show-readings")], stderr=subprocess.DEVNULL, timeout=20).returncode == 2


def a_message():
    """What another program makes of a text, its HTML twin and two attachments."""
    message = EmailMessage()
    message["Subject"] = "Grüße"
    message.set_content("Hallo,\nschöne Grüße!\n", charset="iso-8859-1")
    message.add_alternative("<p>Hallo, <b>schöne</b> Grüße!</p>", subtype="html")
    message.add_attachment(bytes(range(256)) * 4, maintype="application", subtype="pdf", filename="../Übersicht.pdf")
    message.add_attachment(b"x", maintype="image", subtype="png")
    return message


def list_attachments():
    with file_with(a_message().as_bytes()) as message:
        printed = run("list-attachments", message.name)
    # The picture has a disposition "attachment" and no name: one is made up.
    assert printed == "Übersicht.pdf\tapplication/pdf\t1024 octets\npart-5.png\timage/png\t1 octets\n", printed


def extract_text():
    with file_with(a_message().as_bytes()) as message:
        assert run("extract-text", message.name) == "Hallo,\nschöne Grüße!\n"
    only_html = EmailMessage()
    only_html.set_content("<h1>News</h1><p>See <a href='https://example.org/a'>the site</a></p><ul><li>one<li>two</ul>",
                          subtype="html")
    with file_with(only_html.as_bytes()) as message:
        printed = run("extract-text", message.name)
    assert printed == "News\n\nSee the site <https://example.org/a>\n\n* one\n* two\n", printed


def run_sieve():
    script = b'require ["fileinto", "copy"]; if header :contains "list-id" "<talk." { fileinto :copy "Lists"; } redirect "b@example.org";\r\n'
    message = b"List-Id: <talk.example.org>\r\nSubject: hello\r\n\r\nbody\r\n"
    with file_with(script) as rules, file_with(message) as mail:
        assert run("run-sieve", rules.name, mail.name) == "into Lists\nto b@example.org\n"
    with file_with(b"keep") as rules:
        done = subprocess.run([os.path.join(PROGRAMS, "run-sieve"), rules.name, rules.name], capture_output=True, text=True, timeout=20)
        assert done.returncode == 1 and ":1:5: " in done.stderr, done


def walk_mbox():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "mbox")
        box = mailbox.mbox(path)
        for subject, text in (("Grüße", "From here on\n\nFrom there on\n"), ("Two", "> quoted\nanswer\n")):
            message = EmailMessage()
            message["Subject"] = subject
            message.set_content(text)
            box.add(message)
        box.close()
        printed = run("walk-mbox", path)
    assert printed == "1\tGrüße\tFrom here on From there on\n2\tTwo\tanswer\n", printed


def newsletter():
    with file_with(b"\x89PNG\r\n\x1a\n" + bytes(range(256))) as picture:
        printed = run("newsletter", picture.name, "Jörg Ä <joerg@bücher.example>", "b@example.net")
    message = email.message_from_string(printed, policy=email.policy.default)
    assert not message.defects, message.defects
    assert message["From"].addresses[0].display_name == "Müller & Söhne", message["From"]
    assert [str(a) for a in message["To"].addresses] == ["Jörg Ä <joerg@xn--bcher-kva.example>", "b@example.net"], message["To"]
    assert message["Subject"] == "Neuigkeiten für Oktober ✨", message["Subject"]
    assert message["Message-ID"].endswith("@example.org>") and message["Date"].datetime.year > 2025
    parts = list(message.walk())
    assert [p.get_content_type() for p in parts] == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    assert parts[1].get_content().startswith("Guten Tag,\n\nes gibt") and 'src="cid:logo"' in parts[3].get_content()
    assert parts[4]["Content-ID"] == "<logo>" and parts[4].get_filename() == "logo.png"
    assert parts[4].get_content() == b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    assert max(len(line) for line in printed.split("\n\n")[0].splitlines()) <= 78


def open_mail_crypt():
    """What Dovecot wrote: the vectors of the unit tests."""
    with open(os.path.join(HERE, "../tests/vectors/import/mail_crypt.txt")) as rows:
        vectors = {name: base64.b64decode(value) for name, value in (row.split(" ", 1) for row in rows)}
    with (file_with(vectors["secp521r1.locked.file"]) as sealed, file_with(vectors["password"]) as password, file_with(b"guess") as guess,
          file_with(vectors["secp521r1.locked.user"]) as user, file_with(vectors["secp521r1.locked.box"]) as box, file_with(b"plain\n") as plain):
        keys = [user.name, box.name]
        assert run("open-mail-crypt", sealed.name, password.name, *keys).encode() == vectors["text"]
        assert run("open-mail-crypt", plain.name, password.name, *keys) == "plain\n"
        wrong = subprocess.run([os.path.join(PROGRAMS, "open-mail-crypt"), sealed.name, guess.name, *keys], capture_output=True, text=True, timeout=20)
    assert wrong.returncode == 1 and not wrong.stdout and "wrong password" in wrong.stderr, wrong


def dkim():
    """Signs and verifies with the key of RFC 8410 section 10."""
    message = "From: a@example.org\r\nSubject: hello\r\n\r\nHi.\r\n"
    pem = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n"
    record = b"sel._domainkey.example.org v=DKIM1; k=ed25519; p=Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"

    def piped(text, name, *words):
        return subprocess.run([os.path.join(PROGRAMS, name), *words], input=text.encode(), capture_output=True, timeout=20)
    with file_with(pem) as key, file_with(record) as keys:
        signed = piped(message, "dkim-sign", "example.org", "relaxed/simple", "sel", key.name).stdout.decode()
        assert signed.startswith("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/simple; d=example.org; s=sel;") and signed.endswith(message), signed
        done = piped(signed, "dkim-verify", keys.name)
        assert done.returncode == 0 and done.stdout.endswith(b"(good signature)\npass\n"), done
        done = piped(signed.replace("Hi.", "Ho."), "dkim-verify", keys.name)
        assert done.returncode == 1 and done.stdout.endswith(b"(body hash did not verify)\nfail\n"), done
        assert piped(message, "dkim-verify", keys.name).stdout == b"none\n"


def readme():
    with open(os.path.join(HERE, "../README.md"), encoding="utf-8") as text:
        copies = re.findall(r"<!-- (examples/\S+) -->\n```cpp\n(.*?)```", text.read(), re.S)
    assert copies, "README shows no example"
    for path, copy in copies:
        with open(os.path.join(HERE, "..", path), encoding="utf-8") as source:
            assert copy == source.read(), f"README's copy of {path} differs from the file"


CHECKS = [dkim, extract_text, list_attachments, newsletter, open_mail_crypt, print_mail, run_sieve, seal_message, send_message, show_readings, walk_mbox, readme]
for check in CHECKS:
    check()
print(f"{len(CHECKS)} passed, 0 failed")
