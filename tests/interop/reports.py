#!/usr/bin/env python3
"""Reports that leave the server: two of ours and a test DNS. What one finds out about mail of the other comes back to it as mail that is signed, and
others than our own programs read what stands in it."""
import contextlib
import email
import email.policy
import gzip
import http.server
import json
import smtplib
import socketserver
import ssl
import subprocess
import sys
import threading
import xml.etree.ElementTree as xml

import debian

debian.need("dkim")

from authentication import ADDRESSES, HOSTS, ONE, STRANGER, TWO, World, records_of, results, signers, stranger, verified_by_others

import rig as r
from mail import imap
from mail_hosts import Authority

SPACE = "{urn:ietf:params:xml:ns:dmarc-2.0}"
REPORTER = "mail." + TWO


class Office(World):
    more = "queue.first_retry_seconds = 1\nqueue.last_retry_seconds = 1\nreports.dmarc = true\nreports.failure = true\nreports.failures_per_day = 2\nreports.tls = true\noutbound.https_anywhere = true\n"

    def __init__(self):
        super().__init__()
        try:
            authority = Authority(self.a.folder)
            self.web_files = self.a.path("web.pem"), self.a.path("web.key")
            authority.issue("web." + TWO, *self.web_files)
            self.a.configure(self.a.extra + f'outbound.authorities = "{authority.certificate}"\n')
            self.keys = records_of(self.a.admin("dkim", "create", ONE).stdout) + records_of(self.b.admin("dkim", "create", REPORTER).stdout)
            self.keys += f'_dmarc.two.example. TXT "v=DMARC1; p=reject"\n{REPORTER}. TXT "v=spf1 a -all"\n'
        except BaseException:
            self.close()
            raise

    def know(self, records):
        """The DNS has the hosts, the keys and these records."""
        self.publish(self.keys + records)

    def report(self, rig, *options):
        """What `posthorn reports send` says, as (report, domain, to, what became of it), while the server does not run: it has written down what it knows."""
        rig.stop()
        try:
            told = rig.admin("reports", "send", *options).stdout
        finally:
            rig.start()
        return [(line.split(maxsplit=4)[0], *line.split(maxsplit=4)[2:]) for line in told.splitlines()[1:]], told


def attachment(octets, kind):
    """The one part of this type, whole, and the message that it is in."""
    whole = email.message_from_bytes(octets, policy=email.policy.default)
    found, = (part for part in whole.walk() if part.get_content_type() == kind)
    return found, whole


def texts(element, path):
    return [found.text for found in element.findall("/".join(SPACE + step for step in path.split("/")))]


def rows_of(feedback):
    """(source, count, disposition, dkim, spf, header_from) of each record."""
    rows = []
    for record in feedback.findall(SPACE + "record"):
        one = [texts(record, path) for path in ("row/source_ip", "row/count", "row/policy_evaluated/disposition", "row/policy_evaluated/dkim",
                                                "row/policy_evaluated/spf", "identifiers/header_from")]
        assert all(len(values) == 1 for values in one), one
        rows.append(tuple(values[0] for values in one))
    return sorted(rows)


