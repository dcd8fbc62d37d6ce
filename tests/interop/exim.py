"""Debian's Exim on a free loopback port, with a Maildir that takes everything."""
import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile

import rig as r

USER = "Debian-exim"  # built in: the program refuses to start where there is no such user


def binary():
    deps = os.environ.get("POSTHORN_DEPS") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "posthorn")
    for path in (os.environ.get("POSTHORN_EXIM", ""), deps + "/exim/usr/sbin/exim4", "/usr/sbin/exim4"):
        if path and os.path.exists(path):
            return path
    raise AssertionError("Exim is missing: run tools/install-deps")


def user():
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        r.run(["useradd", "-r", "-M", "-U", "-d", "/nonexistent", "-s", "/usr/sbin/nologin", USER])
        return pwd.getpwnam(USER)


class Exim:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="posthorn-exim-")
        self.port = r.free_ports(1)[0]
        owner = user()
        for name in ("spool", "mail", "log"):
            os.makedirs(f"{self.folder}/{name}")
            os.chown(f"{self.folder}/{name}", owner.pw_uid, owner.pw_gid)
        os.chmod(self.folder, 0o755)
        with open(f"{self.folder}/exim.conf", "w") as out:
            out.write(f"""primary_hostname = exim.test
daemon_smtp_ports = {self.port}
local_interfaces = 127.0.0.1
spool_directory = {self.folder}/spool
log_file_path = {self.folder}/log/%slog
pid_file_path = {self.folder}/spool/exim.pid
deliver_drop_privilege = true
never_users =
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts =
keep_environment =
smtp_accept_max = 50
smtp_accept_queue_per_connection = 1000
acl_smtp_rcpt = taken
acl_smtp_data = taken
begin acl
taken:
  accept
begin routers
all:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = {self.folder}/mail
  create_directory
  maildir_format
  user = {USER}
  group = {owner.pw_gid}
""")
        self.output = open(f"{self.folder}/output", "wb")
        self.child = subprocess.Popen([binary(), "-C", f"{self.folder}/exim.conf", "-bdf", "-q1m"], stdin=subprocess.DEVNULL, stdout=self.output,
                                      stderr=self.output, start_new_session=True)
        try:
            r.until(self.answers, 20, "Exim")
        except BaseException:
            self.close()
            raise

    def answers(self):
        assert self.child.poll() is None, f"Exim ended with {self.child.returncode}: {self.log()}"
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
            return True
        except OSError:
            return False

    def messages(self):
        """All messages that it has delivered."""
        found = []
        for path in glob.glob(f"{self.folder}/mail/new/*"):
            with open(path, "rb") as text:
                found.append(text.read())
        return found

    def log(self):
        text = ""
        for path in [f"{self.folder}/output", *glob.glob(f"{self.folder}/log/*")]:
            with open(path, errors="replace") as lines:
                text += lines.read()[-3000:]
        return text

    def close(self):
        if self.child.poll() is None:
            self.child.terminate()
            self.child.wait(20)
        self.output.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
