"""Debian's Dovecot as another IMAP server: one account on a free loopback port with TLS, run without privileges, stopped by pid."""
import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile

import rig as r
from mail import imap_session

PROGRAM = "/usr/sbin/dovecot"
NOBODY = 65534


def available():
    return os.path.exists(PROGRAM) and os.path.exists("/usr/lib/dovecot/imap")


class Dovecot:
    USER = "carol"
    PASSWORD = "pass-word"

    def __init__(self, separator="/", prefix=""):
        self.folder = tempfile.mkdtemp(prefix="posthorn-dovecot-")
        self.port, self.clear_port = r.free_ports(2)
        self.certificate = self.folder + "/cert.pem"
        r.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout",
               self.folder + "/key.pem", "-out", self.certificate, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        self.account = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
        user, group = (NOBODY, NOBODY) if self.account else (os.getuid(), os.getgid())
        os.mkdir(self.folder + "/run")
        os.mkdir(self.folder + "/mail")
        with open(self.folder + "/dovecot.conf", "w") as out:
            out.write(self.configuration(user, group, separator, prefix))
        if self.account:
            for name in (".", "run", "mail", "key.pem", "cert.pem", "dovecot.conf"):
                os.chown(os.path.join(self.folder, name), user, group)
        self.child = None

    def configuration(self, user, group, separator, prefix):
        name, group_name = pwd.getpwuid(user).pw_name, grp.getgrgid(group).gr_name
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/run
log_path = {self.folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{self.certificate}
ssl_key = <{self.folder}/key.pem
disable_plaintext_auth = yes
auth_mechanisms = plain
default_internal_user = {name}
default_internal_group = {group_name}
default_login_user = {name}
first_valid_uid = 1
first_valid_gid = 1
mail_location = sdbox:~/mail
passdb {{
  driver = static
  args = password={self.PASSWORD}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={self.folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.clear_port}
  }}
  inet_listener imaps {{
    port = {self.port}
    ssl = yes
  }}
}}
"""

    def start(self):
        self.child = subprocess.Popen([PROGRAM, "-F", "-c", self.folder + "/dovecot.conf"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL, start_new_session=True, **self.account)
        r.until(self.answers, 20, f"Dovecot:\n{self.log()}")
        return self

    def answers(self):
        assert self.child.poll() is None, f"Dovecot ended with {self.child.returncode}:\n{self.log()}"
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
            return True
        return False

    def log(self):
        with contextlib.suppress(OSError), open(self.folder + "/log", errors="replace") as text:
            return text.read()[-3000:]
        return ""

    def session(self, mailbox="INBOX"):
        return imap_session(self.port, self.USER, self.PASSWORD, mailbox, timeout=30)

    def close(self):
        if self.child:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()
