#!/usr/bin/env python3
"""Compares what Sieve scripts made at random do with what Pigeonhole's sieve-test does: whether it is a script, and which actions come of it."""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

COUNT = int(os.environ.get("POSTHORN_SIEVE_SCRIPTS", "160"))
SEED = int(os.environ.get("POSTHORN_SIEVE_SEED", "20261128"))

REQUIRE = ('require ["fileinto", "copy", "envelope", "imap4flags", "variables", "relational", "subaddress", "body", "reject", "date", "index", '
           '"comparator-i;ascii-numeric", "encoded-character", "ihave", "environment", "mailbox"];')
WORDS = ["alpha", "Beta", "gamma ray", "10", "9", "", "a*b", "x?y", "ALPHA", "\u00e4pfel", "list-7"]
MESSAGES = [
    "From: Ann Other <ann+x@Example.org>\r\nTo: bob@example.com, \"c d\" <cd@example.net>\r\nSubject: alpha Beta list-7\r\nX-N: 10\r\nX-N: 9\r\n"
    "Date: Tue, 14 Nov 2023 22:13:20 +0100\r\nMessage-ID: <1@example.org>\r\n\r\nalpha body\r\ngamma ray\r\n",
    "From: ann@example.org\r\nTo: bob@example.com\r\nCc: list-7@lists.example.org\r\nSubject: =?utf-8?q?=C3=A4pfel?= and\r\n x?y\r\nX-Empty:\r\n"
    "Date: Wed, 15 Nov 2023 00:30:00 +0530\r\nMessage-ID: <2@example.org>\r\nContent-Type: multipart/alternative; boundary=b\r\nMIME-Version: 1.0\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nYWxwaGEgw6RwZmVs\r\n--b\r\nContent-Type: text/html\r\n\r\n"
    "<p>Beta</p>\r\n--b--\r\n",
    "Subject:a*b\r\nReceived: from a by b; Tue, 14 Nov 2023 23:59:58 +0100\r\nReceived: from c by d; Tue, 14 Nov 2023 22:00:00 +0000\r\nX-N: gamma\r\n\r\nten\r\n",
]


