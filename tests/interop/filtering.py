#!/usr/bin/env python3
"""Sieve scripts at a running server: mail comes by SMTP and LMTP, is filed, sent on, answered and refused; IMAP shows what is there."""
import email
import smtplib
import sys

import rig as r
from mail import imap, message

FRIEND = f"bob@{r.DOMAIN}"

# The script of each test's mailbox: the subject says what the test wants. Answers and mail that is sent on go to a mailbox without one.
SCRIPT = f"""
require ["fileinto", "imap4flags", "mailbox", "copy", "vacation", "ereject", "envelope", "subaddress", "variables"];
if header :is "subject" "file" {{ fileinto :create :flags ["\\\\Flagged", "work"] "Lists/work"; stop; }}
if header :is "subject" "throw" {{ discard; stop; }}
if header :is "subject" "pass-on" {{ redirect :copy "{FRIEND}"; stop; }}
if header :is "subject" "circle" {{ redirect "${{unknown}}"; stop; }}
if header :is "subject" "hello" {{ vacation :subject "away" "I am away."; stop; }}
if header :is "subject" "refuse-it" {{ ereject "not this one"; stop; }}
if envelope :detail "to" "shop" {{ fileinto :create "Shop"; stop; }}
"""
AFTER = 'require ["fileinto", "mailbox"]; if header :is "subject" "after" { fileinto :create "After"; }\r\n'


def with_script(test):
    def run(rig, address):
        rig.admin("sieve", "put", address, "main", rig.path("main.sieve", SCRIPT.replace("\n", "\r\n")))
        rig.admin("sieve", "activate", address, "main")
        test(rig, address)

    run.__name__ = test.__name__
    return run


def send(rig, recipients, subject, sender=FRIEND, more="", to=None):
    """Mail from another host. Returns the reply to its end."""
    with smtplib.SMTP(rig.mx_address, rig.ports["mx"], timeout=60, local_hostname="client.example") as client:
        try:
            text = more + message(sender, to or recipients[0], subject, "hello\r\n")
            client.sendmail(sender, recipients, text.encode())
            return 250, ""
        except smtplib.SMTPDataError as refused:
            return refused.smtp_code, refused.smtp_error.decode()


def found(rig, address, subject, mailbox="INBOX"):
    """All messages with that subject, with their flags."""
    with imap(rig, address, None) as client:
        if client.select(f'"{mailbox}"')[0] != "OK":
            return []
        numbers = client.search(None, "SUBJECT", f'"{subject}"')[1][0].split()
        return [client.fetch(number, "(FLAGS BODY.PEEK[])")[1][0] for number in numbers]


def arrives(rig, address, subject, mailbox="INBOX", count=1):
    r.until(lambda: len(found(rig, address, subject, mailbox)) >= count, 30, f"'{subject}' in {mailbox} of {address}")
    messages = found(rig, address, subject, mailbox)
    assert len(messages) == count, (subject, len(messages))
    return messages


def files_with_flags(rig, address):
    assert send(rig, [address], "file") == (250, "")
    (info, _), = arrives(rig, address, "file", "Lists/work")
    assert b"\\Flagged" in info and b"work" in info, info
    assert not found(rig, address, "file")


def throws_away(rig, address):
    assert send(rig, [address], "throw") == (250, "")
    assert send(rig, [address], "kept") == (250, "")
    arrives(rig, address, "kept")
    assert not found(rig, address, "throw")


def sends_on_and_keeps(rig, address):
    before = len(found(rig, FRIEND, "pass-on"))
    assert send(rig, [address], "pass-on", more="X-Mark: sends-on\r\n") == (250, "")
    arrives(rig, address, "pass-on")
    messages = arrives(rig, FRIEND, "pass-on", count=before + 1)
    passed_on = email.message_from_bytes(messages[-1][1])
    assert passed_on.get_all("Delivered-To") == [FRIEND, address], passed_on.get_all("Delivered-To")
    assert passed_on.get_all("Return-Path") == [f"<{FRIEND}>"]


def answers_once(rig, address):
    for _ in range(3):
        assert send(rig, [address], "hello") == (250, "")
    arrives(rig, address, "hello", count=3)
    (_, octets), = [m for m in arrives(rig, FRIEND, "away") if f"<{address}>".encode() in m[1] or address.encode() in m[1]]
    answer = email.message_from_bytes(octets)
    assert answer["Auto-Submitted"].startswith("auto-replied"), answer["Auto-Submitted"]
    assert answer["Return-Path"] == "<>"
    assert answer["In-Reply-To"]
    # To a list, and to who was answered before, nothing goes.
    assert send(rig, [address], "hello", more="List-Id: <a.example>\r\n", sender="x@elsewhere.example") == (250, "")
    arrives(rig, address, "hello", count=4)
    assert len(found(rig, FRIEND, "away")) == 1


