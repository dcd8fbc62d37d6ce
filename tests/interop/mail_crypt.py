#!/usr/bin/env python3
"""Mail that Dovecot's mail_crypt sealed, read by examples/open_mail_crypt.cpp.

A Dovecot without listeners, in a folder of its own, makes the keys and writes the files: by doveadm save, by its delivery agent and
by its file system layer, which writes every cipher. `--capture FILE` keeps what it wrote as vectors of the unit tests; `--many N` seals
N files more (one shared secret in 256 begins with a zero octet).

  mail_crypt.py OPEN_MAIL_CRYPT [--many N]
  mail_crypt.py --capture tests/vectors/import/mail_crypt.txt
"""
import base64
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import rig as r

NOBODY = 65534
CURVES = ["secp521r1", "prime256v1", "secp384r1"]
PASSWORD = "correct horse battery staple"
ALGORITHMS = ["aes-256-gcm-sha256", "aes-128-gcm-sha256", "aes-192-gcm-sha512", "aes-256-gcm-sha1", "aes-256-cbc-sha256", "aes-192-cbc-sha384",
              "aes-128-cbc-sha1", "aes-256-cbc-sha512"]
# The library does not read these: each says so and names what it met.
OTHERS = {"camellia-256-cbc-sha256": "1.2.392.200011.61.1.1.1.4"}
SHORT = b"From: ann@example.org\nSubject: sealed\n\nKept from others.\n"
MESSAGES = [SHORT, b"Subject: no body\n\n", b"Subject: long\n\n" + b"".join(b"line %d of many\n" % i for i in range(40_000)),
            b"Subject: octets\n\n" + bytes(range(128, 256)) + b"\n"]


class Dovecot:
    """A Dovecot whose users' mail is in folders below; `options` of mail_crypt are given with each command."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="posthorn-mail-crypt-")
        os.chmod(self.folder, 0o755)
        os.makedirs(f"{self.folder}/mail")
        os.chown(f"{self.folder}/mail", NOBODY, NOBODY)
        self.config = f"{self.folder}/dovecot.conf"
        with open(self.config, "w") as out:
            out.write(f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/run
log_path = {self.folder}/log
protocols =
ssl = no
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_plugins = mail_crypt
mail_attribute_dict = file:%h/dovecot-attributes
postmaster_address = postmaster@{r.DOMAIN}
plugin {{
  mail_crypt_save_version = 2
}}
passdb {{
  driver = static
  args = password=unused
}}
userdb {{
  driver = static
  args = uid={NOBODY} gid={NOBODY} home={self.folder}/mail/%n allow_all_users=yes
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
service auth {{
  unix_listener auth-userdb {{
    mode = 0666
  }}
}}
""")
        self.master = subprocess.Popen(["dovecot", "-F", "-c", self.config], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, start_new_session=True)
        r.until(lambda: os.path.exists(f"{self.folder}/run/auth-userdb"), 20, "a Dovecot")

    def doveadm(self, *arguments, options=(), octets=None):
        overrides = [part for option in options for part in ("-o", f"plugin/{option}")]
        done = subprocess.run(["doveadm", "-c", self.config, *overrides, *arguments], input=octets, capture_output=True, timeout=60)
        assert done.returncode == 0, f"doveadm {arguments}: {done.stderr.decode(errors='replace')}"
        return done.stdout

    def deliver(self, user, message, options=()):
        overrides = [part for option in options for part in ("-o", f"plugin/{option}")]
        r.run(["/usr/lib/dovecot/dovecot-lda", "-c", self.config, *overrides, "-d", user, "-f", "ann@example.org"], input=message.decode())

    def put(self, public_key, private_key, algorithm, octets):
        """A file of Dovecot's file system layer, under any cipher."""
        name = f"{self.folder}/plain"
        with open(name, "wb") as out:
            out.write(octets)
        self.doveadm("fs", "put", "crypt", f"algo={algorithm}:public_key_path={public_key}:private_key_path={private_key}:posix:prefix={self.folder}/fs/",
                     name, "sealed")
        with open(f"{self.folder}/fs/sealed", "rb") as file:
            return file.read()

    def attributes(self, user):
        """The texts of a user's private keys: [the user's own, the mailboxes']."""
        with open(f"{self.folder}/mail/{user}/dovecot-attributes") as file:
            lines = file.read().split("\n")
        keys = {name: value for name, value in zip(lines[::2], lines[1::2]) if "/privkeys/" in name}
        return [[v for n, v in keys.items() if "/pvt/server/" in n], [v for n, v in keys.items() if "/pvt/server/" not in n]]

    def files(self, user):
        """The files of a user's INBOX, in the order of arrival."""
        paths = glob.glob(f"{self.folder}/mail/{user}/Maildir/new/*") + glob.glob(f"{self.folder}/mail/{user}/Maildir/cur/*")
        found = []
        for path in sorted(paths, key=lambda p: os.stat(p).st_mtime_ns):
            with open(path, "rb") as file:
                found.append(file.read())
        return found

    def close(self):
        self.master.send_signal(signal.SIGTERM)
        self.master.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def openssl(self, *arguments):
        r.run(["openssl", *arguments], cwd=self.folder)

    def pair(self, kind):
        """Paths of a new public and private key in PEM; `kind` is a curve or "rsa"."""
        how = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if kind == "rsa" else ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{kind}"]
        self.openssl("genpkey", *how, "-out", f"{kind}.pem")
        self.openssl("pkey", "-in", f"{kind}.pem", "-pubout", "-out", f"{kind}.pub")
        return f"{self.folder}/{kind}.pub", f"{self.folder}/{kind}.pem"


