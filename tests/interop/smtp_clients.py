#!/usr/bin/env python3
"""Sending with real clients: swaks, curl, msmtp, neomutt, nodemailer, Python's smtplib."""
import os
import smtplib
import ssl
import subprocess
import sys

import rig as r
from mail import fetch_all, insecure, message, wait_for_subject

SEED = "bob@" + r.DOMAIN


def swaks(rig, port, *arguments, check=True):
    return r.run(["swaks", "--server", "127.0.0.1", "--port", str(rig.ports[port]), "--timeout", "20", *arguments], check=check)


def swaks_mx_starttls(rig, address):
    swaks(rig, "mx", "--tls", "--from", "someone@elsewhere.test", "--to", address, "--header", "Subject: swaks-mx")
    text = wait_for_subject(rig, address, "swaks-mx")
    assert "with ESMTPS" in text, text
    assert text.startswith("Return-Path: <someone@elsewhere.test>\r\n"), text[:200]


def swaks_submission_attachment(rig, address):
    path = rig.path("attachment.bin")
    with open(path, "wb") as out:
        out.write(os.urandom(300_000))
    for port, tls in (("submission", "--tls"), ("submissions", "--tls-on-connect")):
        swaks(rig, port, tls, "--auth", "PLAIN", "--auth-user", address, "--auth-password", r.PASSWORD, "--from", address,
              "--to", SEED, "--header", f"Subject: attached by {port} of {address}", "--attach", "@" + path)
        wait_for_subject(rig, SEED, f"attached by {port} of {address}")


def swaks_auth_login(rig, address):
    swaks(rig, "submissions", "--tls-on-connect", "--auth", "LOGIN", "--auth-user", address, "--auth-password", r.PASSWORD, "--from", address,
          "--to", address, "--header", "Subject: by LOGIN")
    wait_for_subject(rig, address, "by LOGIN")


def swaks_refusals(rig, address):
    unknown = swaks(rig, "mx", "--from", "a@elsewhere.test", "--to", "nobody-here@" + r.DOMAIN, check=False)
    assert unknown.returncode == 24 and "550 5.1.1" in unknown.stdout, unknown.stdout
    relay = swaks(rig, "mx", "--from", "a@elsewhere.test", "--to", "x@elsewhere.test", check=False)
    assert relay.returncode == 24 and "550 5.7.1" in relay.stdout, relay.stdout
    no_login = swaks(rig, "submission", "--tls", "--from", address, "--to", address, check=False)
    assert "530 5.7.0" in no_login.stdout, no_login.stdout
    clear = swaks(rig, "submission", "--auth", "PLAIN", "--auth-user", address, "--auth-password", r.PASSWORD, "--from", address, "--to", address,
                  check=False)
    assert clear.returncode == 28, clear.stdout
    wrong = swaks(rig, "submission", "--tls", "--auth", "PLAIN", "--auth-user", address, "--auth-password", "wrong", "--from", address,
                  "--to", address, check=False)
    assert wrong.returncode == 28 and "535 5.7.8" in wrong.stdout, wrong.stdout
    forged = swaks(rig, "submission", "--tls", "--auth", "PLAIN", "--auth-user", address, "--auth-password", r.PASSWORD,
                   "--from", SEED, "--to", address, check=False)
    assert "553 5.7.1" in forged.stdout, forged.stdout
    assert fetch_all(rig, address) == []


def swaks_lmtp_two_recipients(rig, address):
    done = swaks(rig, "lmtp", "--protocol", "LMTP", "--from", "a@elsewhere.test", "--to", f"{address},{SEED}", "--header", "Subject: lmtp " + address)
    assert done.stdout.count("<-  250 2.") >= 4, done.stdout
    wait_for_subject(rig, address, "lmtp " + address)
    wait_for_subject(rig, SEED, "lmtp " + address)


def curl_smtp(rig, address):
    path = rig.path("curl.eml", message(address, address, "by curl", "one\r\n.two starts with a dot\r\n.\r\nthree\r\n"))
    r.run(["curl", "-sS", "-k", "--ssl-reqd", f"smtp://localhost:{rig.ports['submission']}", "-u", f"{address}:{r.PASSWORD}", "--mail-from", address,
           "--mail-rcpt", address, "-T", path])
    text = wait_for_subject(rig, address, "by curl")
    assert text.endswith("one\r\n.two starts with a dot\r\n.\r\nthree\r\n"), text


