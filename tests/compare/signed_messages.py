#!/usr/bin/env python3
"""Signatures by other programs before and after edits: what is not touched stays valid, what is touched does not.

DKIM (RFC 6376, 8463) is signed and verified by dkimpy, S/MIME (RFC 8551) by openssl. Which signatures an edit has to
break follows from h= and from the tree of parts as Python's email reads it.
"""
import base64
import concurrent.futures
import email
import glob
import itertools
import os
import re
import subprocess
import sys
import tempfile
import unittest.mock

try:
    import dkim
    import nacl.signing
except ImportError:  # Debian's packages are seen by Debian's interpreter alone
    if os.path.exists("/usr/bin/python3") and "POSTHORN_PYTHON" not in os.environ:
        os.execve("/usr/bin/python3", ["/usr/bin/python3", *sys.argv], {**os.environ, "POSTHORN_PYTHON": "/usr/bin/python3"})
    print("skipped: no dkim and nacl (Debian: python3-dkim python3-nacl)")
    sys.exit(77)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.environ.get("POSTHORN_SHARED_DATA") or os.path.join(ROOT, "../shared/data")
PROGRAM = os.path.join(os.environ["POSTHORN_COMPARE"], "edit-message")
REFUSED = 2
# The search for leaks takes longer than the edit.
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


def edit(octets, operations):
    """The changed message (None where the edit was refused) and the numbers of the parts whose signature it broke."""
    done = subprocess.run([PROGRAM, *operations], input=octets, capture_output=True, check=False, env=ENVIRONMENT)
    if done.returncode == REFUSED:
        return None, []
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return done.stdout, [int(line) for line in done.stderr.split()]


def crlf(octets):
    return re.sub(rb"\r?\n", b"\r\n", octets)


def lf(octets):
    return octets.replace(b"\r\n", b"\n")


# ---- DKIM

SIGNED = ["from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding"]

WRITTEN = {
    "folded": b"""Received: from a.example by b.example;
\tMon, 1 Jan 2024 00:00:00 +0000
Received: from c.example\x20
 by a.example
X-Empty:
x-SCANNED:by nobody
From: Ann
  <ann@example.com>
X-Note: one
To:bob@example.com
Subject:   spaces   and\ttabs\x20\x20
X-note: two
Date: Mon, 1 Jan 2024 00:00:00 +0000

Two lines\x20\x20
with  spaces\t\x20

and empty ones at the end


""",
    "parts": b"""From: ann@example.com
Subject: =?utf-8?q?caf=C3=A9?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b 1"
Comments: first
X-Mailer: none

preamble
--b 1
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

caf\xc3\xa9\x20
--b 1
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64

AAEC
--b 1--
epilogue
""",
    "twice": b"From: ann@example.com\nSubject: one\nX-A: b\nSubject: two\nTo: bob@example.com\nTo: eve@example.com\n\nBody",
    "no body": b"From: ann@example.com\nX-A: b\nTo: bob@example.com\n\n",
    "header alone": b"From: ann@example.com\nX-A: b\nTo: bob@example.com\n",
    "half a line": b"From: ann@example.com\nX-A: b\nTo: bob@example.com",
    "empty lines": b"From: ann@example.com\nX-A: b\n\n\n\n\n",
}