def refuses(rig, address):
    code, text = send(rig, [address], "refuse-it")
    assert code == 550 and "not this one" in text, (code, text)
    # Not all refuse: the other one gets it, and the sender a report.
    assert send(rig, [address, FRIEND], "refuse-it", to=address) == (250, "")
    arrives(rig, FRIEND, "refuse-it")

    def reported():
        with imap(rig, FRIEND) as client:
            return client.search(None, "BODY", '"not this one"', "BODY", f'"{address}"')[1][0].split()

    r.until(reported, 30, "a report")
    with smtplib.LMTP("127.0.0.1", rig.ports["lmtp"]) as client:
        client.ehlo()
        client.mail(FRIEND)
        for recipient in (address, FRIEND):
            client.rcpt(recipient)
        client.docmd("DATA")
        client.send(message(FRIEND, address, "refuse-it", "hello\r\n").encode() + b".\r\n")
        replies = [client.getreply()[0] for _ in range(2)]  # one for each recipient (RFC 2033 section 4.2)
    assert replies == [550, 250], replies
    arrives(rig, FRIEND, "refuse-it", count=2)
    assert len(reported()) == 1
    assert not found(rig, address, "refuse-it")


def subaddresses(rig, address):
    user, domain = address.split("@")
    assert send(rig, [f"{user}+shop@{domain}"], "offer") == (250, "")
    arrives(rig, address, "offer", "Shop")


def runs_behind(rig, address):
    assert send(rig, [address], "after") == (250, "")
    arrives(rig, address, "after", "After")


def keeps_what_fails(rig, address):
    assert send(rig, [address], "circle") == (250, "")
    arrives(rig, address, "circle")


BEHIND = f"""
require ["imapsieve", "environment", "imap4flags", "fileinto", "mailbox", "copy", "variables"];
if environment :matches "imap.cause" "*" {{ addflag "by-${{1}}"; }}
if environment "imap.changedflags" "\\\\Flagged" {{ redirect :copy "{FRIEND}"; }}
if header :is "subject" "file-it" {{ fileinto :create "Behind"; }}
"""


def runs_behind_imap_commands(rig, address):
    rig.admin("sieve", "put", address, "behind", rig.path("behind.sieve", BEHIND.replace("\n", "\r\n")))
    with imap(rig, address, None) as client:
        words = client.capability()[1][0].decode().split()
        assert f"IMAPSIEVE=sieve://mail.{r.DOMAIN}:{rig.ports['managesieve']}" in words, words
        assert client.create("Watched")[0] == "OK"
        client.xatom("SETMETADATA", "Watched", '(/shared/imapsieve/script "behind")')
        for subject in ("seen", "file-it"):
            client.append("Watched", None, None, message(address, address, subject, "hello\r\n").encode())
        client.append("INBOX", None, None, message(address, address, "moved", "hello\r\n").encode())
        assert client.select("INBOX")[0] == "OK"
        assert client.uid("MOVE", client.uid("SEARCH", "SUBJECT", "moved")[1][0], "Watched")[0] == "OK"
        assert client.select("Watched")[0] == "OK"
        flags = [line.decode() for line in client.fetch("1:*", "(FLAGS)")[1]]
        assert ["by-APPEND" in line for line in flags] == [True, False, False] and "by-COPY" in flags[2], flags
        assert ["\\Deleted" in line for line in flags] == [False, True, False], flags
        client.fetch("1", "(BODY[])")  # which sets \\Seen
        client.store("1", "+FLAGS", "\\Flagged")
        line, = client.fetch("1", "(FLAGS)")[1]
        assert all(word in line for word in (b"by-FLAG", b"\\Seen", b"\\Flagged")), line
    arrives(rig, address, "file-it", "Behind")
    (_, octets), = arrives(rig, FRIEND, "seen")
    assert email.message_from_bytes(octets)["Return-Path"] == f"<{address}>"


TESTS = [files_with_flags, throws_away, sends_on_and_keeps, answers_once, refuses, subaddresses, runs_behind, keeps_what_fails,
         runs_behind_imap_commands]

if __name__ == "__main__":
    with r.Rig(apart="--apart" in sys.argv) as rig:
        rig.path(f"domains/{r.DOMAIN}.after.sieve", AFTER, 0o644)
        rig.configure(f'sieve.domains = "{rig.folder}/domains"\nauthentication.on = false\n')
        rig.start()
        sys.exit(r.finish(rig, *r.run_tests(rig, [with_script(test) for test in TESTS])))
