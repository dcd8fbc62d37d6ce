#!/usr/bin/env python3
"""Mail between hosts: two of our servers, Debian's Postfix and Exim, with DNS of our own, each on a loopback address of its own."""
import contextlib
import email
import email.policy
import functools
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time

import rig as r
from mail import fetch_all, imap, insecure, message
from other_hosts import Exim, Postfix
from zone import Zone

ONE, TWO, THREE, FOUR = "one.example", "two.example", "three.example", "four.example"
KEPT = "kept.example"  # of the first host; the second one keeps its mail while the first is down
ADDRESSES = {ONE: "127.0.0.11", TWO: "127.0.0.12", THREE: "127.0.0.13", FOUR: "127.0.0.14"}
NOBODY_THERE = "127.0.0.15"
LIST = [f"r{n:02}" for n in range(17)]  # on each host that is not ours
SHORT_LIST = LIST[:16]
CHEAP = "password.argon2_passes = 1\npassword.argon2_octets = 8192\n"
BACKUP_RETRY = 3600  # seconds: longer than the tests, so that what is sent earlier is sent because the primary was found to be back

ZONE = f"""
one.example. MX 10 mail.one.example.
two.example. MX 10 mail.two.example.
three.example. MX 10 mail.three.example.
four.example. MX 10 mail.four.example.
mail.one.example. A {ADDRESSES[ONE]}
mail.two.example. A {ADDRESSES[TWO]}
mail.three.example. A {ADDRESSES[THREE]}
mail.four.example. A {ADDRESSES[FOUR]}
dead.example. A {NOBODY_THERE}
kept.example. MX 10 mail.one.example.
kept.example. MX 20 mail.two.example.
preferred.example. MX 20 mail.two.example.
preferred.example. MX 10 mail.four.example.
second.example. MX 5 dead.example.
second.example. MX 10 mail.four.example.
nomail.example. MX 0 .
ourselves.example. MX 10 mail.one.example.
"""


def free_port(addresses):
    """A port that is free on all of the addresses."""
    for port in r.free_ports(20):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for address in addresses:
                stack.enter_context(contextlib.closing(socket.socket())).bind((address, port))
            return port
    raise AssertionError("no port is free on all addresses")


class Authority:
    """Makes certificates that can be verified."""

    def __init__(self, folder):
        self.folder = folder
        self.certificate, self.key = f"{folder}/authority.pem", f"{folder}/authority.key"
        r.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", self.key,
               "-out", self.certificate, "-subj", "/CN=authority"])

    def issue(self, name, certificate, key):
        request, extensions = f"{self.folder}/request", f"{self.folder}/extensions"
        with open(extensions, "w") as out:
            out.write(f"subjectAltName=DNS:{name}\n")
        r.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request, "-subj",
               "/CN=" + name])
        r.run(["openssl", "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", "2", "-extfile",
               extensions, "-out", certificate])


