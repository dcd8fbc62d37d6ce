#!/usr/bin/env python3
"""Real clients write to other hosts: swaks, msmtp, nodemailer, s-nail, curl and smtplib, each by STARTTLS and by TLS, and what a login may say."""
import email
import os
import re
import smtplib
import sys

import rig as r
from mail import fetch_all, insecure, message, wait_for_subject
from sink import Sink
from smtp_clients import node, swaks

BOB = "bob@" + r.DOMAIN
PORTS = ("submission", "submissions")
BODY = "one\r\n.two starts with a dot\r\n.\r\nthree\r\n"


def away(address, number=0):
    """A recipient at another host, for this test alone."""
    return address.replace("@" + r.DOMAIN, f".{number}@elsewhere.test")


def arrived(sink, address, subject, sender=None):
    """The message for `address` as soon as the other host has it, once."""
    taken, = r.until(lambda: [one for one in sink.to(address) if email.message_from_string(one.text())["Subject"] == subject], 20, f"'{subject}'")
    assert taken.sender == sender or not sender, taken
    assert "\n" not in taken.text().replace("\r\n", ""), taken.text()
    return taken


def both(rig, sink, address, subject):
    """A message that went to another host and to a mailbox here came to both, with the same text below the trace."""
    there = arrived(sink, away(address), subject, address).text()
    here = wait_for_subject(rig, BOB, subject)
    assert here.endswith(there), here
    return there


def login(port, address):
    client = smtplib.SMTP_SSL("127.0.0.1", port, timeout=20, context=insecure())
    client.login(address, r.PASSWORD)
    return client


def by_swaks(rig, address, sink):
    for port, tls in (("submission", "--tls"), ("submissions", "--tls-on-connect")):
        subject = f"swaks {port}"
        swaks(rig, port, tls, "--auth", "PLAIN", "--auth-user", address, "--auth-password", r.PASSWORD, "--from", address,
              "--to", f"{away(address)},{BOB}", "--header", "Subject: " + subject, "--body", "kestrel")
        assert "kestrel" in both(rig, sink, address, subject)


def by_msmtp(rig, address, sink):
    for port, starttls in (("submission", "on"), ("submissions", "off")):
        subject = f"msmtp {port}"
        r.run(["msmtp", "--host=localhost", f"--port={rig.ports[port]}", "--tls=on", f"--tls-starttls={starttls}", "--tls-certcheck=off",
               "--auth=plain", f"--user={address}", f"--passwordeval=echo '{r.PASSWORD}'", f"--from={address}", "--dsn-notify=failure",
               "--dsn-return=headers", away(address), BOB], input=message(address, BOB, subject, BODY).replace("\r\n", "\n"))
        assert both(rig, sink, address, subject).endswith("\r\n\r\n" + BODY)
        taken = arrived(sink, away(address), subject)
        assert "RET=HDRS" in taken.mail and "NOTIFY=FAILURE" in taken.rcpts[0], "what the sender asks for goes along"


def by_nodemailer(rig, address, sink):
    script = """
const nodemailer = require('nodemailer');
const [port, secure, user, pass, ...to] = process.argv.slice(2);
const transport = nodemailer.createTransport({host: '127.0.0.1', port: +port, secure: secure == 'true', requireTLS: true,
  tls: {rejectUnauthorized: false}, auth: {user, pass}});
transport.sendMail({from: `J\u00f6rg <${user}>`, to, subject: 'nodemailer ' + port, text: 'text\\n.\\n', html: '<p>h\u00e4</p>',
  attachments: [{filename: 'a.txt', content: 'x'.repeat(100000)}]}).then(sent => console.log(sent.response), e => { console.error(e); process.exit(1); });
"""
    for port in PORTS:
        number = rig.ports[port]
        node(rig, script, str(number), str(port == "submissions").lower(), address, r.PASSWORD, away(address), BOB)
        parts = list(email.message_from_string(both(rig, sink, address, f"nodemailer {number}")).walk())
        assert parts[-1].get_filename() == "a.txt" and parts[-1].get_payload(decode=True) == b"x" * 100000, parts


