#!/usr/bin/env python3
"""Reports that we write, read by Python's email and by GMime: types, fields and no defects."""
import email
import email.policy
import json
import os
import subprocess
import sys
import tempfile

HERE = os.environ["POSTHORN_COMPARE"]
HEADERS = "text/rfc822-headers"
DIAGNOSTIC = "smtp; 550 5.1.1 <ann@example.com> Action: delivered %s and more words to fill a second line"
DATE = "Wed, 31 Dec 2025 18:30:00 -0530"


def delivery(original, acute):
    return [
        [("Original-Envelope-Id", "QQ314159"), ("Reporting-MTA", "dns; mx.example.org"), ("Arrival-Date", DATE)],
        [("Original-Recipient", original), ("Final-Recipient", "rfc822; ann@example.com"), ("Action", "failed"),
         ("Status", r"5.1.1 (bad \(really\) address)"), ("Remote-MTA", "dns; mx.example.com"),
         ("Diagnostic-Code", DIAGNOSTIC % acute), ("X-Display-Name", "Ann")],
        [("Final-Recipient", "rfc822; bob@example.net"), ("Action", "delayed"), ("Status", "4.4.1"), ("Will-Retry-Until", DATE)],
    ]


EXPECTED = {
    "delivery": ("delivery-status", "message/delivery-status", HEADERS, delivery(r"utf-8; j\x{F6}rg\x{2B}x@example.com", r"caf\x{E9}")),
    "global": ("delivery-status", "message/global-delivery-status", HEADERS, delivery("utf-8; jörg+x@example.com", "café")),
    "disposition": ("disposition-notification", "message/disposition-notification", HEADERS, [
        [("Reporting-UA", "joes-pc.cs.example.com; Foomail 97.1"), ("Final-Recipient", "rfc822; Joe_Recipient@example.com"),
         ("Original-Message-ID", "<199509192301.23456@example.org>"),
         ("Disposition", "manual-action/MDN-sent-manually; displayed/error"), ("Error", "a printer, out of paper")]]),
    "feedback": ("feedback-report", "message/feedback-report", "message/rfc822", [
        [("Feedback-Type", "abuse"), ("User-Agent", "Posthorn/1"), ("Version", "1"), ("Original-Mail-From", "<>"),
         ("Original-Rcpt-To", "<ann@example.com>"), ("Original-Rcpt-To", "<bob@example.com>"), ("Source-IP", "2001:db8::1"),
         ("Source-Port", "4711")]]),
}

QUEUED = "Thu, 01 Jan 2026 00:00:00 +0000"
TRIED = "Thu, 01 Jan 2026 01:00:00 +0000"
SAID = "smtp; 550-5.1.1 no 550 5.1.1 such user"


def queued(action, status, original="rfc822; Ann@lists.example.com", said=SAID, host="mx.example.com", envelope="QQ314159"):
    recipient = [("Original-Recipient", original), ("Final-Recipient", "rfc822; ann@example.com"), ("Action", action), ("Status", status),
                 ("Remote-MTA", "dns; " + host), ("Diagnostic-Code", said), ("Last-Attempt-Date", TRIED)]
    if action == "delayed":
        recipient.append(("Will-Retry-Until", TRIED))
    return [[("Original-Envelope-Id", envelope), ("Reporting-MTA", "dns; mx.example.org"), ("Arrival-Date", QUEUED)], recipient]


DSN = ("delivery-status", "message/delivery-status")
GLOBAL = ("delivery-status", "message/global-delivery-status")
EXPECTED |= {
    "queue-failed": (*DSN, HEADERS, queued("failed", "5.1.1")),
    "queue-full": (*DSN, "message/rfc822", queued("failed", "5.1.1")),
    "queue-delayed": (*DSN, HEADERS, queued("delayed", "4.4.1")),
    "queue-delivered": (*DSN, HEADERS, queued("delivered", "2.1.5")),
    "queue-relayed": (*DSN, HEADERS, queued("relayed", "2.0.0")),
    "queue-global": (*GLOBAL, "message/global-headers", queued("failed", "5.6.7", "utf-8; jörg@example.com", "smtp; 550 5.6.7 café")),
    "queue-whole": (*GLOBAL, "message/global", queued("failed", "5.6.7", "utf-8; jörg@example.com", "smtp; 550 5.6.7 café")),
    "queue-hostile": (*DSN, HEADERS, queued("failed", "5.0.0", said=r"smtp; 550 a Action: delivered [31m \x{FFFD}", host="mx --=_",
                                            envelope="a X-Evil: yes")),
}
SUBJECTS = {"failed": "Your message could not be delivered", "delayed": "Your message is delayed",
            "delivered": "Your message was delivered", "relayed": "Your message was passed on"}


def words(text):
    return " ".join(str(text).split())


def groups(octets):
    out = []
    for block in octets.decode("utf-8").split("\r\n\r\n"):
        fields = email.message_from_string(block, policy=email.policy.default.clone(utf8=True)).items()
        if fields:
            out.append([(name, words(value)) for name, value in fields])
    return out


def body(octets, part_type):
    """The octets of the machine part, cut without a MIME parser."""
    return octets.split(b"Content-Type: " + part_type.encode(), 1)[1].split(b"\r\n\r\n", 1)[1].split(b"\r\n--=_", 1)[0]


def problems_of(name, path):
    report_type, machine, returned, fields = EXPECTED[name]
    with open(path, "rb") as file:
        octets = file.read()
    message = email.message_from_bytes(octets, policy=email.policy.default)
    types = [part.get_content_type() for part in message.iter_parts()]
    if types != ["text/plain", machine, returned]:
        yield f"types {types}"
    if message.get_param("report-type") != report_type:
        yield "report-type"
    for part in message.walk():
        if part.defects:
            yield f"defects {part.defects}"
    if name.startswith("queue-"):
        wanted = [("From", "Mail Delivery System <MAILER-DAEMON@mx.example.org>"), ("To", "jane@example.org"),
                  ("Subject", SUBJECTS[fields[1][2][1]]), ("Date", TRIED), ("Message-ID", "<0123abcd.0.1@mx.example.org>"),
                  ("Auto-Submitted", "auto-replied"), ("MIME-Version", "1.0")]
        header = [(key, str(value)) for key, value in message.items() if not key.startswith("Content-")]
        if header != wanted:
            yield f"header {header}"
        if "ann@example.com" not in next(message.iter_parts()).get_content():
            yield "the text names nobody"
    if machine == "message/delivery-status":  # the one type that Python's email takes apart itself
        seen = [[(k, words(v)) for k, v in group.items()] for group in list(message.iter_parts())[1].get_payload() if group.items()]
        if seen != fields:
            yield f"Python's groups {seen}"
    seen = groups(body(octets, machine))
    if seen != fields:
        yield f"fields {seen}"
    if any(len(line) > 78 for line in body(octets, machine).split(b"\r\n")):
        yield "a long line"


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([os.path.join(HERE, "report-messages"), folder], check=True)
        for name, expected in EXPECTED.items():
            path = os.path.join(folder, name + ".eml")
            found = list(problems_of(name, path))
            tree = json.loads(subprocess.run([os.path.join(HERE, "gmime-tree")], input=path + "\n", text=True, check=True,
                                             capture_output=True).stdout.splitlines()[0])
            types = [part["type"] for part in tree["parts"]]
            if tree["type"] != "multipart/report" or types != ["text/plain", expected[1], expected[2]]:
                found.append(f"GMime: {tree['type']} {types}")
            failed += bool(found)
            print(name, "; ".join(found) or "ok")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