class World:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="posthorn-hosts-")
        os.chmod(self.folder, 0o755)
        self.port = free_port([*ADDRESSES.values(), NOBODY_THERE])
        self.stack = contextlib.ExitStack()
        try:
            self.open()
        except BaseException:
            self.close()
            raise

    def open(self):
        self.zone = self.stack.enter_context(Zone(ZONE))
        self.authority = Authority(self.folder)
        self.a = self.ours(ONE, retry=1, users=["alice"])
        self.b = self.ours(TWO, retry=BACKUP_RETRY, users=["bob", *SHORT_LIST])
        self.authority.issue("mail." + ONE, self.a.certificate, self.a.key)
        self.a.admin("domain", "add", KEPT)
        self.a.admin("mailbox", "add", "erin@" + KEPT, "--password-file", "-", input=r.PASSWORD + "\n")
        self.b.admin("domain", "add", KEPT, "--backup", "--recipients", "any", "--tls",
                     f"verify authorities={self.authority.certificate} name=mail.{ONE}")
        self.b.admin("domain", "add", "preferred.example")
        self.b.admin("alias", "add", "j\u00f6rg@" + TWO, "bob@" + TWO)
        self.postfix = self.other(Postfix, THREE, ["carol", "j\u00f6rg", *LIST])
        self.exim = self.other(Exim, FOUR, ["dave", *LIST], more=["preferred.example", "second.example"])
        self.a.start()
        self.b.start()

    def ours(self, domain, retry, users):
        extra = CHEAP + f"""dns.forwarders = ["{self.zone.address()}"]
dns.trust_anchor = ""
dns.timeout_seconds = 5
outbound.mx_port = {self.port}
queue.first_retry_seconds = {retry}
queue.last_retry_seconds = {retry}
limits.recipients_per_hour = 1000
limits.first_time_per_day = 1000
"""
        return self.stack.enter_context(r.Rig(extra=extra, users=users, domain=domain, mx=(ADDRESSES[domain], self.port)))

    def other(self, kind, domain, users, **options):
        routes = {name: [address] for name, address in ADDRESSES.items() if name != domain}
        routes |= {"mail." + ONE: [ADDRESSES[ONE]], "mail." + TWO: [ADDRESSES[TWO]], KEPT: [ADDRESSES[ONE], ADDRESSES[TWO]]}
        folder = os.path.join(self.folder, domain)
        return self.stack.enter_context(contextlib.closing(kind(folder, domain, ADDRESSES[domain], self.port, users, routes, **options)))

    def close(self):
        self.stack.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def at(self, address):
        """All messages of a user of any host, as octets."""
        user, domain = address.split("@")
        if domain in (ONE, TWO, KEPT):
            with imap(self.a if domain != TWO else self.b, address) as client:
                if client.select("INBOX")[1] == [b"0"]:
                    return []
                return [part[1] for part in client.fetch("1:*", "(BODY.PEEK[])")[1] if isinstance(part, tuple)]
        return (self.postfix if domain == THREE else self.exim).messages(user)

    def arrived(self, address, subject, seconds=60):
        """The one message with this subject, as soon as it is there."""
        found = r.until(lambda: [m for m in self.at(address) if b"\r\nSubject: " + subject.encode() + b"\r\n" in m], seconds,
                        f"'{subject}' at {address}")
        assert len(found) == 1, f"{len(found)} copies of '{subject}' at {address}"
        return found[0]

    def report(self, address, about, seconds=60):
        """The delivery report about the message with the subject `about`: the part for programs, and all of it."""
        def found():
            for octets in self.at(address):
                whole = email.message_from_bytes(octets, policy=email.policy.default)
                if whole.get_content_type() == "multipart/report" and about.encode() in octets:
                    return whole
            return None

        whole = r.until(found, seconds, f"a report about '{about}' at {address}")
        assert whole.get_param("report-type") == "delivery-status", whole["Content-Type"]
        assert whole["Return-Path"].strip() == "<>", whole["Return-Path"]
        status = next(part for part in whole.walk() if part.get_content_type() == "message/delivery-status")
        return status.get_payload()[1:], whole

    def submit(self, rig, sender, recipients, octets, options=(), recipient_options=()):
        """Hands a message in with a login."""
        with smtplib.SMTP_SSL("127.0.0.1", rig.ports["submissions"], timeout=60, context=insecure()) as client:
            client.login(sender, r.PASSWORD)
            assert client.sendmail(sender, recipients, octets, list(options), list(recipient_options)) == {}

    def inject(self, host, sender, recipients, octets, options=(), recipient_options=()):
        """Hands a message in at any host without a login."""
        with smtplib.SMTP(ADDRESSES[host], self.port, timeout=60) as client:
            assert client.sendmail(sender, recipients, octets, list(options), list(recipient_options)) == {}

    def waiting(self, rig):
        """Lines about what waits in the queue of one of ours."""
        text = rig.admin("queue", "list").stdout
        return [] if "the queue is empty" in text else text.splitlines()[1:]

    def settle(self):
        """Nothing waits any more and nothing is lost."""
        for rig in (self.a, self.b):
            r.until(lambda: not self.waiting(rig), 60, "an empty queue of " + rig.domain)
            checked = rig.admin("ledger", "check", check=False)
            assert checked.returncode == 0, f"the ledger of {rig.domain}: {checked.stdout}"


def accounted(test):
    """A test that ends with empty queues and ledgers without a fault."""
    @functools.wraps(test)
    def run(rig, address, world):
        try:
            test(world, address)
        finally:  # the next ones want the first host as it was
            if not world.a.children:
                world.a.start()
        world.settle()
    return run


