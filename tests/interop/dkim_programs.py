#!/usr/bin/env python3
"""DKIM beside dkimpy, Mail::DKIM and libopendkim: each verifies what the others sign, and nobody what was changed.

  dkim_programs.py EXAMPLES     the folder with dkim-sign and dkim-verify
"""
import base64
import ctypes
import itertools
import random
import subprocess
import sys
import tempfile

import debian

debian.need("dkim")

import dkim

DOMAIN = "example.org"
METHODS = [f"{h}/{b}" for h, b in itertools.product(("simple", "relaxed"), repeat=2)]

# Reads "name TXT" lines and a list of files; says for each file what became of its signatures.
PERL = r"""
use Mail::DKIM::Verifier; use Mail::DKIM::Signer; use Mail::DKIM::PrivateKey;
my ($mode, $keys, @files) = @ARGV;
package Txt { sub new { my ($c, $t) = @_; bless {t => $t}, $c } sub type { 'TXT' } sub txtdata { $_[0]{t} } }
my %txt; open my $in, '<', $keys or die; while (<$in>) { chomp; my ($n, $t) = split / /, $_, 2; $txt{$n} = $t }
{ no warnings 'redefine';
  *Mail::DKIM::DNS::query_async = sub { my ($host, $type, %p) = @_; my @rr = $txt{$host} ? (Txt->new($txt{$host})) : ();
    my $r = $p{Callbacks}{Success}->(@rr); return sub { $r } }; }
for my $file (@files) {
  open my $m, '<:raw', $file or die; my $text = do { local $/; <$m> };
  if ($mode eq 'verify') {
    my $v = Mail::DKIM::Verifier->new; $v->PRINT($text); $v->CLOSE;
    print join(' ', map { $_->result } $v->signatures), "\n";
  } else {
    my ($domain, $selector, $method, $key) = split /,/, $mode;
    my $s = Mail::DKIM::Signer->new(Algorithm => 'rsa-sha256', Method => $method, Domain => $domain, Selector => $selector,
      Key => Mail::DKIM::PrivateKey->load(File => $key));
    $s->PRINT($text); $s->CLOSE;
    open my $out, '>:raw', "$file.signed" or die; print $out $s->signature->as_string, "\r\n", $text; close $out;
  }
}
"""


def run(*words, text=b"", status=(0,)):
    done = subprocess.run(words, input=text, capture_output=True, timeout=60)
    assert done.returncode in status, (words[:2], done.returncode, done.stderr[-2000:])
    return done.stdout


class Keys:
    """Keys that openssl made, as files; their records as a file of lines."""

    def __init__(self, folder):
        self.texts, self.files, self.old_form = {}, {}, {}
        for selector, algorithm in (("rsa", ["rsa", "-pkeyopt", "rsa_keygen_bits:2048"]), ("big", ["rsa", "-pkeyopt", "rsa_keygen_bits:4096"]),
                                    ("ed", ["ed25519"])):
            file = self.files[selector] = f"{folder}/{selector}.pem"
            run("openssl", "genpkey", "-algorithm", *algorithm, "-out", file)
            public = run("openssl", "pkey", "-in", file, "-pubout", "-outform", "DER")
            kind = "ed25519" if selector == "ed" else "rsa"
            public = public[-32:] if selector == "ed" else public
            self.texts[f"{selector}._domainkey.{DOMAIN}"] = f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}"
            if selector != "ed":
                self.old_form[selector] = f"{folder}/{selector}-pkcs1.pem"
                run("openssl", "rsa", "-in", file, "-traditional", "-out", self.old_form[selector])
        # The bare RSAPublicKey that some publish.
        bare = run("openssl", "rsa", "-in", self.files["rsa"], "-RSAPublicKey_out", "-outform", "DER")
        self.texts[f"bare._domainkey.{DOMAIN}"] = f"p={base64.b64encode(bare).decode()}"
        self.files["bare"], self.old_form["bare"] = self.files["rsa"], self.old_form["rsa"]
        self.list = f"{folder}/keys"
        with open(self.list, "w") as out:
            out.writelines(f"{name} {text}\n" for name, text in self.texts.items())