def aggregate(world):
    """Mail that passes and mail that fails is told to the author's domain, and to others only when they agree."""
    policy = f'_dmarc.one.example. TXT "v=DMARC1; p=none; rua=mailto:alice@{ONE},mailto:bob@{TWO}"\n'
    world.know(policy)
    for subject in ("passes", "passes too"):
        world.submit(subject)
        assert "dmarc=pass" in results(world.arrived(subject))
    for subject in ("fails", "fails too", "fails as well"):
        assert stranger(world, "x@list.example", "boss@" + ONE, subject)[0] == 250
        assert "dmarc=fail" in results(world.arrived(subject))

    lines, told = world.report(world.b)
    assert lines == [] and "no report is due" in told, told
    expected = [("DMARC", ONE, "bob@" + TWO, "has not agreed to get reports of this domain"), ("DMARC", ONE, "alice@" + ONE, "would be sent")]
    lines, told = world.report(world.b, "--today", "--dry-run")
    assert lines == expected, told
    lines, told = world.report(world.b, "--today")
    assert lines == [expected[0], ("DMARC", ONE, "alice@" + ONE, "in the queue")], told

    octets = world.arrived("Report Domain: " + ONE, user="alice@" + ONE)
    assert {domain for domain, _ in signers(octets)} == {REPORTER} and verified_by_others(octets, world.keys), signers(octets)
    part, whole = attachment(octets, "application/gzip")
    assert whole["From"] == "reports@" + REPORTER and whole["To"] == "alice@" + ONE, (whole["From"], whole["To"])
    assert whole["Return-Path"].strip() == f"<reports@{REPORTER}>" and whole["Auto-Submitted"] == "auto-generated", whole["Return-Path"]
    said, = (field for field in whole.get_all("Authentication-Results") if field.startswith("mail." + ONE))
    assert "dmarc=pass" in said, said
    feedback = xml.fromstring(gzip.decompress(part.get_content()))
    assert feedback.tag == SPACE + "feedback", feedback.tag
    metadata = {name: texts(feedback, "report_metadata/" + name) for name in ("org_name", "email", "report_id", "date_range/begin", "date_range/end")}
    assert metadata["org_name"] == [REPORTER] and metadata["email"] == ["reports@" + REPORTER], metadata
    begin, end, name = metadata["date_range/begin"][0], metadata["date_range/end"][0], metadata["report_id"][0]
    assert part.get_filename() == f"{REPORTER}!{ONE}!{begin}!{end}!{name}.xml.gz", part.get_filename()
    assert int(begin) % 86400 == 0 and int(begin) < int(end), metadata
    assert whole["Subject"] == f"Report Domain: {ONE} Submitter: {REPORTER} Report-ID: <{name}>", whole["Subject"]
    assert texts(feedback, "policy_published/domain") == [ONE] and texts(feedback, "policy_published/p") == ["none"]
    assert rows_of(feedback) == [("127.0.0.1", "2", "none", "pass", "pass", ONE), (STRANGER, "3", "none", "fail", "fail", ONE)], rows_of(feedback)

    path = world.a.path("report.eml")
    with open(path, "wb") as out:
        out.write(octets)
    ours, = json.loads(world.a.admin("reports", "read", "--json", path).stdout)
    assert ours["id"] == name and ours["domain"] == ONE and ours["organization"] == REPORTER, ours
    counts = sorted((row["source"], row["count"], row["dkim_aligned"], row["spf_aligned"]) for row in ours["rows"])
    assert counts == [("127.0.0.1", 2, True, True), (STRANGER, 3, False, False)], counts

    world.know(policy + f'one.example._report._dmarc.{TWO}. TXT "v=DMARC1"\n')
    lines, told = world.report(world.b, "--today")
    lines = sorted(line for line in lines if line[0] == "DMARC")  # the first report went by TLS, which is counted too
    assert [line[:3] for line in lines] == [("DMARC", ONE, "alice@" + ONE), ("DMARC", ONE, "bob@" + TWO)], told
    assert lines[0][3] in ("in the queue", "was sent before"), told  # before: within the same second, up to which both report
    assert lines[1][3] == "in the queue", told
    part, _ = attachment(world.arrived("Report Domain: " + ONE, user="bob@" + TWO), "application/gzip")
    assert rows_of(xml.fromstring(gzip.decompress(part.get_content()))) == rows_of(feedback)


def failure(world):
    """Single messages that fail are told to those who may be told, a few a day, and no report is told of another."""
    world.know(f'_dmarc.one.example. TXT "v=DMARC1; p=reject; ruf=mailto:alice@{ONE},mailto:bob@{TWO}"\n')
    report = "Auto-Submitted: auto-generated\r\nContent-Type: multipart/report; boundary=x\r\n"
    assert stranger(world, "x@list.example", "boss@" + ONE, "a report", report)[0] == 550
    for subject in ("failure 1", "failure 2", "failure 3"):
        assert stranger(world, "x@list.example", "boss@" + ONE, subject)[0] == 550
    lines, told = world.report(world.b)
    sent = [line for line in lines if line[0] == "failure" and line[3] in ("in the queue", "was sent before")]
    assert all(line[1:3] == (ONE, "alice@" + ONE) for line in sent), told
    refused = [line for line in lines if line[2] == "bob@" + TWO]
    assert len(refused) == len(sent) and all("has not agreed" in line[3] for line in refused), told

    for subject in ("FW: failure 1", "FW: failure 2"):
        octets = world.arrived(subject, user="alice@" + ONE)
        assert {domain for domain, _ in signers(octets)} == {REPORTER} and verified_by_others(octets, world.keys), signers(octets)
        fields, whole = attachment(octets, "message/feedback-report")
        assert whole.get_content_type() == "multipart/report" and whole.get_param("report-type") == "feedback-report", whole["Content-Type"]
        assert whole["Auto-Submitted"] == "auto-generated", whole["Auto-Submitted"]
        said = email.message_from_string(fields.get_payload() if isinstance(fields.get_payload(), str) else str(fields.get_payload(0)))
        assert (said["Feedback-Type"], said["Auth-Failure"], said["Delivery-Result"]) == ("auth-failure", "dmarc", "reject"), said.items()
        assert (said["Source-IP"], said["Reported-Domain"], said["Original-Mail-From"]) == (STRANGER, ONE, "<x@list.example>"), said.items()
        assert "dmarc=fail" in said["Authentication-Results"] and said["Identity-Alignment"] == "dkim, spf", said.items()
        header, _ = attachment(octets, "text/rfc822-headers")
        assert "Subject: " + subject[4:] in str(header.get_payload()) and "hello" not in str(header.get_payload()), header.get_payload()
        path = world.a.path("failure.eml")
        with open(path, "wb") as out:
            out.write(octets)
        ours, = json.loads(world.a.admin("reports", "read", "--json", path).stdout)
        assert (ours["kind"], ours["auth_failure"], ours["source"], ours["domains"]) == ("feedback", "dmarc", STRANGER, [ONE]), ours
    lines, told = world.report(world.b)
    assert not any(line[0] == "failure" for line in lines), told
    with imap(world.a, "alice@" + ONE) as client:
        for subject in ("FW: failure 3", "FW: a report"):
            assert client.search(None, "SUBJECT", f'"{subject}"')[1] == [b""], subject