def text(sender, recipient, subject, body="hello\r\n"):
    return message(sender, recipient, subject, body).encode()


def unchanged(sent, received):
    assert received.endswith(sent), f"sent:\n{sent[:1000]}\nreceived:\n{received[:3000]}"


def one_status(statuses):
    assert len(statuses) == 1, statuses
    return statuses[0]


# --- everybody to everybody ----------------------------------------------------------------------------------------------


def swaks_submits(world, rig, sender, recipient, path):
    r.run(["swaks", "--server", "127.0.0.1", "--port", str(rig.ports["submissions"]), "--tls-on-connect", "--timeout", "20", "--auth", "PLAIN",
           "--auth-user", sender, "--auth-password", r.PASSWORD, "--from", sender, "--to", recipient, "--data", "@" + path])


@accounted
def all_directions(world, address):
    users = {ONE: address, TWO: "bob@" + TWO, THREE: "carol@" + THREE, FOUR: "dave@" + FOUR}
    sent = []
    for start, sender in users.items():
        for end, recipient in users.items():
            if start == end:
                continue
            octets = text(sender, recipient, f"from {start} to {end}", "a\r\n.b\r\n..\r\n\r\n c \t\r\nFrom d\r\n\r\n\r\n")
            sent.append((recipient, octets, f"from {start} to {end}"))
            if start in (ONE, TWO):
                rig = world.a if start == ONE else world.b
                path = rig.path("swaks.eml")
                with open(path, "wb") as out:
                    out.write(octets.removesuffix(b"\r\n"))  # which swaks adds
                swaks_submits(world, rig, sender, recipient, path)
            else:
                world.inject(start, sender, [recipient], octets)
    for recipient, octets, subject in sent:
        unchanged(octets, world.arrived(recipient, subject))


@accounted
def eight_bits(world, address):
    for recipient in ("bob@" + TWO, "carol@" + THREE, "dave@" + FOUR):
        subject = "eight bits to " + recipient
        octets = (b"From: <" + address.encode() + b">\r\nTo: <" + recipient.encode() + b">\r\nSubject: " + subject.encode() +
                  b"\r\nMessage-ID: <8." + recipient.encode() + b">\r\nDate: Thu, 01 Jan 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n"
                  b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n" +
                  bytes(range(128, 256)) + b"\r\n")
        world.submit(world.a, address, [recipient], octets, ["BODY=8BITMIME"])
        unchanged(octets, world.arrived(recipient, subject))


@accounted
def addresses_in_utf8(world, address):
    for recipient, mailbox in (("j\u00f6rg@" + TWO, "bob@" + TWO), ("j\u00f6rg@" + THREE, "j\u00f6rg@" + THREE)):
        subject = "gr\u00fc\u00dfe an " + recipient
        octets = (f"From: <{address}>\r\nTo: <{recipient}>\r\nSubject: {subject}\r\nMessage-ID: <utf8.{recipient.split('@')[1]}>\r\n"
                  "Date: Thu, 01 Jan 2026 10:00:00 +0100\r\n\r\nx\r\n").encode()
        world.submit(world.a, address, [recipient], octets, ["SMTPUTF8", "BODY=8BITMIME"])
        unchanged(octets, world.arrived(mailbox, subject))


@accounted
def five_megabytes(world, address):
    for recipient in ("bob@" + TWO, "carol@" + THREE, "dave@" + FOUR):
        subject = "large to " + recipient
        octets = text(address, recipient, subject, ("x" * 76 + "\r\n") * 67_000)
        world.submit(world.a, address, [recipient], octets)
        unchanged(octets, world.arrived(recipient, subject))


@accounted
def fifty_recipients(world, address):
    recipients = [f"{user}@{THREE}" for user in LIST] + [f"{user}@{FOUR}" for user in LIST] + [f"{user}@{TWO}" for user in SHORT_LIST]
    assert len(recipients) == 50
    octets = text(address, "list@" + ONE, "to fifty")
    world.submit(world.a, address, recipients, octets)
    for recipient in recipients:
        unchanged(octets, world.arrived(recipient, "to fifty"))


# --- reports -------------------------------------------------------------------------------------------------------------


