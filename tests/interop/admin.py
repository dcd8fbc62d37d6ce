#!/usr/bin/env python3
"""What an administrator does: configuration errors, export, quotas, aliases, new certificates, dropping root, a full disk, stopping."""
import imaplib
import mailbox
import os
import pwd
import signal
import smtplib
import ssl
import subprocess
import sys
import time

import rig as r
from mail import append, fetch_all, imap, insecure, message


def configuration_is_checked(rig, _):
    good = r.run([r.program("posthornd"), "--config", rig.config, "--check-config"])
    assert good.returncode == 0, good.stdout
    printed = r.run([r.program("posthornd"), "--config", rig.config, "--print-config"]).stdout
    again = r.run([r.program("posthornd"), "--config", rig.path("printed.toml", printed), "--print-config"]).stdout
    assert printed == again
    bad = rig.path("bad.toml", open(rig.config).read().replace("host_name", "hostname", 1))
    refused = r.run([r.program("posthornd"), "--config", bad, "--check-config"], check=False)
    assert refused.returncode != 0 and "did you mean 'host_name'?" in refused.stdout, refused.stdout


def export_is_complete(rig, address):
    append(rig, address, 3, body="From here on\r\n>From there\r\nlast\r\n")
    with imap(rig, address) as client:
        client.store("2", "+FLAGS", "(\\Seen \\Flagged)")
        client.create("Work/2026")
        client.copy("1", "Work/2026")
    rig.admin("export", address, "--maildir", rig.path("export-md"))
    box = mailbox.Maildir(rig.path("export-md"), create=False)
    assert len(box) == 3 and sorted(m.get_flags() for m in box) == ["", "", "FS"], [m.get_flags() for m in box]
    assert len(box.get_folder("Work.2026")) == 1
    rig.admin("export", address, "--mbox", rig.path("export.mbox"), "--mailbox", "INBOX")
    bodies = [m.get_payload() for m in mailbox.mbox(rig.path("export.mbox"), create=False)]
    assert len(bodies) == 3 and bodies[0] == ">From here on\n>>From there\nlast\n", bodies[0]
    missing = rig.admin("export", "nobody-at-all@" + r.DOMAIN, "--mbox", rig.path("x.mbox"), check=False)
    assert missing.returncode == 1, missing.stdout


def aliases_and_quota_apply_at_once(rig, address):
    rig.admin("alias", "add", "sales@" + r.DOMAIN, address)
    rig.admin("domain", "alias", "example.com", r.DOMAIN)
    with smtplib.SMTP("127.0.0.1", rig.ports["mx"], timeout=20) as client:
        user = address.split("@")[0]
        for recipient in ("sales@" + r.DOMAIN, user + "+tag@" + r.DOMAIN, user + "@example.com"):
            client.sendmail("a@elsewhere.test", [recipient], "Subject: x\r\n\r\nx\r\n")
        r.until(lambda: len(fetch_all(rig, address)) == 3, what="three deliveries")
        rig.admin("mailbox", "quota", address, "1K")

        def refused():
            try:
                client.sendmail("a@elsewhere.test", [address], "Subject: x\r\n\r\n" + "x" * 2000 + "\r\n")
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
                return "452" in str(error) or "552" in str(error)
            return False

        r.until(refused, 5, "a refusal for the quota")
    rig.admin("mailbox", "disable", address)

    def locked_out():
        try:
            with imap(rig, address):
                return False
        except imaplib.IMAP4.error:
            return True

    r.until(locked_out, 5, "a refused login")


def a_new_certificate_is_used_and_sessions_live_on(rig, address):
    with imap(rig, address) as client:
        before = ssl.get_server_certificate(("127.0.0.1", rig.ports["imaps"]))
        old = open(rig.certificate).read(), open(rig.key).read()
        r.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", rig.key,
               "-out", rig.certificate, "-subj", "/CN=renewed"])
        for child in rig.children.values():
            child.send_signal(signal.SIGHUP)
        r.until(lambda: ssl.get_server_certificate(("127.0.0.1", rig.ports["imaps"])) != before, what="the new certificate")
        assert client.noop()[0] == "OK"
        renewed = ssl.get_server_certificate(("127.0.0.1", rig.ports["imaps"]))
        open(rig.certificate, "w").write("rubbish\n")
        for child in rig.children.values():
            child.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert ssl.get_server_certificate(("127.0.0.1", rig.ports["imaps"])) == renewed, "a bad file must change nothing"
        open(rig.certificate, "w").write(old[0])
        open(rig.key, "w").write(old[1])