def msmtp(rig, address):
    r.run(["msmtp", "--host=localhost", f"--port={rig.ports['submission']}", "--tls=on", "--tls-starttls=on", "--tls-certcheck=off", "--auth=plain",
           f"--user={address}", f"--passwordeval=echo '{r.PASSWORD}'", f"--from={address}", address],
          input=message(address, address, "by msmtp", "x\n").replace("\r\n", "\n"))
    wait_for_subject(rig, address, "by msmtp")
    # msmtp speaks SCRAM-SHA-256 where the GNU SASL library is built in.
    scram = r.run(["msmtp", "--host=localhost", f"--port={rig.ports['submissions']}", "--tls=on", "--tls-starttls=off", "--tls-certcheck=off",
                   "--auth=scram-sha-256", f"--user={address}", f"--passwordeval=echo '{r.PASSWORD}'", f"--from={address}", address],
                  input=message(address, address, "by scram", "x\n").replace("\r\n", "\n"), check=False)
    if "not supported" not in scram.stdout:
        assert scram.returncode == 0, scram.stdout
        wait_for_subject(rig, address, "by scram")


def neomutt_sends(rig, address):
    muttrc = rig.path("send/muttrc", f"""
set smtp_url="smtp://{address}@localhost:{rig.ports['submission']}/" smtp_pass="{r.PASSWORD}"
set ssl_force_tls=yes ssl_starttls=yes certificate_file="{rig.certificate}"
set from="{address}" use_envelope_from=yes record="" sleep_time=0 copy=no
""".replace(f"smtp://{address}@", "smtp://" + address.replace("@", "%40") + "@"))
    r.run(["neomutt", "-n", "-F", muttrc, "-s", "by neomutt", "-a", rig.certificate, "--", address], input="hello\n",
          env=dict(os.environ, HOME=rig.folder, TERM="dumb"))
    wait_for_subject(rig, address, "by neomutt")


def python_smtplib(rig, address):
    with smtplib.SMTP_SSL("127.0.0.1", rig.ports["submissions"], timeout=20, context=insecure()) as client:
        client.login(address, r.PASSWORD)
        assert client.has_extn("smtputf8") and client.has_extn("size"), client.esmtp_features
        refused = client.sendmail(address, [address, "no-such@" + r.DOMAIN], message(address, address, "one of two", "x\r\n"))
        assert list(refused) == ["no-such@" + r.DOMAIN] and refused["no-such@" + r.DOMAIN][0] == 550, refused
        client.sendmail(address, [address], f"From: {address}\r\nSubject: =?utf-8?q?umlaut?=\r\n\r\n\u00e4\r\n".encode(),
                        ["SMTPUTF8", "BODY=8BITMIME"])
    wait_for_subject(rig, address, "one of two")
    with smtplib.SMTP("127.0.0.1", rig.ports["submission"], timeout=20) as client:
        client.starttls(context=insecure())
        try:
            client.login(address, "wrong")
            raise AssertionError("a wrong password got in")
        except smtplib.SMTPAuthenticationError as error:
            assert error.smtp_code == 535, error


def nodemailer(rig, address):
    script = """
const nodemailer = require('nodemailer');
const [port, user, pass] = process.argv.slice(2);
const transport = nodemailer.createTransport({host: '127.0.0.1', port: +port, secure: true, pool: true, maxConnections: 4,
  tls: {rejectUnauthorized: false}, auth: {user, pass}});
const one = n => transport.sendMail({from: user, to: user, subject: 'nodemailer ' + n, text: 'text\\n.\\n', html: '<p>h\u00e4</p>',
  attachments: [{filename: 'a.txt', content: 'x'.repeat(100000)}]});
Promise.all([...Array(20).keys()].map(one)).then(all => { console.log(all.length); transport.close(); },
  e => { console.error(e); process.exit(1); });
"""
    node(rig, script, str(rig.ports["submissions"]), address, r.PASSWORD)
    r.until(lambda: len(fetch_all(rig, address)) == 20, what="20 messages")


def node(rig, script, *arguments):
    modules = r.run([os.path.join(r.ROOT, "tools/install-deps"), "--print-npm"]).stdout.strip() + "/node_modules"
    path = rig.path(f"script-{abs(hash(script))}.js", script)
    return r.run(["node", path, *arguments], env=dict(os.environ, NODE_PATH=modules))


if __name__ == "__main__":
    sys.exit(r.main([swaks_mx_starttls, swaks_submission_attachment, swaks_auth_login, swaks_refusals, swaks_lmtp_two_recipients, curl_smtp,
                     msmtp, neomutt_sends, python_smtplib, nodemailer]))