@accounted
def unknown_recipients(world, address):
    for domain in (TWO, THREE, FOUR):
        subject = "to nobody at " + domain
        world.submit(world.a, address, ["nobody@" + domain], text(address, "nobody@" + domain, subject))
        statuses, whole = world.report(address, subject)
        status = one_status(statuses)
        assert status["Action"] == "failed" and status["Status"] == "5.1.1", status.as_string()
        assert status["Final-Recipient"].replace(" ", "") == "rfc822;nobody@" + domain, status.as_string()
        assert status["Remote-MTA"].replace(" ", "") == "dns;mail." + domain, status.as_string()
        assert status["Diagnostic-Code"].startswith("smtp; 55"), status.as_string()
        assert whole["To"] == f"<{address}>" or whole["To"] == address, whole["To"]
    world.submit(world.a, address, ["nobody@" + THREE, "carol@" + THREE], text(address, "carol@" + THREE, "one of two"))
    world.arrived("carol@" + THREE, "one of two")
    statuses, _ = world.report(address, "one of two")
    assert "nobody@" in one_status(statuses)["Final-Recipient"], statuses


@accounted
def others_are_told_of_unknown_recipients(world, _):
    for domain, sender in ((THREE, "carol@" + THREE), (FOUR, "dave@" + FOUR)):
        subject = "to nobody from " + domain
        world.inject(domain, sender, ["nobody@" + ONE], text(sender, "nobody@" + ONE, subject))
        statuses, _ = world.report(sender, subject)
        assert one_status(statuses)["Status"] == "5.1.1" or domain == FOUR, statuses  # Exim says 5.0.0 for all


@accounted
def success_is_reported(world, address):
    # Postfix and our own reports themselves; Exim promises nothing, so who relays to it tells so (RFC 3461 section 5.2.2).
    for recipient, action in (("carol@" + THREE, "delivered"), ("bob@" + TWO, "delivered"), ("dave@" + FOUR, "relayed")):
        subject = "success at " + recipient
        world.submit(world.a, address, [recipient], text(address, recipient, subject), ["RET=HDRS", "ENVID=id+2B" + recipient[:3]],
                     ["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;" + recipient])
        statuses, whole = world.report(address, subject)
        status = one_status(statuses)
        assert status["Action"].startswith(action) and status["Status"].startswith("2."), status.as_string()
        assert status["Original-Recipient"].replace(" ", "") == "rfc822;" + recipient, status.as_string()
        assert "id+" + recipient[:3] in whole.as_string(), whole.as_string()


@accounted
def success_is_reported_to_others(world, address):
    sender = "carol@" + THREE
    world.inject(THREE, sender, [address], text(sender, address, "success at ours"), ["RET=HDRS"], ["NOTIFY=SUCCESS"])
    status = one_status(world.report(sender, "success at ours")[0])
    assert status["Action"].startswith("delivered") and status["Status"].startswith("2."), status.as_string()


@accounted
def no_report_where_none_is_wanted(world, address):
    world.submit(world.a, address, ["nobody@" + THREE], text(address, "nobody@" + THREE, "never"), (), ["NOTIFY=NEVER"])
    world.settle()
    time.sleep(1)
    assert world.at(address) == []


# --- aliases to other hosts ----------------------------------------------------------------------------------------------


@accounted
def an_alias_leads_away(world, _):
    world.a.admin("alias", "add", "away@" + ONE, "carol@" + THREE)
    octets = text("dave@" + FOUR, "away@" + ONE, "by an alias")
    world.inject(FOUR, "dave@" + FOUR, ["away@" + ONE], octets)
    received = world.arrived("carol@" + THREE, "by an alias")
    unchanged(octets, received)
    path = email.message_from_bytes(received)["Return-Path"].strip("<>")
    assert path.startswith("SRS0=") and path.endswith(f"=dave@mail.{ONE}") and FOUR in path, path
    # A bounce finds its way back, once: what has no signature of ours does not.
    world.inject(THREE, "", [path], text("mailer-daemon@" + THREE, path, "the bounce"))
    back = world.arrived("dave@" + FOUR, "the bounce")
    assert email.message_from_bytes(back)["Return-Path"] == "<>", back[:300]
    forged = path[:5] + ("A" if path[5] != "A" else "B") + path[6:]
    with smtplib.SMTP(ADDRESSES[ONE], world.port, timeout=20) as client:
        client.ehlo()
        client.mail("")
        assert client.rcpt(forged)[0] == 550, "an address that is signed by nobody"


