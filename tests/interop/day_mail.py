"""Mail in which every place carries a random word, and the forms in which such a word could lie on a disk."""
import base64
import os
import quopri
import random
import string
import subprocess

LETTERS = string.ascii_letters + string.digits


def letters(count):
    return "".join(random.choices(LETTERS, k=count))


class Words:
    """Random words by what they may show up in: of `sealed` ones nothing may be on the disk, `plain` ones must be there.

    All words of a kind begin with the same 12 random characters, the mark of the kind: who finds no mark finds no word.
    """

    KINDS = ("sealed", "before", "plain", "mixed")

    def __init__(self):
        self.marks = {kind: letters(12) for kind in self.KINDS}
        self.all = {kind: set() for kind in self.KINDS}
        self.secrets = set()

    def new(self, kind):
        word = self.marks[kind] + letters(8)
        self.all[kind].add(word)
        return word


def _encoded(octets):
    """What base64 of a text has of `octets` inside, at each of the three alignments."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + octets).rstrip(b"=")
        yield text[(before * 8 + 5) // 6:(before + len(octets)) * 8 // 6]


def forms(word):
    """Octets by which a thief would know a word: as it is, in another case, in UTF-16, in base64 of these."""
    for cased in dict.fromkeys((word, word.lower(), word.upper())):
        octets, wide = cased.encode(), b"\0".join(c.encode() for c in cased)
        yield "raw", octets
        yield "utf-16", wide
        if cased == word or cased == word.lower():
            for text in _encoded(octets):
                yield "base64", text
        if cased == word:
            for text in _encoded(wide):
                yield "base64 of utf-16", text


def search(files, words, scratch):
    """[(word, form, file, offset)] of all places of words in files; every octet is read, holes and free pages too."""
    names = {}
    for word in words:
        for form, octets in forms(word):
            names[octets] = (word, form)
    path = os.path.join(scratch, "patterns")
    with open(path, "wb") as out:
        out.write(b"\n".join(names) + b"\n")
    done = subprocess.run(["grep", "-aobHF", "--null", "-f", path, *files], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=240,
                          env={"LC_ALL": "C", "PATH": os.environ["PATH"]})
    assert done.returncode in (0, 1), done.stderr[:2000]
    places = []
    for line in filter(None, done.stdout.split(b"\n")):
        name, rest = line.split(b"\0", 1)
        offset, match = rest.split(b":", 1)
        places.append((*names[match], name.decode(), int(offset)))
    return places


class Theft:
    """What a thief finds of words of some kinds in all files below a folder: `found` is {(word, form): [(file, offset)]}."""

    def __init__(self, folder, words, kinds, scratch):
        files = [os.path.join(where, name) for where, _, names in os.walk(folder) for name in names]
        self.files, self.octets = len(files), sum(map(os.path.getsize, files))
        wanted = {words.marks[kind]: kind for kind in kinds} | {secret: "secret" for secret in words.secrets}
        marks = search(files, wanted, scratch)
        self.places = {}  # kind -> {(form, file): how often}, of marks and secrets
        for word, form, file, _ in marks:
            counts = self.places.setdefault(wanted[word], {})
            counts[form, os.path.basename(file)] = counts.get((form, os.path.basename(file)), 0) + 1
        # Which words they are: looked for in the surroundings of the marks only.
        around = os.path.join(scratch, "around")
        with open(around, "wb") as out:
            for _, _, file, offset in marks:
                with open(file, "rb") as octets:
                    octets.seek(max(offset - 8, 0))
                    out.write(octets.read(120) + b"\0" * 8)
        whole = [word for kind in kinds for word in words.all[kind]] if marks else []
        self.found = {(word, form) for word, form, _, _ in (search([around], whole, scratch) if whole else [])}


class Mail:
    """One message; `places` names some of its words: number, subject, sender, body, attachment, ..."""

    SHAPES = ("small", "quoted", "mime", "headers", "wide", "big", "huge")

    def __init__(self, words, kind, shape):
        self.words, self.kind, self.shape = words, kind, shape
        self.places = {}
        self.number = self.word("number")
        self.envelope_sender = f"{self.word('envelope')}@elsewhere.test"
        self.helo = f"{self.word('helo')}.test"
        self.octets = (self.header() + getattr(self, "_" + shape)()).encode()

    def word(self, place=""):
        word = self.words.new(self.kind)
        self.places.setdefault(place, word)
        return word

    def header(self):
        coded = base64.b64encode(f"ä {self.word('coded subject')} ö".encode()).decode()
        return (f"Message-ID: <{self.word('id')}@{self.word()}.test>\r\n"
                f"From: \"{self.word('from')} {self.word()}\" <{self.word('sender')}@elsewhere.test>\r\n"
                f"To: =?utf-8?Q?{self.word()}_=C3=A4?= <{self.word('to')}@example.org>\r\n"
                f"Subject: re {self.word('subject')}\r\n =?utf-8?B?{coded}?=\r\n"
                f"References: <{self.word()}@x.test>\r\n <{self.word()}@x.test>\r\n"
                f"Date: Thu, 01 Jan 2026 10:00:00 +0100\r\n"
                f"X-{self.word()}: {self.word()}\r\nX-Number: {self.number}\r\n")

    def text(self, lines=6):
        return "".join(f"line with {self.word('body')} in it\r\n" for _ in range(lines))

    def encoded(self, text, place="attachment", lines=6):
        """Base64 of lines of 57 octets, one word in each, so that no word is cut by a line of base64."""
        octets = b"".join(f"{'.' * (n % 7)}{self.word(place)}{'-' * (57 - 2 - 20 - n % 7)}\r\n".encode() for n in range(lines))
        return base64.encodebytes(octets).decode().replace("\n", "\r\n") if text == "ascii" else \
            base64.b64encode(octets.decode().encode("utf-16-le")).decode() + "\r\n"

    def _small(self):
        return "\r\n" + self.text()

    def _headers(self):
        return "\r\n"

    def _quoted(self):
        text = "".join(f"ä{self.word('body')} = {'long ' * 12}\r\n" for _ in range(4))
        coded = quopri.encodestring(text.replace("\r\n", "\n").encode()).decode().replace("\n", "\r\n")
        return f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{coded}"

    def _wide(self):
        return ("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                self.encoded("wide", "wide"))

    def _mime(self):
        edge = self.word()
        inner = (f"From: {self.word()} <{self.word()}@inner.test>\r\nSubject: {self.word('inner subject')}\r\nMIME-Version: 1.0\r\n"
                 f"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n{self.encoded('ascii', 'inner')}")
        parts = [
            f"Content-Type: text/plain\r\nContent-Description: {self.word('description')}\r\n\r\n{self.text()}",
            f"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-ID: <{self.word()}@c.test>\r\n"
            f"\r\n<p title=3D\"{self.word()}\">{self.word('html')}</p>\r\n",
            f"Content-Type: text/csv; name=\"{self.word()}.csv\"\r\nContent-Transfer-Encoding: base64\r\n"
            f"Content-Disposition: attachment; filename=\"{self.word('file name')}.csv\"\r\n\r\n{self.encoded('ascii', 'attachment')}",
            f"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n"
            f" filename*0=\"{self.word()}\"; filename*1*=%20{self.word()}\r\n\r\n{self.encoded('ascii', 'binary', 20)}",
            f"Content-Type: message/rfc822\r\n\r\n{inner}",
        ]
        return (f"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"{edge}\"\r\n\r\n{self.word()}\r\n" +
                "".join(f"--{edge}\r\n{part}\r\n" for part in parts) + f"--{edge}--\r\n{self.word()}\r\n")

    def _long(self, octets):
        filler = ("x" * 72 + "\r\n") * (octets // 10 // 74)
        return "\r\n" + "".join(f"part with {self.word('body')} in it\r\n{filler}" for _ in range(10)) + f"{self.word('end')}\r\n"

    def _big(self):
        return self._long(300 << 10)

    def _huge(self):
        return self._long(1300 << 10)
