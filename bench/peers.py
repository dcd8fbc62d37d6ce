"""Debian's Postfix and Dovecot on free loopback ports, with the durability they ship with, stopped by pid."""
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tests/interop"))
import rig as r  # noqa: E402

PACKAGES = ["postfix", "dovecot-core", "dovecot-imapd", "dovecot-lmtpd"]


def install(packages=None):
    packages = packages or PACKAGES
    states = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages], capture_output=True, text=True).stdout
    missing = [p for p in packages if f"{p} installed" not in states]
    if not missing:
        return
    print("installing " + " ".join(missing), flush=True)
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    # A package must not start its services here: only the instances of the bench run.
    policy = "/usr/sbin/policy-rc.d"
    mine = not os.path.exists(policy)
    if mine:
        with open(policy, "w") as out:
            out.write("#!/bin/sh\nexit 101\n")
        os.chmod(policy, 0o755)
    try:
        r.run(["apt-get", "update", "-qq"], timeout=300, env=quiet)
        r.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], timeout=900, env=quiet)
    finally:
        if mine:
            os.remove(policy)


def user_id(name):
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name)
    r.run(["useradd", "-r", "-M", "-d", "/nonexistent", "-s", "/usr/sbin/nologin", name])
    return pwd.getpwnam(name)


class Peers:
    """Postfix (SMTP) that hands over to Dovecot (LMTP, sdbox) by a local socket; Dovecot serves IMAP and IMAPS."""

    def __init__(self, users, password_hash="{PLAIN}" + r.PASSWORD, postfix=True, extra="", postfix_settings="", postfix_services=None):
        """`extra`: of Dovecot's configuration; `postfix_settings`: lines of main.cf; `postfix_services`: further listeners, name in `ports` -> options
        of smtpd. Both texts may say {folder}."""
        install()
        self.folder = tempfile.mkdtemp(prefix="posthorn-peers-")
        os.chmod(self.folder, 0o755)
        names = ["mx", "imap", "imaps", *(postfix_services or {})]
        self.ports = dict(zip(names, r.free_ports(len(names))))
        self.postfix, self.extra = postfix, extra.replace("{folder}", self.folder)
        self.postfix_settings = postfix_settings.replace("{folder}", self.folder)
        self.postfix_services = postfix_services or {}
        self.dovecot_up(users, password_hash)
        if postfix:
            self.postfix_up()
        for name in ("mx", "imap", "imaps") if postfix else ("imap", "imaps"):
            self.wait_for(self.ports[name])

    def dovecot_up(self, users, password_hash):
        d, mail = self.folder, user_id("benchmail")
        os.makedirs(f"{d}/mail")
        os.chown(f"{d}/mail", mail.pw_uid, mail.pw_gid)
        r.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", f"{d}/key.pem",
               "-out", f"{d}/cert.pem", "-subj", "/CN=localhost"])
        with open(f"{d}/users", "w") as out:
            for user in users:
                out.write(f"{user}@{r.DOMAIN}:{password_hash}:{mail.pw_uid}:{mail.pw_gid}::{d}/mail/{user}\n")
        os.chmod(f"{d}/users", 0o644)
        with open(f"{d}/dovecot.conf", "w") as out:
            out.write(f"""
base_dir = {d}/run
state_dir = {d}/run
log_path = {d}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{d}/cert.pem
ssl_key = <{d}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 1
mail_location = sdbox:~/mail
default_process_limit = 3000
default_client_limit = 6000
mail_max_userip_connections = 3000
passdb {{
  driver = passwd-file
  args = {d}/users
}}
userdb {{
  driver = passwd-file
  args = {d}/users
}}
service imap {{
  process_limit = 3000
}}
service imap-login {{
  inet_listener imap {{
    port = {self.ports['imap']}
  }}
  inet_listener imaps {{
    port = {self.ports['imaps']}
    ssl = yes
  }}
}}
service lmtp {{
  process_limit = 100
  unix_listener lmtp {{
    mode = 0666
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
{self.extra}
""")
        self.dovecot = subprocess.Popen(["dovecot", "-F", "-c", f"{d}/dovecot.conf"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)

    def postfix_up(self):
        d = self.folder
        os.makedirs(f"{d}/etc")
        os.makedirs(f"{d}/queue")
        os.makedirs(f"{d}/lib")
        postfix = pwd.getpwnam("postfix")
        os.chown(f"{d}/lib", postfix.pw_uid, postfix.pw_gid)
        with open(f"{d}/etc/main.cf", "w") as out:
            out.write(f"""compatibility_level = 3.6
queue_directory = {d}/queue
data_directory = {d}/lib
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.{r.DOMAIN}
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = {r.DOMAIN}
virtual_transport = lmtp:unix:{d}/run/lmtp
maillog_file = {d}/postfix.log
maillog_file_prefixes = {d}
message_size_limit = 60000000
smtpd_client_connection_count_limit = 0
smtpd_recipient_restrictions = permit_mynetworks, reject
{self.postfix_settings}
""")
        with open("/usr/share/postfix/master.cf.dist" if os.path.exists("/usr/share/postfix/master.cf.dist") else "/etc/postfix/master.cf") as text:
            lines = [line for line in text if not line.startswith(("smtp      inet", "submission", "smtps"))]
        lines = [line.replace("  y       ", "  n       ") for line in lines]
        with open(f"{d}/etc/master.cf", "w") as out:
            out.write(f"127.0.0.1:{self.ports['mx']} inet n - n - - smtpd\n")
            for name, options in self.postfix_services.items():
                out.write(f"127.0.0.1:{self.ports[name]} inet n - n - - smtpd {options}\n")
            out.write("".join(lines))
            if not any(line.startswith("postlog") for line in lines):
                out.write("postlog unix-dgram n - n - 1 postlogd\n")
        # Its daemons keep the output open: give them none.
        subprocess.run(["postfix", "-c", f"{d}/etc", "start"], timeout=60, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def wait_for(self, port):
        r.until(lambda: self.answers(port), 20, f"a peer on port {port}")

    @staticmethod
    def answers(port):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
            return True
        return False

    def close(self):
        if self.postfix:
            r.run(["postfix", "-c", f"{self.folder}/etc", "stop"], check=False, timeout=60)
        self.dovecot.send_signal(signal.SIGTERM)
        self.dovecot.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def report(name, value, target, peer):
    print(f"ratio {name} {value:.2f} (target {target}, peer {peer})", flush=True)