@accounted
def an_alias_leads_to_nobody(world, _):
    world.a.admin("alias", "add", "lost@" + ONE, "nobody@" + THREE)
    world.inject(FOUR, "dave@" + FOUR, ["lost@" + ONE], text("dave@" + FOUR, "lost@" + ONE, "by a bad alias"))
    status = one_status(world.report("dave@" + FOUR, "by a bad alias")[0])
    assert status["Status"] == "5.1.1", status.as_string()


@accounted
def a_loop_ends(world, _):
    world.a.admin("alias", "add", "ping@" + ONE, "pong@" + TWO)
    world.b.admin("alias", "add", "pong@" + TWO, "ping@" + ONE)
    world.inject(THREE, "carol@" + THREE, ["ping@" + ONE], text("carol@" + THREE, "ping@" + ONE, "round and round"))
    status = one_status(world.report("carol@" + THREE, "round and round")[0])
    assert status["Status"] == "5.4.6", status.as_string()
    world.settle()
    reports = [m for m in world.at("carol@" + THREE) if b"round and round" in m]
    assert len(reports) == 1, f"{len(reports)} reports"


# --- the second MX -------------------------------------------------------------------------------------------------------


def etrn(world):
    with smtplib.SMTP(ADDRESSES[TWO], world.port, timeout=20, source_address=(ADDRESSES[ONE], 0)) as client:
        client.ehlo("mail." + ONE)
        return client.docmd("ETRN", KEPT)[0]


def present(rig, certificate):
    """Lets a server that runs present another certificate."""
    shutil.copy(certificate[0], rig.certificate)
    shutil.copy(certificate[1], rig.key)
    shown = lambda: r.run(["openssl", "s_client", "-connect", f"127.0.0.1:{rig.ports['imaps']}"], input="", check=False).stdout  # noqa: E731
    before = shown().partition("-----BEGIN")[2].partition("-----END")[0]
    for child in rig.children.values():
        child.send_signal(r.signal.SIGHUP)
    r.until(lambda: shown().partition("-----BEGIN")[2].partition("-----END")[0] != before, what="the other certificate")


def kept_subjects(world):
    return [email.message_from_bytes(m)["Subject"] for m in world.at("erin@" + KEPT)]


@accounted
def the_second_mx_keeps_mail(world, _):
    folder, erin = world.folder, "erin@" + KEPT
    right = f"{folder}/right.pem", f"{folder}/right.key"
    wrong = f"{folder}/wrong.pem", f"{folder}/wrong.key"
    other_name = f"{folder}/other.pem", f"{folder}/other.key"
    world.authority.issue("mail." + ONE, *right)
    world.authority.issue("mail." + TWO, *other_name)
    r.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", wrong[1], "-out",
           wrong[0], "-subj", "/CN=mail." + ONE, "-addext", "subjectAltName=DNS:mail." + ONE])
    world.a.stop()
    subjects = [f"kept {n:02}" for n in range(12)]
    sent = [text("dave@" + FOUR, erin, subject) for subject in subjects]
    world.inject(FOUR, "dave@" + FOUR, [erin], sent[0])  # which finds the second MX by itself
    r.until(lambda: len(world.waiting(world.b)) == 1, 30, "the first message at the second MX")
    for octets in sent[1:]:
        world.inject(TWO, "dave@" + FOUR, [erin], octets)
    listed = world.waiting(world.b)
    assert len(listed) == len(subjects) and all(erin in line for line in listed), listed
    status = r.until(lambda: next((line for line in world.b.admin("queue", "status").stdout.splitlines() if KEPT in line and "UTC" not in line and
                                   "refused" in line.lower()), None), 30, "a primary that is known to be down")
    assert str(len(subjects)) in status.split(), status
    identity = listed[0].split()[0]
    shown = world.b.admin("queue", "show", identity).stdout
    assert f"recipient    <{erin}>" in shown and "sender       <dave@four.example>" in shown, shown

    for name, certificate in (("an authority that nobody knows", wrong), ("another name", other_name)):
        shutil.copy(certificate[0], world.a.certificate)
        shutil.copy(certificate[1], world.a.key)
        if not world.a.children:
            world.a.start()
        else:
            present(world.a, certificate)
        assert etrn(world) in (250, 251, 252, 253), "ETRN"
        r.until(lambda: "TLS" in world.b.admin("queue", "status").stdout, 30, "a word about the certificate of " + name)
        time.sleep(1)
        assert len(world.waiting(world.b)) == len(subjects) and kept_subjects(world) == [], "not to " + name

    world.a.stop()  # and not without TLS
    plain = open(world.a.config).read()
    open(world.a.config, "w").write(plain.replace('tls = "starttls"', 'tls = "none"', 1))
    world.a.start()
    assert etrn(world) in (250, 251, 252, 253), "ETRN"
    r.until(lambda: "TLS" in (said := world.b.admin("queue", "status").stdout) and "certificate" not in said, 30, "a word about TLS that is not offered")
    assert len(world.waiting(world.b)) == len(subjects) and kept_subjects(world) == [], "not without TLS"
    world.a.stop()
    open(world.a.config, "w").write(plain)
    shutil.copy(right[0], world.a.certificate)
    shutil.copy(right[1], world.a.key)
    world.a.start()
    assert etrn(world) in (250, 251, 252, 253), "ETRN"
    r.until(lambda: not world.waiting(world.b), 30, "what was kept, within less than a minute, which is when the primary is tried anyhow")
    assert kept_subjects(world) == subjects, kept_subjects(world)
    for octets, received in zip(sent, world.at(erin)):
        unchanged(octets, received)
        assert b"with ESMTPS" in received, received[:500]