class Web:
    """An HTTPS server that keeps what is posted; its first answer is `first`."""

    def __init__(self, files, first):
        posted, answers = [], [first]

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                posted.append((self.path, self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(answers.pop() if answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.posted = posted
        self.server = http.server.ThreadingHTTPServer((ADDRESSES[TWO], 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class BrokenTls(socketserver.ThreadingTCPServer):
    """A mail server that offers STARTTLS and cannot do it, and takes mail without."""

    allow_reuse_address = True

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 broken\r\n")
            for line in self.rfile:
                word = line.split()[0].upper()
                if word == b"STARTTLS":
                    self.wfile.write(b"220 go on\r\n")
                    self.connection.recv(1)  # of the client's first word
                    self.wfile.write(b"this is no TLS at all\r\n")
                    return
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    self.server.taken.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self.wfile.write({b"EHLO": b"250-broken\r\n250 STARTTLS\r\n", b"QUIT": b"221 bye\r\n"}.get(word, b"250 fine\r\n"))

    def __init__(self, place):
        super().__init__(place, self.Handler)
        self.taken = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


def broken_tls(world):
    """A handshake that fails is one failed session, though the mail then goes without TLS."""
    with contextlib.closing(Web(world.web_files, first=200)) as web, contextlib.closing(BrokenTls((STRANGER, world.port))) as host:
        world.know(f'_smtp._tls.broken.example. TXT "v=TLSRPTv1; rua=https://web.{TWO}:{web.port}/"\nweb.{TWO}. A {ADDRESSES[TWO]}\n'
                   f"broken.example. MX 10 mail.broken.example.\nmail.broken.example. A {STRANGER}\n")
        world.submit("without TLS", "carol@broken.example")
        r.until(lambda: host.taken, 30, "mail without TLS")
        _, told = world.report(world.a, "--today")
        assert len(web.posted) == 1, told
    policy, = json.loads(gzip.decompress(web.posted[0][2]))["policies"]
    summary = policy["summary"]
    assert (summary["total-successful-session-count"], summary["total-failure-session-count"]) == (0, 1), policy
    detail, = policy["failure-details"]
    assert detail["result-type"] != "starttls-not-supported", policy


def tls(world):
    """What came of connections goes to an address and to a URL; a web server that fails is tried again."""
    with contextlib.closing(Web(world.web_files, first=503)) as web:
        url = f"https://web.{TWO}:{web.port}/reports?of=one"
        world.know(f'_smtp._tls.{TWO}. TXT "v=TLSRPTv1; rua=mailto:bob@{TWO},{url}"\nweb.{TWO}. A {ADDRESSES[TWO]}\n')
        world.submit("by TLS")
        world.arrived("by TLS")
        lines, told = world.report(world.a, "--today")
        assert ("TLS", TWO, "bob@" + TWO, "in the queue") in lines, told
        assert ("TLS", TWO, url, f"failed: web.{TWO}: HTTP status 503") in lines, told
        lines, told = world.report(world.a, "--today")
        assert ("TLS", TWO, url, "sent") in lines, told
    path, kind, content = web.posted[-1]
    assert len(web.posted) == 2 and path == "/reports?of=one" and kind == "application/tlsrpt+gzip", web.posted
    report = json.loads(gzip.decompress(content))
    assert report["organization-name"] == "mail." + ONE and report["contact-info"] == "reports@mail." + ONE, report
    policy, = (one for one in report["policies"] if one["policy"]["policy-domain"] == TWO)
    assert policy["policy"]["policy-type"] == "no-policy-found", policy
    assert policy["summary"]["total-successful-session-count"] + policy["summary"]["total-failure-session-count"] > 0, policy
    octets = world.arrived("Report Domain: " + TWO)
    part, whole = attachment(octets, "application/tlsrpt+gzip")
    assert whole.get_content_type() == "multipart/report" and whole.get_param("report-type") == "tlsrpt", whole["Content-Type"]
    assert whole["TLS-Report-Domain"] == TWO and whole["TLS-Report-Submitter"] == "mail." + ONE, whole.items()
    mailed = json.loads(gzip.decompress(part.get_payload(decode=True)))
    assert mailed["policies"] == report["policies"], (mailed, report)


def main():
    chosen = sys.argv[1:]
    passed = failed = 0
    with Office() as world:
        for test in (aggregate, failure, broken_tls, tls):
            if chosen and test.__name__ not in chosen:
                continue
            try:
                test(world)
                passed += 1
                print("ok  ", test.__name__, flush=True)
            except (AssertionError, subprocess.SubprocessError, smtplib.SMTPException) as problem:
                failed += 1
                print("FAIL", test.__name__, problem, "\n", world.a.log(), world.b.log(), flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
