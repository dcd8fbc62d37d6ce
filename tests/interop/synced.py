"""What the tests of synchronising clients share: the mail of an account and of Maildirs as values that can be compared."""
import base64
import collections
import imaplib
import os
import re

from mail import imap

LETTERS = {"\\Draft": "D", "\\Flagged": "F", "\\Answered": "R", "\\Seen": "S", "\\Deleted": "T"}
# Header fields that clients add to the copies they make.
OWN_FIELDS = re.compile(rb"^X-(TUID|OfflineIMAP|OfflineIMAP-[^:]*): .*\n", re.M)

Mail = collections.namedtuple("Mail", "subject flags octets")


def utf7(name):
    """A mailbox name as IMAP4rev1 spells it (RFC 3501 section 5.1.3)."""
    code = lambda m: "&" + base64.b64encode(m.group().encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"
    return re.sub(r"[^\x20-\x7e]+", code, name.replace("&", "&-"))


def quoted(name):
    return '"' + utf7(name).replace("\\", "\\\\").replace('"', '\\"') + '"'


def expect(answer, status="OK"):
    assert answer[0] == status, answer
    return answer[1]


def a_mail(octets, flags):
    """One message, without what line ends and clients of their own make of it."""
    octets = OWN_FIELDS.sub(b"", octets.replace(b"\r\n", b"\n"))
    subject = re.search(rb"^Subject: (.*)$", octets, re.M | re.I)
    return Mail(subject.group(1).decode("utf-8", "replace") if subject else "", "".join(sorted(flags)), octets)


def mailbox_names(client):
    """Names in the spelling of the wire, without those that hold no messages."""
    lines = [line for line in expect(client.list()) if isinstance(line, bytes) and b"\\Noselect" not in line and b"\\NonExistent" not in line]
    return [re.search(rb'\) (?:"."|NIL) (?:"(.*)"|(\S+))$', line).group(1, 2) for line in lines]


def on_server(rig, address):
    """wire name -> sorted mails, of the mailboxes that hold any; by a connection of its own."""
    found = {}
    with imap(rig, address, None) as client:
        for quoted_name, atom in mailbox_names(client):
            name = (quoted_name or atom).decode()
            expect(client.select(f'"{name}"', readonly=True))
            parts = expect(client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])"))
            mails = [a_mail(part[1], [LETTERS[f.decode()] for f in imaplib.ParseFlags(part[0]) if f.decode() in LETTERS])
                     for part in parts if isinstance(part, tuple)]
            if mails:
                found[name.replace('\\"', '"').replace("\\\\", "\\")] = sorted(mails)
    return found


def in_maildirs(root):
    """path below `root` -> sorted mails, of the Maildirs that hold any."""
    found = collections.defaultdict(list)
    for folder, _, files in os.walk(root):
        name = os.path.relpath(os.path.dirname(folder), root)
        if os.path.basename(folder) not in ("cur", "new"):
            continue
        for file in files:
            with open(os.path.join(folder, file), "rb") as octets:
                found[name].append(a_mail(octets.read(), file.partition(":2,")[2]))
    return {name: sorted(mails) for name, mails in found.items()}


def file_of(maildir, subject):
    """The file that holds the message with this subject."""
    for part in ("cur", "new"):
        for file in os.listdir(os.path.join(maildir, part)):
            path = os.path.join(maildir, part, file)
            with open(path, "rb") as octets:
                if a_mail(octets.read(), "").subject == subject:
                    return path
    raise AssertionError(f"no message '{subject}' in {maildir}")


def put(maildir, octets, name, flags=None):
    """A new message of a local user."""
    for part in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(maildir, part), exist_ok=True)
    path = f"new/{name}" if flags is None else f"cur/{name}:2,{flags}"
    with open(os.path.join(maildir, path), "wb") as out:
        out.write(octets.replace(b"\r\n", b"\n"))


def set_flags(path, flags):
    """Renames a file of a Maildir to what it is called with these flags."""
    folder, name = os.path.split(path)
    os.rename(path, os.path.join(os.path.dirname(folder), "cur", name.split(":")[0] + ":2," + flags))


def subjects(mails):
    return sorted(mail.subject for mail in mails)


def assert_alike(ours, theirs, what):
    """Fails with what differs between two results of on_server() or in_maildirs()."""
    for name in sorted(set(ours) | set(theirs)):
        here, there = ([m[:2] for m in side.get(name, [])] for side in (ours, theirs))
        assert here == there, f"{what}: {name} differs:\n  here  {here}\n  there {there}"
        assert ours[name] == theirs[name], f"{what}: contents in {name} differ"


def modseqs(rig, address):
    """wire name -> "UIDVALIDITY n UIDNEXT n HIGHESTMODSEQ n": alike before and after what changed nothing."""
    with imap(rig, address, None) as client:
        found = {}
        for quoted_name, atom in mailbox_names(client):
            name = (quoted_name or atom).decode()
            answer, = expect(client.status(f'"{name}"', "(UIDVALIDITY UIDNEXT HIGHESTMODSEQ)"))
            found[name] = re.search(rb"\(([^()]*)\)$", answer).group(1)
        return found


def listing(root):
    """Every file below `root` with its time: alike before and after what changed nothing."""
    return {path: os.stat(path).st_mtime_ns for folder, _, files in os.walk(root) for path in (os.path.join(folder, f) for f in files)}
