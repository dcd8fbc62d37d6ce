"""What the tests of sealed mailboxes share: changing passwords by the command line, and reading all mail with one of several passwords."""
import contextlib
import imaplib
import re
import socket

import rig as r
from mail import insecure

# Cheap hashes: these tests log in hundreds of times, and no password of theirs has to withstand anybody.
CHEAP = "password.argon2_octets = 8192\npassword.argon2_passes = 1\nlimits.login_delay_milliseconds = 0\nlimits.login_failures = 100000\n"
_files = 0


class Refused(AssertionError):
    """The server did not take this password."""


def secret_file(rig, text):
    """A file that holds a password, outside the data directory."""
    global _files
    _files += 1
    return rig.path(f"secrets/{_files}", text + "\n")


def passwd(rig, address, new, old=None, give_up=False, check=True):
    how = ["--old-password-file", secret_file(rig, old)] if old else ["--give-up-sealed-mail"] if give_up else []
    return rig.admin("mailbox", "passwd", address, "--password-file", secret_file(rig, new), *how, check=check)


def with_password(rig, password, *arguments, check=True, **options):
    """A command of `posthorn` that asks for the password of a mailbox."""
    return rig.admin(*arguments, "--password-file", secret_file(rig, password), check=check, **options)


@contextlib.contextmanager
def session(rig, address, password, mailbox=None):
    client = imaplib.IMAP4_SSL("127.0.0.1", rig.ports["imaps"], ssl_context=insecure(), timeout=30)
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # imaplib writes an APPEND in pieces, 40 ms apart
    try:
        try:
            client.login(address, password)
        except imaplib.IMAP4.error as error:
            raise Refused(str(error)) from None
        if mailbox:
            expect(client.select(mailbox))
        yield client
        client.logout()
    finally:
        with contextlib.suppress(OSError):
            client.shutdown()


def expect(answer, status="OK"):
    assert answer[0] == status, answer
    return answer[1]


def quoted(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def folders(client):
    return [re.search(rb' "?/"? "?([^"]*)"?$', line).group(1).decode() for line in expect(client.list()) if line]


def bodies(client, mailbox, readonly=True):
    """uid -> whole message, of all messages of a mailbox."""
    expect(client.select(quoted(mailbox), readonly=readonly))
    parts = expect(client.uid("FETCH", "1:*", "(BODY.PEEK[])"))
    return {int(re.search(rb"UID (\d+)", part[0]).group(1)): part[1] for part in parts if isinstance(part, tuple)}


def all_mail(rig, address, password):
    """folder -> list of whole messages; fails when one of them does not open."""
    with session(rig, address, password) as client:
        return {name: list(bodies(client, name).values()) for name in folders(client)}


def status_counts(rig, address):
    """(sealed, plain) as `posthorn mailbox status` counts them."""
    text = rig.admin("mailbox", "status", address).stdout
    found = re.search(r"^messages\s+(\d+) sealed, (\d+) plain$", text, re.M)
    assert found, text
    return int(found.group(1)), int(found.group(2))