def mailboxes_are_shared(rig, address):
    """Groups and public namespaces from the command line, rights by SETACL where the server has it; a session that runs hears of all."""
    append(rig, address, 1)
    rig.admin("group", "add", "readers")
    rig.admin("group", "member-add", "readers", address)
    assert rig.admin("group", "add", "Readers", check=False).returncode == 1
    assert address in rig.admin("group", "list").stdout
    rig.admin("public", "create", "News")
    with imap(rig, address) as client:
        def names():
            return [line.decode().rsplit(" ", 1)[1].strip('"') for line in client.list()[1] if line and b"#" in line]

        assert names() == [], names()
        rig.admin("public", "delegate", "News", "Local", "$readers", "lrswi")
        r.until(lambda: names() == ["#News", "#News/Local"], 5, "the public mailbox")
        assert client.copy("1", "#News/Local")[0] == "OK"
        assert client.select("#News/Local") == ("OK", [b"1"])
        assert b"Subject" in client.fetch("1", "(BODY[HEADER.FIELDS (SUBJECT)])")[1][0][1]
        assert client.create("#News/Local/Below")[0] == "NO", "without the right k"
        assert client.create("#Mine")[0] == "NO"
        client.select("INBOX")
        rig.admin("group", "member-remove", "readers", address)
        r.until(lambda: names() == [], 5, "the end of the share")
        assert client.select("#News/Local")[0] == "NO"
        client.select("INBOX")
    assert "#News/Local" in rig.admin("public", "list").stdout
    rig.admin("check")
    rig.admin("public", "quota", "News", "1M", "--messages", "10")
    assert rig.admin("public", "remove", "News", check=False).returncode == 1, "only with --yes"
    rig.admin("public", "remove", "News", "--yes")
    rig.admin("group", "remove", "readers")
    rig.admin("check")


def a_full_disk_loses_nothing(_, __):
    """Files cannot grow beyond a limit: mail is refused with a temporary answer, what was accepted stays, the server lives."""
    with r.Rig() as rig:
        rig.start()
        pid = rig.children["posthornd"].pid
        r.run(["prlimit", f"--pid={pid}", "--fsize=6000000:"])
        accepted, refused = 0, 0
        with smtplib.SMTP("127.0.0.1", rig.ports["mx"], timeout=30) as client:
            for number in range(60):
                try:
                    client.sendmail("a@elsewhere.test", ["alice@" + r.DOMAIN], f"Subject: m{number}\r\n\r\n" + ("x" * 70 + "\r\n") * 4000)
                    accepted += 1
                except smtplib.SMTPResponseException as error:
                    assert 400 <= error.smtp_code < 500, error
                    refused += 1
                    client.rset()
            assert accepted > 0 and refused > 0, (accepted, refused)
            assert len(fetch_all(rig, "alice@" + r.DOMAIN)) == accepted
            r.run(["prlimit", f"--pid={pid}", "--fsize=unlimited:"])
            client.sendmail("a@elsewhere.test", ["alice@" + r.DOMAIN], "Subject: again\r\n\r\nx\r\n")
        assert len(fetch_all(rig, "alice@" + r.DOMAIN)) == accepted + 1
        rig.stop()
        rig.admin("check")


def root_is_dropped_and_sessions_end_politely(_, __):
    if os.geteuid() != 0:
        return
    with r.Rig(extra='user = "nobody"') as rig:
        nobody = pwd.getpwnam("nobody")
        for path in (rig.certificate, rig.key):
            os.chown(path, nobody.pw_uid, -1)
        for folder, folders, names in os.walk(os.path.join(rig.folder, "data")):
            for path in [folder] + [os.path.join(folder, n) for n in folders + names]:
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        rig.start()

        def uids():
            with open(f"/proc/{rig.children['posthornd'].pid}/status") as status:
                return next(line for line in status if line.startswith("Uid:")).split()[1:]

        r.until(lambda: uids() == [str(nobody.pw_uid)] * 4, what="an unprivileged server")
        client = imaplib.IMAP4_SSL("127.0.0.1", rig.ports["imaps"], ssl_context=insecure(), timeout=20)
        client.login("alice@" + r.DOMAIN, r.PASSWORD)
        rig.stop()
        assert b"BYE" in client.readline(), "a session hears of the end"
        client.shutdown()


if __name__ == "__main__":
    sys.exit(r.main([configuration_is_checked, export_is_complete, aliases_and_quota_apply_at_once, mailboxes_are_shared,
                     a_new_certificate_is_used_and_sessions_live_on, a_full_disk_loses_nothing, root_is_dropped_and_sessions_end_politely]))