def by_s_nail(rig, address, sink):
    for port, scheme in (("submission", "smtp"), ("submissions", "smtps")):
        subject = f"s-nail {port}"
        user = address.replace("@", "%40")
        options = ["v15-compat=yes", "tls-verify=ignore", "smtp-auth=plain", f"from={address}", "sendwait",
                   f"mta={scheme}://{user}:{r.PASSWORD.replace(' ', '%20')}@localhost:{rig.ports[port]}"]
        if scheme == "smtp":
            options.append("smtp-use-starttls")
        r.run(["s-nail", "-:/", *(word for option in options for word in ("-S", option)), "-s", subject, away(address), BOB],
              input="one\n.\nthree\n", env=dict(os.environ, HOME=rig.folder))
        assert both(rig, sink, address, subject).endswith("\r\n\r\none\r\n.\r\nthree\r\n")


def by_curl(rig, address, sink):
    for port, scheme in (("submission", "smtp"), ("submissions", "smtps")):
        subject = f"curl {port}"
        path = rig.path("curl-away.eml", message(address, BOB, subject, BODY))
        r.run(["curl", "-sS", "-k", "--ssl-reqd", f"{scheme}://localhost:{rig.ports[port]}", "-u", f"{address}:{r.PASSWORD}", "--mail-from", address,
               "--mail-rcpt", away(address), "--mail-rcpt", BOB, "-T", path])
        assert both(rig, sink, address, subject).endswith("\r\n\r\n" + BODY)


def by_smtplib(rig, address, sink):
    with smtplib.SMTP("127.0.0.1", rig.ports["submission"], timeout=20) as client:
        client.starttls(context=insecure())
        client.login(address, r.PASSWORD)
        client.sendmail(address, [away(address), BOB], message(address, BOB, "smtplib submission", BODY))
    with login(rig.ports["submissions"], address) as client:
        client.sendmail(address, [away(address), BOB], message(address, BOB, "smtplib submissions", BODY))
    for port in PORTS:
        assert both(rig, sink, address, f"smtplib {port}").endswith("\r\n\r\n" + BODY)


# --- what a login may say -----------------------------------------------------------------------------------------------------------------------


def a_login_writes_as_itself(rig, address, sink):
    """RFC 6409 section 6.1 and 8.1: neither the envelope nor the header names somebody else."""
    text = message(address, BOB, "as myself", "x\r\n")
    forged = {
        "From of somebody else": message(BOB, BOB, "forged", "x\r\n"),
        "two From": f"From: <{BOB}>\r\n" + text,
        "two authors": text.replace(f"From: <{address}>", f"From: <{address}>, <{BOB}>"),
        "a Sender": f"Sender: <{BOB}>\r\n" + text,
        "no From": text.partition("\r\n")[2],
        "a folded From": text.replace(f"From: <{address}>", f"From: {address}\r\n <{BOB}>"),
    }
    with login(rig.ports["submissions"], address) as client:
        for sender in (BOB, "somebody@elsewhere.test", "no-such@" + r.DOMAIN):
            code, reply = client.mail(sender)
            assert code == 553 and reply.startswith(b"5.7.1"), (sender, code, reply)
        for what, forgery in forged.items():
            try:
                client.sendmail(address, [away(address)], forgery)
                raise AssertionError(what + " was let through")
            except smtplib.SMTPDataError as error:
                assert error.smtp_code in (553, 554), (what, error)
        client.sendmail(address, [away(address)], text)
        rig.admin("alias", "add", "sales." + address, address)
        client.sendmail("sales." + address, [away(address)], message("sales." + address, BOB, "as an alias", "x\r\n"))
    arrived(sink, away(address), "as myself", address)
    arrived(sink, away(address), "as an alias", "sales." + address)
    assert len(sink.to(away(address))) == 2


def what_is_missing_is_added(rig, address, sink):
    """RFC 6409 section 8: Date and Message-ID, where there is none."""
    with login(rig.ports["submissions"], address) as client:
        client.sendmail(address, [away(address)], f"From: <{address}>\r\nSubject: bare\r\n\r\nx\r\n")
        client.sendmail(address, [away(address)], message(address, BOB, "complete", "x\r\n"))
    bare = email.message_from_string(arrived(sink, away(address), "bare").text())
    assert email.utils.parsedate_to_datetime(bare["Date"]) and re.fullmatch(r"<\S+@\S+>", bare["Message-ID"]), bare.as_string()
    complete = email.message_from_string(arrived(sink, away(address), "complete").text())
    assert complete.get_all("Date") == ["Thu, 01 Jan 2026 10:00:00 +0100"] and len(complete.get_all("Message-ID")) == 1, complete.as_string()


