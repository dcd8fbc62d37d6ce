"""Messages, and reading them back with Python's imaplib."""
import contextlib
import imaplib
import os
import socket
import ssl

import rig as r


def insecure():
    """Takes the rig's self-signed certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def message(sender, recipient, subject, body):
    return (f"From: <{sender}>\r\nTo: <{recipient}>\r\nSubject: {subject}\r\nMessage-ID: <{abs(hash((subject, sender)))}@test>\r\n"
            f"Date: Thu, 01 Jan 2026 10:00:00 +0100\r\n\r\n{body}")


@contextlib.contextmanager
def imap_session(port, user, password, mailbox, timeout):
    """A session with any server on loopback that speaks TLS from the first octet."""
    client = imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=insecure(), timeout=timeout)
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # imaplib writes an APPEND in pieces, 40 ms apart
    try:
        client.login(user, password)
        if mailbox:
            status, data = client.select(mailbox)
            assert status == "OK", data
        yield client
        client.logout()
    finally:
        with contextlib.suppress(OSError):
            client.shutdown()


def imap(rig, address, mailbox="INBOX"):
    return imap_session(rig.ports["imaps"], address, r.PASSWORD, mailbox, timeout=20)


def mbsync_account(rig, address, name):
    """A home for mbsync, and a configuration that keeps all mailboxes of an account alike in both directions."""
    home = rig.path(name)
    os.makedirs(home + "/md", exist_ok=True)
    return home, rig.path(name + "/rc", f"""
IMAPAccount t
Host localhost
Port {rig.ports['imaps']}
User {address}
Pass "{r.PASSWORD}"
SSLType IMAPS
CertificateFile {rig.certificate}
AuthMechs LOGIN

IMAPStore r
Account t

MaildirStore l
Path {home}/md/
Inbox {home}/md/INBOX
SubFolders Verbatim

Channel c
Far :r:
Near :l:
Patterns *
Create Both
Expunge Both
SyncState *
""")


def as_nobody(home):
    """What to put before a command that refuses to run as root; `home` is given to that user."""
    if os.getuid() != 0:
        return []
    nobody = 65534
    for folder, _, names in os.walk(home):
        os.chown(folder, nobody, nobody)
        for name in names:
            os.chown(os.path.join(folder, name), nobody, nobody)
    return ["setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups"]


def getmail(rig, address, folder, kind, port, more=""):
    """Sets getmail up for a Maildir below `folder`. Returns that folder and a function that fetches once."""
    home = rig.path(folder)
    for name in ("", "/md", "/md/cur", "/md/new", "/md/tmp"):
        os.makedirs(home + name, exist_ok=True)
    rig.path(f"{folder}/getmailrc", f"""[retriever]
type = {kind}
server = localhost
port = {port}
username = {address}
password = {r.PASSWORD}
{more}timeout = 20
[destination]
type = Maildir
path = {home}/md/
[options]
read_all = false
delete = false
verbose = 2
""")
    return home, lambda: r.run([*as_nobody(home), "getmail", f"--getmaildir={home}"], env=dict(os.environ, HOME=home))


def fetch_all(rig, address, mailbox="INBOX"):
    """All messages of a mailbox as text."""
    with imap(rig, address, mailbox) as client:
        status, data = client.fetch("1:*", "(BODY.PEEK[])")
        assert status == "OK", data
        return [part[1].decode("utf-8", "surrogateescape") for part in data if isinstance(part, tuple)]


def subjects(rig, address, mailbox):
    """The subjects of the messages in a mailbox, in their order."""
    with imap(rig, address, mailbox) as client:
        if client.select(mailbox)[1] == [b"0"]:
            return []
        data = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
        return [part[1].decode().strip().partition(": ")[2] for part in data if isinstance(part, tuple)]


def wait_for_subject(rig, address, subject, mailbox="INBOX"):
    """The message with this subject, as soon as it is there."""
    wanted = f"Subject: {subject}\r\n"
    return r.until(lambda: next((m for m in fetch_all(rig, address, mailbox) if wanted in m), None), what=f"a message '{subject}'")


def append(rig, address, count, mailbox="INBOX", body="text\r\n"):
    with imap(rig, address, mailbox) as client:
        for number in range(count):
            status, data = client.append(mailbox, None, None, message(address, address, f"number {number}", body).encode())
            assert status == "OK", data