class OpenDkim:
    """libopendkim, with keys of a file in place of the DNS."""
    ALGORITHMS = {"rsa": 1, "big": 1, "bare": 1, "ed": 2}

    def __init__(self, keys):
        self.lib = ctypes.CDLL("libopendkim.so.11")
        for name in ("dkim_init", "dkim_sign", "dkim_verify"):
            getattr(self.lib, name).restype = ctypes.c_void_p
        self.handle = ctypes.c_void_p(self.lib.dkim_init(None, None))
        method, info = ctypes.c_int(1), ctypes.create_string_buffer(keys.list.encode())
        for option, value, size in ((6, ctypes.byref(method), 4), (7, info, len(info) - 1)):
            assert self.lib.dkim_options(self.handle, 1, option, value, ctypes.c_size_t(size)) == 0
        self.keys = keys

    def feed(self, message, octets):
        self.lib.dkim_chunk(message, octets, ctypes.c_size_t(len(octets)))
        self.lib.dkim_chunk(message, None, ctypes.c_size_t(0))
        status = self.lib.dkim_eom(message, None)
        return status

    def verifies(self, octets):
        status = ctypes.c_int()
        message = ctypes.c_void_p(self.lib.dkim_verify(self.handle, b"id", None, ctypes.byref(status)))
        good = self.feed(message, octets) == 0
        self.lib.dkim_free(message)
        return good

    def sign(self, octets, selector, methods):
        header, body = (0 if m == "simple" else 1 for m in methods.split("/"))
        with open(self.keys.files[selector], "rb") as key:
            secret = key.read()
        status = ctypes.c_int()
        message = ctypes.c_void_p(self.lib.dkim_sign(self.handle, b"id", None, secret, selector.encode(), DOMAIN.encode(), header, body,
                                                     self.ALGORITHMS[selector], ctypes.c_ssize_t(-1), ctypes.byref(status)))
        assert status.value == 0, status.value
        assert self.feed(message, octets) == 0
        text, size = ctypes.c_char_p(), ctypes.c_size_t()
        assert self.lib.dkim_getsighdr_d(message, ctypes.c_size_t(16), ctypes.byref(text), ctypes.byref(size)) == 0
        field = b"DKIM-Signature: " + ctypes.string_at(text, size.value)
        self.lib.dkim_free(message)
        return field.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n" + octets


def a_message(number):
    """Fields and bodies of all kinds; the same for a number."""
    rng = random.Random(number)
    space = lambda: "".join(rng.choice(" \t") for _ in range(rng.randint(1, 3)))  # noqa: E731
    words = lambda count: space().join(rng.choice(("one", "two", "grüße", "=20", ".", "x" * 30)) for _ in range(count))  # noqa: E731
    fields = [f"From: A{space()}B <a@{DOMAIN}>", f"To:b@example.net{space()}", f"Subject:{space()}{words(4)}\r\n{space()}{words(4)}",
              "Date: Fri, 11 Jul 2003 21:00:37 -0700", f"Message-ID: <{number}@{DOMAIN}>", "Received: one", "Received: two", f"X-Empty:{space()}"]
    rng.shuffle(fields)
    lines = [words(rng.randint(0, 6)) + rng.choice(("", "", space())) for _ in range((0, 1, 5, 20, 2000)[number % 5])]
    body = "".join(line + "\r\n" for line in lines) + "\r\n" * (number % 4)  # of a last line without end they think differently
    return ("\r\n".join(fields) + "\r\n\r\n" + body).encode()


def changed(message):
    at = message.rindex(b"Date: Fri") + 6
    return message[:at] + b"Mon" + message[at + 3:]