class Maker:
    """Scripts of the parts that both know."""

    def __init__(self, chance):
        self.c = chance

    def one(self, *choices):
        return self.c.choice(choices)

    def string(self):
        text = self.c.choice(WORDS)
        if self.c.random() < 0.15:
            text = self.one("${v}", "${1}", "x${v}y", "${none}", "${hex:61 6c}pha", "${unicode:e4}pfel", "${")
        return '"' + text + '"'

    def strings(self):
        if self.c.random() < 0.6:
            return self.string()
        return "[" + ", ".join(self.string() for _ in range(self.c.randint(1, 3))) + "]"

    def match(self):
        kind = self.c.random()
        if kind < 0.15:
            return f':value "{self.one("gt", "ge", "lt", "le", "eq", "ne")}"' + self.one("", ' :comparator "i;ascii-numeric"')
        if kind < 0.3:
            return f':count "{self.one("gt", "ge", "lt", "le", "eq", "ne")}" :comparator "i;ascii-numeric"'
        return self.one("", ":is", ":contains", ":matches") + self.one("", "", ' :comparator "i;octet"')

    def pattern(self, match):
        if match.startswith(":matches"):
            return self.one('"*"', '"*a*"', '"?*"', '"alpha*"', '"*\\\\?*"', '"*-?"', self.string())
        if match.startswith(":count"):
            return f'"{self.c.randint(0, 3)}"'
        return self.strings()

    def names(self, *names):
        if self.c.random() < 0.7:
            return f'"{self.c.choice(names)}"'
        return "[" + ", ".join(f'"{n}"' for n in self.c.sample(names, 2)) + "]"

    def test(self, depth=0):
        kind = self.c.randint(0, 12 if depth < 2 else 9)
        match = self.match()
        key = self.pattern(match)
        if kind <= 2:
            # Of ":count" with ":index" Pigeonhole thinks otherwise.
            index = "" if match.startswith(":count") else self.one("", "", " :index 1", " :index 2 :last")
            # With several names Pigeonhole counts the fields of all of them together; RFC 5260 section 6 counts those of a name.
            fields = self.names("subject", "X-N", "to", "x-empty", "x-none") if not index else self.one('"subject"', '"X-N"', '"x-none"')
            return f'header {match}{index} {fields} {key}'
        if kind == 3:
            part = self.one("", ":all", ":localpart", ":domain", ":user", ":detail")
            return f'address {part} {match} {self.names("from", "to", "cc")} {key}'
        if kind == 4:
            return f'envelope {self.one("", ":domain", ":localpart")} {match} {self.names("from", "to")} {key}'
        if kind == 5:
            return f'exists {self.names("subject", "x-n", "cc", "x-none")}'
        if kind == 6:
            return f'size {self.one(":over", ":under")} {self.one("100", "1K", "300", "0")}'
        if kind == 7:
            # Here Pigeonhole compares by octets unless told otherwise; RFC 5228 section 2.7.3 has one default for all tests.
            if "comparator" not in match:
                match += ' :comparator "i;ascii-casemap"'
            return f'string {match} "{self.one("${v}", "${1}", "alpha")}" {key}'
        if kind == 8:
            # What ":text" makes of HTML is everybody's own (RFC 5173 section 5.3), its line ends too.
            part = self.one(":raw", ":text :contains", ':content "text"', ":contains")
            return f'body {part} {"" if "contains" in part else self.one(":contains", ":is", ":matches")} {self.string()}'
        if kind == 9:
            part = self.one("year", "month", "day", "hour", "minute", "weekday", "date", "zone", "julian", "std11")
            return f'date :originalzone {match} {self.one(chr(34) + "date" + chr(34), chr(34) + "received" + chr(34))} "{part}" {key}'
        if kind == 10:
            return f"not {self.test(depth + 1)}"
        return self.one("allof", "anyof") + " (" + ", ".join(self.test(depth + 1) for _ in range(self.c.randint(1, 3))) + ")"

    def action(self):
        flag = self.one('"\\\\Seen"', '["x", "\\\\Flagged"]', '"a b"')
        return self.one("keep;", f"keep :flags {flag};", "discard;", "stop;", 'fileinto "F1";', 'fileinto :copy "F2";', f'fileinto :flags {flag} "F3";',
                        'redirect "a@b.example";', 'redirect :copy "c@d.example";', f"addflag {flag};", f"setflag {flag};", f"removeflag {flag};",
                        f'set {self.one("", ":lower", ":upper", ":length", ":upperfirst :lower", ":quotewildcard")} "v" {self.string()};',
                        'reject "no";' if self.c.random() < 0.2 else "keep;", 'fileinto "x${v}";')

    def commands(self, depth=0):
        out = []
        for _ in range(self.c.randint(1, 3)):
            if depth < 2 and self.c.random() < 0.6:
                out.append(f"if {self.test()} {{ {self.commands(depth + 1)} }}")
                if self.c.random() < 0.3:
                    out.append(f"elsif {self.test()} {{ {self.commands(depth + 1)} }}")
                if self.c.random() < 0.3:
                    out.append(f"else {{ {self.commands(depth + 1)} }}")
            else:
                out.append(self.action())
        return " ".join(out)

    def script(self):
        text = REQUIRE + "\n" + self.commands() + "\n"
        if self.c.random() < 0.25:  # something is wrong with it, or not
            words = re.findall(r'"[^"]*"|[:\w]+|\S', text.split("\n", 1)[1])
            at = self.c.randrange(len(words))
            words[at:at + 1] = self.one([], [words[at]] * 2, [self.c.choice(words)])
            text = REQUIRE + "\n" + " ".join(words) + "\n"
        return text