class Reader:
    """examples/open_mail_crypt.cpp."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def run(self, sealed, keys, password=""):
        paths = []
        for i, key in enumerate(keys):
            paths.append(f"{self.folder}/key-{i}")
            with open(paths[-1], "wb") as out:
                out.write(key if isinstance(key, bytes) else key.encode())
        with open(f"{self.folder}/password", "w") as out:
            out.write(password)
        with open(f"{self.folder}/sealed", "wb") as out:
            out.write(sealed)
        return subprocess.run([self.program, f"{self.folder}/sealed", f"{self.folder}/password", *paths], capture_output=True, timeout=60)

    def check(self, what, sealed, keys, password, text):
        done = self.run(sealed, keys, password)
        assert done.returncode == 0, f"{what}: {done.stderr.decode()}"
        assert done.stdout == text, f"{what}: {done.stdout[:200]} is not {text[:200]}"

    def refuses(self, what, sealed, keys, password, words):
        done = self.run(sealed, keys, password)
        assert done.returncode != 0 and not done.stdout, f"{what} was read"
        assert words in done.stderr.decode(), f"{what}: {done.stderr.decode()} does not say '{words}'"


def mailbox(dovecot, user, curve, password, messages):
    """Makes a user's keys and mail: (texts of keys as they must be opened, files)."""
    options = [f"mail_crypt_curve={curve}"] + ([f"mail_crypt_private_password={password}"] if password else [])
    dovecot.doveadm("mailbox", "cryptokey", "generate", "-u", user, "-U", options=options)
    for message in messages:
        dovecot.doveadm("save", "-u", user, options=options, octets=message)
    own, boxes = dovecot.attributes(user)
    assert len(own) == 1 and len(boxes) == 1
    assert own[0].split(":")[2] == ("2" if password else "0") and boxes[0].split(":")[2] == "1"
    return own + boxes, dovecot.files(user), options


def test_mailboxes(dovecot, reader):
    for number, curve in enumerate(CURVES):
        for password in ("", PASSWORD):
            user = f"user{number}{'p' if password else ''}"
            keys, files, options = mailbox(dovecot, user, curve, password, MESSAGES)
            assert len(files) == len(MESSAGES)
            for text, sealed in zip(MESSAGES, files):
                assert sealed.startswith(b"CRYPTED\x03\x07")
                reader.check(f"{curve} {password}", sealed, keys, password, text)
            if password:
                reader.refuses("without a password", files[0], keys, "", "needs a password")
                reader.refuses("with another password", files[0], keys, "guess", "wrong password")
            reader.refuses("with the user's key alone", files[0], keys[:1], password, "other keys")
            reader.refuses("with the mailbox's key alone", files[0], keys[1:], password, "sealed to the key")
            # What it exports is PEM.
            pem = dovecot.doveadm("mailbox", "cryptokey", "export", "-u", user, "INBOX", options=options)
            reader.check("an exported key", files[0], [pem], "", MESSAGES[0])
    print("mailboxes: ok")


def test_delivery(dovecot, reader):
    options = ["mail_crypt_curve=secp521r1"]
    dovecot.doveadm("mailbox", "cryptokey", "generate", "-u", "lda", "-U", options=options)
    dovecot.deliver("lda", SHORT, options)
    own, boxes = dovecot.attributes("lda")
    (sealed,) = dovecot.files("lda")
    done = reader.run(sealed, own + boxes)
    assert done.returncode == 0 and done.stdout.endswith(SHORT), done.stderr.decode()
    print("delivery agent: ok")


def test_global_keys(dovecot, reader):
    for kind in CURVES + ["rsa"]:
        public, private = dovecot.pair(kind)
        with open(public) as file, open(private) as secret:
            # Settings with line ends cannot be given on the command line: base64 is Dovecot's other form.
            options = ["mail_crypt_global_public_key=" + base64.b64encode(file.read().encode()).decode(),
                       "mail_crypt_global_private_key=" + base64.b64encode(secret.read().encode()).decode()]
        user = f"global-{kind}"
        dovecot.doveadm("save", "-u", user, options=options, octets=SHORT)
        (sealed,) = dovecot.files(user)
        for form in pem_forms(dovecot, private, kind):
            reader.check(f"{kind} {form[:40]}", sealed, [form], PASSWORD, SHORT)
    print("global keys: ok")