def the_submitter_is_not_named(rig, address, sink):
    """Neither the address nor the name of the client goes to other hosts."""
    with login(rig.ports["submissions"], address) as client:
        client.ehlo("secret-laptop.example")
        client.sendmail(address, [away(address)], message(address, BOB, "hidden", "x\r\n"))
    text = arrived(sink, away(address), "hidden").text()
    received = email.message_from_string(text).get_all("Received")
    assert len(received) == 1 and "ESMTPSA" in received[0], received
    assert "127.0.0.1" not in text and "secret-laptop" not in text, text


def recipients_have_a_limit(rig, address, sink):
    """limits.recipients is 100 here: one more is told to come in another message (RFC 5321 section 4.5.3.1.10)."""
    with login(rig.ports["submissions"], address) as client:
        refused = client.sendmail(address, [away(address, n) for n in range(103)], message(address, BOB, "many", "x\r\n"))
        assert sorted(refused) == sorted(away(address, n) for n in (100, 101, 102)), refused
        assert all(code == 452 and text.startswith(b"4.5.3") for code, text in refused.values()), refused
    arrived(sink, away(address, 99), "many")
    assert not sink.to(away(address, 100))


def extensions_are_offered_where_due(rig, address, sink):
    with smtplib.SMTP("127.0.0.1", rig.ports["submission"], timeout=20) as client:
        client.ehlo()
        assert client.has_extn("starttls") and not client.has_extn("auth"), client.esmtp_features
        assert not client.has_extn("requiretls"), "REQUIRETLS is for TLS connections (RFC 8689 section 3)"
        client.starttls(context=insecure())
        client.ehlo()
        wanted = {"auth", "dsn", "8bitmime", "smtputf8", "chunking", "pipelining", "size", "requiretls", "futurerelease", "mt-priority",
                  "deliverby", "enhancedstatuscodes"}
        assert wanted <= set(client.esmtp_features), wanted - set(client.esmtp_features)
        assert not client.has_extn("burl") and not client.has_extn("starttls"), client.esmtp_features
    with smtplib.SMTP("127.0.0.1", rig.ports["mx"], timeout=20) as client:
        client.starttls(context=insecure())
        client.ehlo()
        assert {"dsn", "requiretls", "8bitmime", "smtputf8", "chunking", "etrn"} <= set(client.esmtp_features), client.esmtp_features
        assert not {"auth", "futurerelease", "mt-priority"} & set(client.esmtp_features), client.esmtp_features


def a_later_message_waits(rig, address, sink):
    """FUTURERELEASE (RFC 4865): not before its time."""
    with login(rig.ports["submissions"], address) as client:
        client.sendmail(address, [away(address)], message(address, BOB, "later", "x\r\n"), ["HOLDFOR=4"])
        client.sendmail(address, [away(address)], message(address, BOB, "now", "x\r\n"))
    arrived(sink, away(address), "now")
    assert not [one for one in sink.to(away(address)) if "Subject: later" in one.text()]
    arrived(sink, away(address), "later")


def a_demand_for_tls_is_kept(rig, address, sink):
    """REQUIRETLS (RFC 8689): the other host has no TLS, so the message does not go there; whoever is asked says why."""
    with login(rig.ports["submissions"], address) as client:
        client.sendmail(address, ["dora@secret.test"], message(address, BOB, "sealed lips", "x\r\n"), ["REQUIRETLS"])
    row, = r.until(lambda: [line for line in rig.admin("queue", "status").stdout.splitlines() if "secret.test" in line and "TLS" in line], 20,
                   "a reason in the queue")
    assert not sink.to("dora@secret.test"), row
    rig.admin("queue", "remove", "secret.test")


def main():
    with Sink() as sink, r.Rig(extra=sink.settings() + "limits.recipients = 100\nqueue.first_retry_seconds = 1\n") as rig:
        rig.start()
        return r.finish(rig, *r.run_tests(rig, [by_swaks, by_msmtp, by_nodemailer, by_s_nail, by_curl, by_smtplib, a_login_writes_as_itself,
                                                what_is_missing_is_added, the_submitter_is_not_named, recipients_have_a_limit,
                                                extensions_are_offered_where_due, a_later_message_waits, a_demand_for_tls_is_kept], sink))


if __name__ == "__main__":
    sys.exit(main())