def flags_of(text):
    return tuple(sorted(set(text.lower().split())))


def theirs(config, script, message):
    done = subprocess.run(["sieve-test", "-c", config, "-f", "ann+x@example.org", "-a", "bob@example.com", "-r", "bob@example.com", script, message],
                          capture_output=True, text=True, timeout=60)
    if "final result: success" not in done.stderr:
        wrong = "error" in done.stderr and ("validation failed" in done.stderr or "parse failed" in done.stderr)
        return ("no script" if wrong else "error"), done.stderr
    actions = set()
    name = None
    flags = ()
    for line in [*done.stdout.splitlines(), " * "]:
        if line.startswith(" * "):
            if name is not None:
                actions.add((name, flags))
            word = line[3:]
            flags = ()
            name = None
            if word.startswith("store message in folder: "):
                folder = word[len("store message in folder: "):]
                name = "keep" if folder == "INBOX" else "fileinto " + folder
            elif word.startswith("redirect message to: "):
                name = "redirect " + word[len("redirect message to: "):].strip("<>")
            elif word.startswith("reject"):
                name = "reject"
            elif word.startswith("keep"):
                name = "keep"
            elif word and not word.startswith("discard"):
                name = word
        elif "add IMAP flags: " in line:
            flags = flags_of(line.split("add IMAP flags: ")[1])
    return actions, done.stdout


def ours(line):
    if line.startswith("no script: "):
        return "no script"
    if line.startswith("error "):
        return "error"
    actions = set()
    for each in line.split("; "):
        flags = flags_of(each[each.index("[") + 1:-1]) if each.endswith("]") else ()
        name = each.split(" [")[0].replace("implicit keep", "keep")
        name = "reject" if name.startswith("reject") else name
        if name != "discard":
            actions.add((name, flags))
    return actions


def main():
    if shutil.which("sieve-test") is None:
        print("skipped: sieve-test is missing (Debian: dovecot-sieve)")
        return 77
    chance = random.Random(SEED)
    counts = {"equal": 0, "no script": 0, "error": 0}
    different = []
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        config = folder + "/dovecot.conf"
        with open(config, "w") as out:
            out.write("mail_location = mdbox:/nonexistent\nmail_uid = nobody\nmail_gid = nogroup\nfirst_valid_gid = 0\nlog_path = /dev/stderr\n")
        for n, message in enumerate(MESSAGES):
            with open(f"{folder}/{n}.eml", "wb") as out:
                out.write(message.encode())
        program = os.path.join(os.environ["POSTHORN_COMPARE"], "sieve-try")
        with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            maker = Maker(chance)
            for n in range(COUNT):
                script, message = f"{folder}/{n}.sieve", f"{folder}/{n % len(MESSAGES)}.eml"
                with open(script, "w") as out:
                    out.write(maker.script())
                child.stdin.write(f"{script} {message} ann+x@example.org bob@example.com\n")
                child.stdin.flush()
                line = child.stdout.readline().rstrip("\n")
                mine = ours(line)
                peer, said = theirs(config, script, message)
                # A tag that stands twice: no argument may (RFC 5228 section 2.6.2), Pigeonhole does not mind.
                twice = re.search(r"':(\w+)' cannot stand beside ':\1'", line)
                if mine == peer or twice:
                    counts[mine if isinstance(mine, str) else "equal"] += 1
                else:
                    different.append((n, open(script).read(), line, peer, said))
            child.stdin.close()
    for n, script, line, peer, said in different:
        print(f"--- {n}\n{script.split(chr(10), 1)[1]}ours:   {line}\ntheirs: {peer}\n{said[:400] if isinstance(peer, str) else ''}")
    print(f"{COUNT} scripts: {counts['equal']} with the same actions, {counts['no script']} no scripts for both, {counts['error']} that break off for both, "
          f"{len(different)} differ")
    assert counts["equal"] >= COUNT // 2, "too few scripts do anything"
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