def keys(folder):
    """[(selector, algorithm, private key)] and the records that stand in DNS for them."""
    path = os.path.join(folder, "rsa.pem")
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", path, "1024"], check=True, capture_output=True)
    public = subprocess.run(["openssl", "rsa", "-in", path, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    with open(path, "rb") as file:
        private = file.read()
    ed25519 = nacl.signing.SigningKey.generate()
    records = {b"rsa._domainkey.example.com.": b"v=DKIM1; k=rsa; p=" + base64.b64encode(public),
               b"ed._domainkey.example.com.": b"v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(ed25519.verify_key))}
    return [(b"rsa", b"rsa-sha256", private), (b"ed", b"ed25519-sha256", base64.b64encode(bytes(ed25519)))], records


def names_of(octets):
    return [name.decode().lower() for name, _ in dkim.rfc822_parse(octets)[0]]


def sign(octets, private_keys):
    """A signature of every kind above a message; None where dkimpy cannot read or sign it."""
    signatures = b""
    try:
        names = names_of(octets)
        present = [name for name in SIGNED if name in names or name == "from"]  # dkimpy wants From in h=
        over = present + [name for name in names if name in present] + [name for name in SIGNED if name not in present]
        for (selector, algorithm, private), form, signed in itertools.product(
                private_keys, ((b"relaxed", b"relaxed"), (b"simple", b"simple")), (present, over)):
            signatures += dkim.DKIM(octets, signature_algorithm=algorithm).sign(
                selector, b"example.com", private, canonicalize=form, include_headers=[name.encode() for name in signed])
    except dkim.MessageFormatError:
        return None
    return signatures + octets


def signed_names(octets):
    """Of each signature what h= says."""
    values = [value for name, value in dkim.rfc822_parse(octets)[0] if name.lower() == b"dkim-signature"]
    return [re.sub(r"\s", "", re.search(rb"(?:^|;)\s*h=([^;]*)", value)[1].decode().lower()).split(":") for value in values]


def verify(octets, count, records):
    out = []
    for i in range(count):
        try:
            out.append(dkim.DKIM(octets).verify(i, dnsfunc=lambda name, timeout=5: records.get(name)))
        except dkim.DKIMException:
            out.append(False)
    return out


def stays_valid(signed, present, kind, name):
    """RFC 6376 section 5.4.2: fields are taken from the bottom up, as often as h= names them."""
    if kind == "body":
        return False
    if name not in signed:
        return True
    if kind == "top":
        return signed.count(name) <= present.count(name)
    return kind == "remove" and name not in present


def dkim_edits(octets, thorough):
    """(kind, the name of a field that may be signed, operations)"""
    unsigned = sorted(set(names_of(octets)) - {"dkim-signature"} - set(itertools.chain(*signed_names(octets))))
    around = ["top", "X-Spam: no", "top", "X-Spam: still\r\n no", "bottom", "X-Spam: below"]
    around += [word for name in unsigned[::2] for word in ("replace", name, name + ": changed")]
    around += [word for name in unsigned[1::2] for word in ("remove", name)]
    yield "around", None, around
    yield "top", "subject", ["top", "Subject: another"]
    yield "replace", "from", ["replace", "from", "From: eve@example.com"]
    if thorough:
        yield "bottom", "subject", ["bottom", "Subject: another"]
        yield "remove", "to", ["remove", "To"]
    message = email.message_from_bytes(octets)
    # A boundary that is longer than RFC 2046 allows has no parts for us.
    if message.is_multipart() and message.get_content_maintype() == "multipart" and len(message.get_boundary()) <= 70:
        yield "body", None, ["in", "1", "remove-part"]
        if thorough:
            yield "body", None, ["in", "1", "replace-body", "Changed"]
            yield "body", None, ["attach", __file__]
    else:
        yield "body", None, ["attach", __file__]
        if thorough:
            yield "body", None, ["replace-body", "Changed"]


def dkim_problems(octets, thorough, records):
    """What verifies otherwise than it has to, and how many verifications there were (valid ones, others)."""
    problems = []
    counts = [0, 0]
    signed = signed_names(octets)
    present = names_of(octets)
    before = verify(octets, len(signed), records)
    for kind, touched, operations in dkim_edits(octets, thorough):
        changed, _ = edit(octets, operations)
        if changed is None:
            problems.append(f"{operations} was refused")
            continue
        expected = [valid and stays_valid(h, present, kind, touched) for valid, h in zip(before, signed)]
        seen = verify(changed, len(signed), records)
        for valid in expected:
            counts[not valid] += 1
        if seen != expected:
            problems.append(f"{operations}: {seen} instead of {expected}")
    return problems, counts


def own_messages(private_keys):
    """(name, signed message); None in place of what dkimpy cannot sign."""
    for name, octets in WRITTEN.items():
        message = sign(crlf(octets), private_keys)
        yield name, message
        yield name + " with LF", lf(message)
    published = os.path.join(DATA, "mime")
    for path in sorted(glob.glob(published + "/**/*.msg", recursive=True) + glob.glob(published + "/**/*.eml", recursive=True)):
        with open(path, "rb") as file:
            octets = re.sub(rb"\AFrom [^\n]*\n", b"", file.read())  # the line of an mbox is not sent
        yield os.path.relpath(path, published), sign(crlf(octets), private_keys)


def published_messages(records):
    """Messages that others signed; their keys go to `records`."""
    folder = os.path.join(DATA, "dkim")
    for path in sorted(glob.glob(folder + "/mail-auth/*.txt")):
        if os.path.basename(path).startswith("SOURCE"):
            continue
        with open(path, "rb") as file:
            lines, octets = crlf(file.read()).split(b"\r\n\r\n", 1)
        for line in lines.split(b"\r\n"):
            name, record = line.split(b" ", 1)
            records[name + b"."] = record
        yield os.path.relpath(path, folder), octets
    for path in glob.glob(folder + "/dkimpy/rfc6376.signed.msg"):
        with open(path, "rb") as file:
            yield os.path.relpath(path, folder), crlf(file.read())


def check_dkim(folder, pool):
    private_keys, records = keys(folder)
    messages = list(own_messages(private_keys))
    unsigned = [name for name, octets in messages if octets is None]
    messages = [(name, octets) for name, octets in messages if octets is not None]
    own = len(messages)
    messages += published_messages(records)
    failed = []
    for i, (name, octets) in enumerate(messages):
        valid = verify(octets, len(signed_names(octets)), records)
        if not (all(valid) if i < own else any(valid)):
            failed.append(f"{name}: the signatures are not valid as they are")
    counts = [0, 0]
    # All edits of those that were signed elsewhere or written to be edited; some of the others.
    jobs = [(octets, i >= own or i < 2 * len(WRITTEN)) for i, (_, octets) in enumerate(messages)]
    for (name, _), (problems, seen) in zip(messages, pool.map(lambda job: dkim_problems(*job, records), jobs)):
        failed += [f"{name}: {problem}" for problem in problems]
        counts = [a + b for a, b in zip(counts, seen)]
    print(f"dkim: {own} messages signed ({len(unsigned)} cannot be), {len(messages) - own} published ones; "
          f"after edits {counts[0]} signatures had to be valid and {counts[1]} not")
    return failed


# ---- S/MIME

HEAD = b"From: ann@example.com\r\nX-Note: one\r\nSubject: signed\r\nX-Note: two\r\nMIME-Version: 1.0\r\n"
TEXT = b"Content-Type: text/plain\r\nContent-Description: none\r\n\r\nA text  \r\n\r\n"
EIGHT = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ncaf\xc3\xa9\t\r\n-- \r\nno line end"


def mixed(*parts, close=True):
    boundary = b"b%d" % len(b"".join(parts))
    out = b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n"
    out += b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return out + b"--" + boundary + b"--\r\n" if close else out[:-2]


def forward(message):
    return b"Content-Type: message/rfc822\r\n\r\n" + message


class Signer:
    """openssl with a certificate of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.key = os.path.join(folder, "key.pem")
        self.certificate = os.path.join(folder, "certificate.pem")
        self.numbers = itertools.count()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Ann/emailAddress=ann@example.com",
                        "-keyout", self.key, "-out", self.certificate, "-addext", "extendedKeyUsage=emailProtection"],
                       check=True, capture_output=True)

    def sign(self, entity):
        """A multipart/signed as openssl writes it, without MIME-Version."""
        done = subprocess.run(["openssl", "cms", "-sign", "-binary", "-crlfeol", "-md", "sha256", "-signer", self.certificate,
                               "-inkey", self.key], input=entity, check=True, capture_output=True)
        return re.sub(rb"\AMIME-Version: 1.0\r\n", b"", crlf(done.stdout))

    def verify(self, octets, part):
        """Whether openssl verifies a multipart/signed part: once its octets, once by its own reading of the part."""
        mark = re.escape(b"--" + part.get_boundary().encode())
        whole = re.search(mark + rb"\r?\n(.*?)\r?\n" + mark + rb"\r?\n.*?(" + mark + rb"--|\Z)", octets, re.S)
        children = part.get_payload()
        if not whole or len(children) < 2:
            return False
        name = os.path.join(self.folder, str(next(self.numbers)))
        with open(name, "wb") as file:
            file.write(whole[1])
        trust = ["openssl", "cms", "-verify", "-CAfile", self.certificate, "-out", os.devnull]
        lines = ["-binary"] if b"\r\n" in octets else []
        detached = subprocess.run([*trust, *lines, "-inform", "DER", "-content", name], check=False, capture_output=True,
                                  input=children[1].get_payload(decode=True)).returncode
        if detached or not whole[2]:  # openssl reads no part that is not closed
            return not detached
        header = b"MIME-Version: 1.0\r\nContent-Type: " + part["Content-Type"].encode() + b"\r\n\r\n"
        read = subprocess.run(trust, input=header + whole[0] + b"\r\n", check=False, capture_output=True).returncode
        return not read


def signed_messages(signer):
    text, eight, several = signer.sign(TEXT), signer.sign(EIGHT), signer.sign(mixed(TEXT, EIGHT))
    return {
        "whole": HEAD + several,
        "siblings": HEAD + mixed(TEXT, text, EIGHT, eight),
        "nested": HEAD + mixed(TEXT, mixed(several, TEXT), TEXT),
        "forwarded": HEAD + mixed(TEXT, forward(HEAD + text)),
        "forwarded alone": HEAD + forward(HEAD + eight),
        "a message inside": HEAD + signer.sign(forward(HEAD + mixed(TEXT, TEXT))),
        "not closed": HEAD + mixed(TEXT, eight, close=False),
        "signature not closed": HEAD + several[:several.rindex(b"\r\n--")],
        "not closed inside": HEAD + mixed(signer.sign(mixed(TEXT, EIGHT, close=False)), TEXT),
        "empty": HEAD + mixed(signer.sign(b"Content-Type: text/plain\r\n\r\n"), signer.sign(b"\r\n")),
        "header alone": HEAD + mixed(signer.sign(b"Content-Type: text/plain\r\n"), TEXT),
        "signed twice": HEAD + signer.sign(mixed(text, TEXT)),
        "mixed line ends": lf(HEAD) + mixed(TEXT, several),
    }


class Tree:
    """The parts of a message in its order as Python's email reads them: their numbers are our PartIds."""

    def __init__(self, octets):
        self.parts = list(email.message_from_bytes(octets).walk())
        self.parent = {0: None}
        numbers = {id(part): i for i, part in enumerate(self.parts)}
        for i, part in enumerate(self.parts):
            for child in part.get_payload() if part.is_multipart() else []:
                self.parent[numbers[id(child)]] = i
        self.signed = [i for i, part in enumerate(self.parts) if part.get_content_type() == "multipart/signed"]

    def children(self, part):
        return [i for i in sorted(self.parent) if self.parent[i] == part]

    def within(self, part, around):
        while part is not None and part != around:
            part = self.parent[part]
        return part == around

    def is_message(self, part):
        return part == 0 or self.parts[self.parent[part]].get_content_type() == "message/rfc822"

    def multipart(self, part):
        return self.parts[part].get_content_maintype() == "multipart"

    def part_edits(self, part):
        """(operations, whether what is in the part goes away, whether the part itself does)"""
        message = self.is_message(part)
        where = ["in", str(part)]
        yield [*where, "top", "X-Spam: no"], False, False
        yield [*where, "bottom", "X-Spam: no", "replace", "X-Note", "X-Note: three"], False, False
        if message:
            yield [*where, "attach", __file__], False, False
        else:
            yield [*where, "replace-part", "Changed"], True, True
            yield [*where, "remove-part"], True, True
        if part in self.signed:  # with another body or three parts it is no multipart/signed as openssl knows it
            return
        yield [*where, "replace-body", "Changed"], True, False
        if self.multipart(part):
            yield [*where, "add-part", "More"], False, False


def smime_problem(signer, octets, operations, part, inside_goes, part_goes):
    """What is wrong with the signatures of a message after an edit of a part; None if nothing."""
    changed, broken = edit(octets, operations)
    if changed is None:
        return "was refused"
    tree = Tree(octets)
    left = [i for i in tree.signed if not (inside_goes and tree.within(i, part) and (part_goes or i != part))]
    expected = [i for i in left if part is not None and tree.within(part, tree.children(i)[0])]
    expected += [i for i in left if inside_goes and part == tree.children(i)[1]]  # the signature itself
    expected.sort()
    if broken != expected:
        return f"broken signatures {broken} instead of {expected}"
    after = Tree(changed)
    if len(after.signed) != len(left):
        return f"{len(after.signed)} signed parts instead of {len(left)}"
    seen = [old for old, new in zip(left, after.signed) if not signer.verify(changed, after.parts[new])]
    return None if seen == expected else f"openssl refuses {seen} instead of {expected}"


def smime_edits(octets, attachments):
    """(operations, the part that they are about, whether what is in the part goes away, whether the part itself does)"""
    tree = Tree(octets)
    for part in range(len(tree.parts)):
        for operations, inside_goes, part_goes in tree.part_edits(part):
            yield operations, part, inside_goes, part_goes
    # Many edits at once around what is signed.
    many = ["top", "X-Spam: no", "remove", "X-Note", "replace", "Subject", "Subject: other"]
    many += [word for path in attachments for word in ("attach", path)]
    for i in range(1, len(tree.parts)):
        apart = not any(tree.within(i, signed) or tree.within(signed, i) for signed in tree.signed)
        if apart and not tree.is_message(i) and not tree.is_message(tree.parent[i]):
            many += ["in", str(i), "remove-part"]
        elif apart and not tree.is_message(i):
            many += ["in", str(i), "replace-part", "Changed"]
    yield many, None, False, False
    yield ["rebuild"], None, False, False


def check_smime(folder, pool):
    signer = Signer(folder)
    attachments = [os.path.join(folder, name) for name in ("forwarded.eml", "data.bin")]
    for path, octets in zip(attachments, (HEAD + EIGHT, bytes(range(256)))):
        with open(path, "wb") as file:
            file.write(octets)
    jobs = []
    for name, octets in signed_messages(signer).items():
        jobs += [(name, octets, *row) for row in smime_edits(octets, attachments)]
        if name in ("siblings", "not closed"):
            jobs += [(name + " with LF", lf(octets), *row) for row in smime_edits(octets, attachments)]
    problems = list(pool.map(lambda job: smime_problem(signer, *job[1:]), jobs))
    print(f"s/mime: {len(jobs)} edits")
    return [f"{job[0]}: {job[2]}: {problem}" for job, problem in zip(jobs, problems) if problem]


def main():
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        with unittest.mock.patch("dkim.time.time", return_value=1667843664):  # published signatures expire
            failed = check_dkim(folder, pool)
        failed += check_smime(folder, pool)
    print("\n".join(failed) or "ok")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