def pem_forms(dovecot, private, kind):
    """The ways OpenSSL writes a private key."""
    forms = [["pkey"], ["pkey", "-aes256", "-passout", f"pass:{PASSWORD}"], ["pkcs8", "-topk8", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1", "-iter",
                                                                             "5000", "-passout", f"pass:{PASSWORD}"]]
    forms += [["rsa", "-traditional"], ["rsa", "-traditional", "-aes128", "-passout", f"pass:{PASSWORD}"]] if kind == "rsa" else [
        ["ec"], ["ec", "-aes256", "-passout", f"pass:{PASSWORD}"]]
    for form in forms:
        yield r.run(["openssl", *form, "-in", private], cwd=dovecot.folder).stdout.replace("read EC key\n", "").replace("writing EC key\n", "").replace(
            "writing RSA key\n", "")


def test_ciphers(dovecot, reader, many):
    for kind in CURVES + ["rsa"]:
        public, private = dovecot.pair(kind)
        with open(private) as file:
            pem = file.read()
        for algorithm in ALGORITHMS:
            for text in MESSAGES:
                reader.check(f"{kind} {algorithm}", dovecot.put(public, private, algorithm, text), [pem], "", text)
        for algorithm, oid in OTHERS.items():
            reader.refuses(algorithm, dovecot.put(public, private, algorithm, SHORT), [pem], "", oid)
    public, private = dovecot.pair("prime256v1")
    with open(private) as file:
        pem = file.read()
    for i in range(many):
        reader.check(f"file {i}", dovecot.put(public, private, ALGORITHMS[0], SHORT), [pem], "", SHORT)
    print(f"ciphers: ok, {many} more files")


def capture(dovecot, path):
    rows = {"password": PASSWORD, "text": SHORT}
    for number, curve in enumerate(CURVES):
        keys, files, _ = mailbox(dovecot, f"plain{number}", curve, "", [SHORT])
        locked, locked_files, _ = mailbox(dovecot, f"locked{number}", curve, PASSWORD, [SHORT])
        rows |= {f"{curve}.plain.user": keys[0], f"{curve}.plain.box": keys[1], f"{curve}.plain.file": files[0], f"{curve}.locked.user": locked[0],
                 f"{curve}.locked.box": locked[1], f"{curve}.locked.file": locked_files[0]}
    for kind in ("prime256v1", "rsa"):
        public, private = dovecot.pair(kind)
        for number, form in enumerate(pem_forms(dovecot, private, kind)):
            rows[f"{kind}.pem.{number}"] = form
        for algorithm in ALGORITHMS if kind != "rsa" else ALGORITHMS[:1]:
            rows[f"{kind}.{algorithm}"] = dovecot.put(public, private, algorithm, SHORT)
        if kind != "rsa":
            rows |= {f"{kind}.{a}": dovecot.put(public, private, a, SHORT) for a in OTHERS}
    # Keys that are refused.
    for name, how in {"brainpool": ["EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"], "x25519": ["X25519"],
                      "explicit": ["EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1", "-pkeyopt", "ec_param_enc:explicit"]}.items():
        rows[f"other.{name}"] = r.run(["openssl", "genpkey", "-algorithm", *how]).stdout
    private = f"{dovecot.folder}/prime256v1.pem"
    for name, how in {"scrypt": ["-scrypt"], "pbe1": ["-v1", "PBE-SHA1-3DES"], "camellia": ["-v2", "camellia-256-cbc"],
                      "sha512": ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"], "rounds": ["-v2", "aes-256-cbc", "-iter", "1000001"]}.items():
        rows[f"other.{name}"] = r.run(["openssl", "pkcs8", "-topk8", "-in", private, "-passout", f"pass:{PASSWORD}", *how]).stdout
    rows["other.public"] = r.run(["openssl", "pkey", "-in", private, "-pubout"]).stdout
    rows["other.parameters"] = r.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey"]).stdout
    with open(path, "w") as out:
        for name, value in rows.items():
            out.write(f"{name} {base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()}\n")


def main():
    if not os.path.exists("/usr/lib/dovecot/modules/lib10_mail_crypt_plugin.so") or os.geteuid() != 0:
        print("skipped: no Dovecot with mail_crypt, or not root")
        sys.exit(77)
    with Dovecot() as dovecot:
        if sys.argv[1] == "--capture":
            capture(dovecot, sys.argv[2])
            return
        reader = Reader(sys.argv[1], dovecot.folder)
        test_mailboxes(dovecot, reader)
        test_delivery(dovecot, reader)
        test_global_keys(dovecot, reader)
        test_ciphers(dovecot, reader, int(sys.argv[3]) if "--many" in sys.argv else 0)


main()