class Programs:
    def __init__(self, examples, folder):
        self.examples, self.folder = examples, folder
        self.keys = Keys(folder)
        self.opendkim = OpenDkim(self.keys)

    def sign(self, message, methods, *selectors):
        files = [word for selector in selectors for word in (selector, (self.keys.files if methods != METHODS[0] else
                                                                        {**self.keys.files, **self.keys.old_form})[selector])]
        return run(f"{self.examples}/dkim-sign", DOMAIN, methods, *files, text=message)

    def verify(self, message):
        """What we say of each signature."""
        out = run(f"{self.examples}/dkim-verify", self.keys.list, text=message, status=(0, 1)).decode()
        return [line.split(" ")[0] for line in out.splitlines()[:-1]]

    def dkimpy(self, message, index=0):
        def answer(name, timeout=5):
            return self.keys.texts.get(name.decode().rstrip("."), "").encode()
        return dkim.DKIM(message).verify(idx=index, dnsfunc=answer)

    def dkimpy_sign(self, message, methods, selector):
        key = self.keys.old_form.get(selector)
        if key:
            with open(key, "rb") as file:
                secret = file.read()
        else:
            with open(self.keys.files[selector], "rb") as file:
                secret = base64.b64encode(base64.b64decode(b"".join(file.read().splitlines()[1:-1]))[-32:])
        algorithm = b"ed25519-sha256" if selector == "ed" else b"rsa-sha256"
        return dkim.sign(message, selector.encode(), DOMAIN.encode(), secret, canonicalize=tuple(m.encode() for m in methods.split("/")),
                         signature_algorithm=algorithm, length=selector == "big") + message

    def perl(self, mode, messages):
        paths = []
        for i, message in enumerate(messages):
            paths.append(f"{self.folder}/{i}.eml")
            with open(paths[-1], "wb") as out:
                out.write(message)
        out = run("perl", "-e", PERL, mode, self.keys.list, *paths).decode()
        if mode == "verify":
            return [line.split() for line in out.splitlines()]
        signed = []
        for path in paths:
            with open(path + ".signed", "rb") as file:
                signed.append(file.read())
        return signed


def main():
    with tempfile.TemporaryDirectory(prefix="posthorn-dkim-") as folder:
        p = Programs(sys.argv[1], folder)
        messages = [a_message(i) for i in range(6)]
        counts = {"ours": 0, "theirs": 0}
        # What we sign.
        for methods in METHODS:
            ours = [p.sign(m, methods, "rsa", "big", "bare", "ed") for m in messages]
            for message, rsa_only in zip(ours, p.perl("verify", [p.sign(m, methods, "rsa", "big") for m in messages])):
                assert all(p.dkimpy(message, i) for i in range(4)), ("dkimpy", methods, message)
                assert rsa_only == ["pass"] * 2, ("Mail::DKIM", methods, rsa_only, message)
                assert p.verify(message) == ["pass"] * 4, methods
            assert p.verify(changed(ours[0])) == ["fail"] * 4, methods
            for selector in ("rsa", "big", "ed"):
                for message in messages:
                    one = p.sign(message, methods, selector)
                    assert p.opendkim.verifies(one), ("libopendkim", methods, selector, one)
                    assert not p.opendkim.verifies(changed(one)), methods
                    counts["ours"] += 1
            # What they sign.
            for selector in ("rsa", "big", "ed"):
                theirs = [p.dkimpy_sign(m, methods, selector) for m in messages]
                if selector != "ed" or methods.startswith("relaxed"):  # else it does not verify itself what it signed
                    theirs += [p.opendkim.sign(m, selector, methods) for m in messages]
                if selector != "ed":  # Debian's Mail::DKIM has no Ed25519
                    theirs += p.perl(f"{DOMAIN},{selector},{methods},{p.keys.old_form[selector]}", messages)
                for message in theirs:
                    assert p.verify(message) == ["pass"], (methods, selector, p.verify(message), message)
                    counts["theirs"] += 1
                assert p.verify(changed(theirs[0])) == ["fail"], (methods, selector)
        print(f"{counts['ours']} signatures of ours and {counts['theirs']} of others")


if __name__ == "__main__":
    sys.exit(main())
