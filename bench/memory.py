"""Private memory of idle TLS IMAP connections (logged in, INBOX selected, IDLE), beside Dovecot."""
import os
import re
import socket
import ssl
import sys
import time

from peers import Peers, r, report

CONNECTIONS = 1000
USERS = [f"user{n}" for n in range(20)]


def private_kib(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as text:
                total += sum(int(n) for n in re.findall(r"^Private_(?:Clean|Dirty): *(\d+)", text.read(), re.M))
        except OSError:
            pass
    return total


def children_of(pid):
    found = [pid]
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as text:
                    parent = int(text.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if parent == pid:
                found += children_of(int(entry))
    return found


def idle_connection(port, user):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=60))
    lines = connection.makefile("rwb", buffering=0)

    def command(text, ends):
        lines.write(text)
        while True:
            line = lines.readline()
            if not line or line.startswith(ends):
                assert line.startswith((b"a OK", b"+")), (text, line)
                return

    lines.readline()
    command(f'a LOGIN "{user}@{r.DOMAIN}" "{r.PASSWORD}"\r\n'.encode(), b"a ")
    command(b"a SELECT INBOX\r\n", b"a ")
    command(b"a IDLE\r\n", b"+")
    return connection


def per_connection(port, pids, count):
    warm = [idle_connection(port, USERS[n % len(USERS)]) for n in range(20)]
    time.sleep(1)
    before = private_kib(pids())
    held = [idle_connection(port, USERS[n % len(USERS)]) for n in range(count)]
    time.sleep(3)
    after = private_kib(pids())
    for connection in warm + held:
        connection.close()
    return (after - before) / count


def main():
    extra = "limits.connections_per_source = 5000\n"
    with r.Rig(users=USERS, extra=extra) as rig:
        rig.start()
        pid = rig.children["posthornd"].pid
        ours = per_connection(rig.ports["imaps"], lambda: [pid], CONNECTIONS)
        rig.stop()
    with Peers(USERS, postfix=False) as peers:
        master = int(open(f"{peers.folder}/run/master.pid").read())
        theirs = per_connection(peers.ports["imaps"], lambda: children_of(master), 200)
    print(f"posthorn {ours:.1f} KiB, dovecot {theirs:.1f} KiB for each idle IMAP connection with TLS")
    report("idle-memory-48KiB", 48 / ours, 1, f"the target of 48 KiB against {ours:.1f} KiB")
    report("idle-memory-dovecot", theirs / ours, "-", f"Dovecot {theirs:.1f} KiB against {ours:.1f} KiB")


if __name__ == "__main__":
    sys.exit(main())
