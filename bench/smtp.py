"""Mail relayed through the queue and mail submitted with TLS and login, beside Postfix; and a queue with very many messages.

Options: --messages=N of each relay (10000), --queued=N (1000000), and relay, submission, queue to run some of them only.
"""
import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

from peers import Peers, r, report

BUILT = os.environ.get("POSTHORN_BENCH") or os.path.join(os.environ["POSTHORN_PROGRAMS"], "..", "bench")
USERS = [f"user{n}" for n in range(16)]
SENDERS = 16  # at the same time, for both servers
OCTETS = 4096
PRIMARY, ELSEWHERE = "primary.example.net", "elsewhere.example.net"
MOST_SECONDS, MOST_OCTETS = 5, 1024  # to load a million messages; of memory for each
SETTINGS = """
queue.drain_per_minute = 0
limits.on = false
outbound.next_hop = "[127.0.0.1]"
outbound.port = {port}
outbound.tls = "may"
"""
# Dovecot checks the logins of Postfix.
AUTH = """
service auth {
  unix_listener {folder}/auth {
    mode = 0666
  }
}
"""
WRAPPED = "-o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes " \
          "-o smtpd_recipient_restrictions=permit_sasl_authenticated,reject"
POSTFIX = """
relayhost = [127.0.0.1]:{port}
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/auth
"""


def bench_program(name):
    return os.path.join(BUILT, name)


class Sink:
    """The host that gets the mail and counts it."""

    def __init__(self, port):
        self.child = subprocess.Popen([bench_program("smtp-sink"), str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        r.until(lambda: Peers.answers(port), 10, "the sink")

    def expect(self, recipients):
        self.child.stdin.write(f"{recipients}\n")
        self.child.stdin.flush()

    def wait(self, seconds):
        """When the last message came, by time.monotonic()."""
        ready, _, _ = select.select([self.child.stdout], [], [], seconds)
        if not ready:
            self.child.send_signal(signal.SIGTERM)
            raise AssertionError(f"not all mail came within {seconds} s: {self.child.stdout.readline()}")
        return float(self.child.stdout.readline().split()[1])

    def close(self):
        self.child.terminate()
        self.child.wait(10)


def through(sink, load, recipients):
    """Seconds from the first submission until the sink has all, and those until all is accepted."""
    sink.expect(recipients)
    begin = time.monotonic()
    r.run(load, timeout=900)
    accepted = time.monotonic() - begin
    return sink.wait(900) - begin, accepted


def relay(sink, port, messages, recipients):
    load = [bench_program("smtp-load"), str(port), str(SENDERS), str(messages), str(OCTETS), "1000", f"recipients={recipients}", f"domain={PRIMARY}"]
    return through(sink, load, messages * recipients)


def submit(sink, port, messages):
    load = [bench_program("submit-load"), str(port), str(SENDERS), str(messages), str(OCTETS), str(len(USERS)), r.PASSWORD, f"somebody@{ELSEWHERE}"]
    return through(sink, load, messages)


def middle(values):
    return sorted(values)[len(values) // 2]


def beside(what, count, target, run_ours, run_theirs, rounds):
    """Runs both in turn, `count` messages each. Before that both are warmed up, which also lets us recognise the password of each user without
    hashing it, as shipped; Dovecot's are in clear and need no hashing."""
    ours, theirs = [], []
    for n in range(rounds):
        for run in (run_ours, run_theirs):
            run(8 * len(USERS))
        for name, run, times in (("posthorn", run_ours, ours), ("postfix", run_theirs, theirs)):
            taken, accepted = run(count)
            times.append(taken)
            print(f"round {n + 1}: {what}: {name} {count / taken:.0f}/s (accepted at {count / accepted:.0f}/s)", flush=True)
    report(what, middle(theirs) / middle(ours), target, f"Postfix {count / middle(theirs):.0f}/s against {count / middle(ours):.0f}/s")


def mail(wanted, messages, rounds):
    sink_port, = r.free_ports(1)
    settings = POSTFIX.replace("{port}", str(sink_port))
    with contextlib.closing(Sink(sink_port)) as sink, r.Rig(users=USERS, extra=SETTINGS.format(port=sink_port)) as rig:
        rig.admin("domain", "add", PRIMARY, "--backup", "--recipients", "any", "--next-hop", "[127.0.0.1]", "--port", str(sink_port))
        rig.start()  # before the peers choose their ports
        with Peers(USERS, extra=AUTH, postfix_settings=settings, postfix_services={"submissions": WRAPPED}) as peers:
            compare(sink, rig, peers, wanted, messages, rounds)
        rig.stop()


def compare(sink, rig, peers, wanted, messages, rounds):
    for recipients in (1, 10) if "relay" in wanted else ():
        beside(f"relay-{OCTETS // 1024}KiB-{recipients}", messages, 3, lambda n: relay(sink, rig.ports["mx"], n, recipients),
               lambda n: relay(sink, peers.ports["mx"], n, recipients), rounds)
    if "submission" in wanted:
        beside("submission-tls-login", messages // 5, 2, lambda n: submit(sink, rig.ports["submissions"], n),
               lambda n: submit(sink, peers.ports["submissions"], n), rounds)


def queue(queued, rounds):
    """Time and memory of a server's start with a queue that is full."""
    with tempfile.TemporaryDirectory(prefix="posthorn-queue-") as folder:
        filled = r.run([bench_program("queue-fill"), folder + "/store", "fill", "--count", str(queued)], timeout=1800).stdout.split()
        print(f"{filled[0]} messages accepted in {filled[1]} s", flush=True)
        seconds, processor, waited, octets = [], [], [], []
        for _ in range(rounds):
            count, taken, worked, stood, before, after = r.run([bench_program("queue-fill"), folder + "/store", "load"], timeout=300).stdout.split()
            assert int(count) == queued, f"{count} of {queued} messages are there"
            seconds.append(float(taken))
            processor.append(float(worked))
            waited.append(float(stood))
            octets.append((int(after) - int(before)) / queued)
    # What is not proportional to the number of messages is small beside it.
    taken = middle(seconds) * 1_000_000 / queued
    report("queue-load-1M", MOST_SECONDS / taken, 1,
           f"the target of {MOST_SECONDS} s against {taken:.2f} s, of which {middle(processor):.2f} s on a processor and "
           f"{middle(waited):.2f} s waiting for one that others had")
    report("queue-memory", MOST_OCTETS / middle(octets), 1, f"the target of {MOST_OCTETS} octets a message against {middle(octets):.0f}")


def main():
    rounds = int(os.environ.get("ROUNDS", "3"))
    numbers = dict(re.findall(r"--(messages|queued)=(\d+)", " ".join(sys.argv[1:])))
    wanted = [a for a in sys.argv[1:] if not a.startswith("-")] or ["relay", "submission", "queue"]
    if "relay" in wanted or "submission" in wanted:
        mail(wanted, int(numbers.get("messages", 10_000)), rounds)
    if "queue" in wanted:
        queue(int(numbers.get("queued", 1_000_000)), rounds)


if __name__ == "__main__":
    sys.exit(main())