# --- the ways that the DNS tells -----------------------------------------------------------------------------------------


@accounted
def the_preferred_mx_is_taken(world, address):
    world.submit(world.a, address, ["dave@preferred.example"], text(address, "dave@preferred.example", "by preference"))
    world.arrived("dave@" + FOUR, "by preference")


@accounted
def the_next_mx_is_taken(world, address):
    started = time.monotonic()
    world.submit(world.a, address, ["dave@second.example"], text(address, "dave@second.example", "by the second"))
    world.arrived("dave@" + FOUR, "by the second")
    assert time.monotonic() - started < 15, "without waiting for another attempt"


@accounted
def no_way_is_told_at_once(world, address):
    for domain, wanted in (("nomail.example", "5.1.10"), ("nosuch.example", "5.1.2"), ("ourselves.example", "5.4.6")):
        subject = "to " + domain
        world.submit(world.a, address, ["dave@" + domain], text(address, "dave@" + domain, subject))
        status = one_status(world.report(address, subject, 15)[0])
        assert status["Action"] == "failed" and status["Status"] == wanted, status.as_string()


@accounted
def a_resolver_that_fails_bounces_nothing(world, address):
    try:
        world.zone.write(ZONE + "$FAULT servfail late.example.\n")
        world.submit(world.a, address, ["dave@late.example"], text(address, "dave@late.example", "later"))
        time.sleep(3)
        assert len(world.waiting(world.a)) == 1 and world.at(address) == []
    finally:
        world.zone.write(ZONE + "late.example. MX 10 mail.four.example.\n")
    r.until(lambda: not world.waiting(world.a) or world.at(address), 30, "an end")
    # Exim has no such user domain: it relays for nobody without a route, so this is its refusal, told by a report.
    assert "dave@late.example" in world.report(address, "later")[0][0]["Final-Recipient"]


TESTS = [all_directions, eight_bits, addresses_in_utf8, five_megabytes, fifty_recipients, unknown_recipients, others_are_told_of_unknown_recipients,
         success_is_reported, success_is_reported_to_others, no_report_where_none_is_wanted, an_alias_leads_away, an_alias_leads_to_nobody, a_loop_ends,
         the_second_mx_keeps_mail, the_preferred_mx_is_taken, the_next_mx_is_taken, no_way_is_told_at_once, a_resolver_that_fails_bounces_nothing]


def main():
    with World() as world:
        passed, failed = r.run_tests(world.a, TESTS, world)
        if failed:
            for host in (world.postfix, world.exim):
                print(f"--- {host.name}\n{host.log()}")
            print(f"--- {world.b.domain}\n{world.b.log()}")
        world.b.stop()
        world.b.admin("check")
        return r.finish(world.a, passed, failed)


if __name__ == "__main__":
    sys.exit(main())
