"""Sieve beside Pigeonhole's sieve-test: a script of 60 rules over 1,000 messages, with the start of processes left out of the figures.

sieve-test reads one message per process. It runs a script with the rules once and one with them COPIES + 1 times; the difference is what
COPIES runs cost, with a message that is read already. Our runs read each message anew."""
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

import peers as p
import words
from peers import r, report

MESSAGES, COPIES, LINES = 1000, 40, 10_000
LOAD = os.path.join(os.environ["POSTHORN_PROGRAMS"], "..", "bench", "sieve-load")


def rules(count, copies=1):
    """Rules as people have them: lists by address or subject, senders, sizes. Few fit; none takes the message away."""
    out = []
    for n in range(count):
        kind = n % 6
        test = (f'header :contains ["to", "cc"] "list{n}@lists.example.org"', f'address :domain :is "from" ["shop{n}.example", "bank{n}.example"]',
                f'header :matches "subject" "*[team-{n}]*"', f'anyof (header :is "x-priority" "{n}", header :contains "list-id" "<group{n}.example.org>")',
                f'allof (size :over {n * 10}K, not exists "x-known-{n}")', f'envelope :localpart :is "from" "robot{n}"')[kind]
        out.append(f'if {test} {{\n  addflag "\\\\Flagged";\n  fileinto :copy "Lists/{n}";\n}}')
    head = 'require ["fileinto", "copy", "envelope", "imap4flags", "relational", "comparator-i;ascii-numeric"];'
    return "\n".join([head, *out * copies]) + "\n"


def processor(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=120)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ours(*arguments):
    out = r.run([LOAD, *arguments], timeout=600).stdout
    return {name: float(value) for name, value in re.findall(r"^(\w+) ([\d.]+)$", out, re.M)}


def main():
    rounds = int(os.environ.get("ROUNDS", "3"))
    p.install(["dovecot-core", "dovecot-sieve"])
    with tempfile.TemporaryDirectory() as folder:
        mails = words.Mails()
        os.mkdir(folder + "/mail")
        for n in range(MESSAGES):
            message = mails.message(n)
            with open(f"{folder}/mail/{n}", "wb") as out:
                out.write(message if isinstance(message, bytes) else message.encode())
        with open(folder + "/rules.sieve", "w") as out:
            out.write(rules(60))
        with open(folder + "/copies.sieve", "w") as out:
            out.write(rules(60, COPIES + 1))
        with open(folder + "/long.sieve", "w") as out:
            out.write(rules((LINES - 1) // 4))
        config = folder + "/dovecot.conf"
        with open(config, "w") as out:
            os.chmod(folder, 0o755)
            out.write(f"mail_location = mdbox:/nonexistent\nmail_uid = nobody\nmail_gid = nogroup\nfirst_valid_gid = 0\nlog_path = /dev/null\nplugin {{\n  sieve_max_script_size = 0\n  sieve_max_actions = 0\n}}\n")
        peer = ["sieve-test", "-c", config]
        for name in ("rules", "copies"):
            r.run(["sievec", "-c", config, f"{folder}/{name}.sieve"], timeout=60)
        mine, theirs = [], []
        begin = time.monotonic()
        for _ in range(rounds):
            mine.append(ours("run", folder + "/rules.sieve", folder + "/mail"))
            cost = 0
            for n in range(MESSAGES):
                message = f"{folder}/mail/{n}"
                cost += processor([*peer, folder + "/copies.sieve", message]) - processor([*peer, folder + "/rules.sieve", message])
                if n % 250 == 249:
                    print(f"sieve-test: {n + 1} messages, {time.monotonic() - begin:.0f} s", flush=True)
            theirs.append(MESSAGES * COPIES / cost)
        middle = sorted(mine, key=lambda each: each["messages"])[rounds // 2]
        their_rate = sorted(theirs)[rounds // 2]
        report("sieve-60-rules", middle["messages"] / their_rate, 5, f"Pigeonhole {their_rate:.0f} against {middle['messages']:.0f} a second")
        report("sieve-memory", (1 << 20) / middle["octets"], 1, f"the target of 1 MiB against {middle['octets'] / 1024:.0f} KiB a run")
        seconds = ours("compile", folder + "/long.sieve")["seconds"]
        their = min(processor(["sievec", "-c", config, folder + "/long.sieve"]) for _ in range(3))
        report("sieve-compile", 0.1 / seconds, 1, f"the target of 100 ms for {LINES} lines against {seconds * 1000:.0f} ms; "
               f"Pigeonhole {their * 1000:.0f} ms with the start of a process")


if __name__ == "__main__":
    sys.exit(main())
