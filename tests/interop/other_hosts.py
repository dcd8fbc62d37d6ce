"""Debian's Postfix and Exim as mail hosts on loopback addresses, each with one domain, configuration and queue of its own, stopped by pid."""
import contextlib
import email
import email.policy
import os
import pwd
import shutil
import signal
import socket
import subprocess

import rig as r

NOBODY = 65534


def user_id(name):
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name)
    r.run(["useradd", "-r", "-M", "-d", "/nonexistent", "-s", "/usr/sbin/nologin", name])
    return pwd.getpwnam(name)


def installed_exim():
    """The folder that tools/install-deps unpacks Exim into: Debian does not let it be installed beside Postfix."""
    return r.run([os.path.join(r.ROOT, "tools/install-deps"), "--print-exim"]).stdout.strip()


def last_lines(*paths):
    text = ""
    for path in paths:
        with contextlib.suppress(OSError), open(path, errors="replace") as lines:
            text += lines.read()[-3000:]
    return text


class Host:
    """What both have: a domain with users, routes to other hosts, and a Maildir for each user."""

    def __init__(self, folder, domain, address, port, users, routes):
        self.folder, self.domain, self.address, self.port, self.users, self.routes = folder, domain, address, port, users, routes
        self.name = "mail." + domain
        os.makedirs(f"{folder}/mail")
        r.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout",
               f"{folder}/key.pem", "-out", f"{folder}/cert.pem", "-subj", "/CN=" + self.name])

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as out:
            out.write(text)

    def wait(self):
        r.until(self.answers, 60, f"{self.name} on port {self.port}")

    def answers(self):
        with contextlib.suppress(OSError):
            socket.create_connection((self.address, self.port), timeout=2).close()
            return True
        return False

    def messages(self, user):
        """The octets of all messages of a user, with CRLF."""
        found = []
        folder = f"{self.folder}/mail/{user}/new"
        for name in sorted(os.listdir(folder) if os.path.isdir(folder) else []):
            with open(os.path.join(folder, name), "rb") as message:
                found.append(message.read().replace(b"\n", b"\r\n"))
        return found

    def parsed(self, user):
        return [email.message_from_bytes(m, policy=email.policy.default) for m in self.messages(user)]


class Postfix(Host):
    """Reports delivery where it is asked to (RFC 3461), and takes addresses in UTF-8."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        d = self.folder
        for name in ("etc", "queue", "lib"):
            os.makedirs(f"{d}/{name}")
        os.chown(f"{d}/mail", NOBODY, NOBODY)
        os.chown(f"{d}/lib", user_id("postfix").pw_uid, -1)
        self.write("etc/users", "".join(f"{user}@{self.domain} {user}/\n" for user in self.users))
        self.write("etc/transport", "".join(f"{domain} smtp:[{hosts[0]}]:{self.port}\n" for domain, hosts in self.routes.items()))
        self.write("etc/main.cf", f"""compatibility_level = 3.6
queue_directory = {d}/queue
data_directory = {d}/lib
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {self.name}
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = {self.domain}
virtual_mailbox_base = {d}/mail
virtual_mailbox_maps = texthash:{d}/etc/users
virtual_mailbox_limit = 0
virtual_uid_maps = static:{NOBODY}
virtual_gid_maps = static:{NOBODY}
transport_maps = texthash:{d}/etc/transport
disable_dns_lookups = yes
smtputf8_enable = yes
smtpd_tls_security_level = may
smtpd_tls_cert_file = {d}/cert.pem
smtpd_tls_key_file = {d}/key.pem
smtp_tls_security_level = may
message_size_limit = 60000000
maillog_file = {d}/postfix.log
maillog_file_prefixes = {d}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_error_sleep_time = 0
local_header_rewrite_clients =
queue_run_delay = 2s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
""")
        shipped = "/usr/share/postfix/master.cf.dist"
        with open(shipped if os.path.exists(shipped) else "/etc/postfix/master.cf") as text:
            lines = [line.replace("  y       ", "  n       ") for line in text if not line.startswith(("smtp      inet", "submission", "smtps"))]
        if not any(line.startswith("postlog") for line in lines):
            lines.append("postlog unix-dgram n - n - 1 postlogd\n")
        self.write("etc/master.cf", f"{self.address}:{self.port} inet n - n - - smtpd\n" + "".join(lines))
        # Its daemons keep the output open: a file does not mind.
        with open(f"{d}/start.log", "wb") as out:
            started = subprocess.run(["postfix", "-c", f"{d}/etc", "start"], timeout=60, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        assert started.returncode == 0, self.log()
        self.wait()

    def log(self):
        return last_lines(f"{self.folder}/start.log", f"{self.folder}/postfix.log")

    def close(self):
        r.run(["postfix", "-c", f"{self.folder}/etc", "stop"], check=False, timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)


class Exim(Host):
    """Says nothing of DSN, as Exim is shipped: who passes mail on to it reports that himself. `more` are further domains of its users."""

    def __init__(self, *arguments, more=()):
        super().__init__(*arguments)
        d, program = self.folder, self.folder + "/exim4"  # a copy that its user can run too, wherever the other one is
        shutil.copy(installed_exim() + "/usr/sbin/exim4", program)
        user = user_id("Debian-exim")  # compiled in; everything runs as this user once the port is bound
        for name in ("spool", "log"):
            os.makedirs(f"{d}/{name}")
        for name in ("spool", "log", "mail", "key.pem"):
            os.chown(f"{d}/{name}", user.pw_uid, user.pw_gid)
        self.write("users", "".join(f"{user}: {user}\n" for user in self.users))
        self.write("routes", "".join(f"{domain}: " + ":".join(f"{host}::{self.port}" for host in hosts) + "\n"
                                     for domain, hosts in self.routes.items()))
        self.write("conf", f"""primary_hostname = {self.name}
exim_path = {program}
exim_user = {user.pw_uid}
exim_group = {user.pw_gid}
deliver_drop_privilege = true
spool_directory = {d}/spool
log_file_path = {d}/log/%slog
pid_file_path = {d}/spool/exim.pid
local_interfaces = {self.address}
daemon_smtp_ports = {self.port}
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
acl_smtp_rcpt = check
acl_smtp_data = accept
tls_advertise_hosts = *
tls_certificate = {d}/cert.pem
tls_privatekey = {d}/key.pem
smtputf8_advertise_hosts = *
message_size_limit = 60M
domainlist here = {" : ".join([self.domain, *more])}
begin acl
check:
  accept domains = +here
         verify = recipient
  deny   domains = +here
         message = 5.1.1 no such user
  accept hosts = 127.0.0.0/8
begin routers
away:
  driver = manualroute
  domains = ! +here
  route_data = ${{lookup{{$domain}}lsearch{{{d}/routes}}}}
  transport = other
  self = send
  no_more
here:
  driver = accept
  local_parts = lsearch;{d}/users
  transport = maildir
begin transports
other:
  driver = smtp
  hosts_try_dane =
maildir:
  driver = appendfile
  directory = {d}/mail/$local_part_data
  maildir_format
  create_directory
  delivery_date_add
  envelope_to_add
  return_path_add
begin retry
* * F,1h,1s
""")
        with open(f"{d}/daemon.log", "wb") as out:
            self.child = subprocess.Popen([program, "-C", f"{d}/conf", "-bdf", "-q5s"], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          start_new_session=True)
        self.wait()

    def log(self):
        return last_lines(*(os.path.join(self.folder, name) for name in ("daemon.log", "log/mainlog", "log/paniclog")))

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)
