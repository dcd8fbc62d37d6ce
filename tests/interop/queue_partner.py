#!/usr/bin/env python3
"""The queue of one fallback MX is handed over to another one, while both run and while everything is killed again and again.

Afterwards the primary comes up and gets each message once for each recipient, in the order in which they came.
"""
import collections
import contextlib
import hashlib
import os
import random
import shutil
import signal
import smtplib
import subprocess
import sys
import time

import rig as r
from sink import Sink

MESSAGES = 200
KILLS = 6  # of each command
PRIMARY, OTHER = "primary.test", "other.test"
VIP = f"vip@{PRIMARY}"
SETTINGS = """
mx.check_dns = false
queue.drain_per_minute = 0
queue.first_retry_seconds = 1
queue.last_retry_seconds = 2
queue.connections_per_destination = 1
"""


def compose(number):
    """Sender, recipients with their parameters, and text."""
    count = random.randint(1, 5)
    recipients = [(f"r{n}.m{number}@{PRIMARY}", []) for n in range(count)]
    if number % 3 == 0:
        recipients[0] = (recipients[0][0], ["NOTIFY=SUCCESS,FAILURE", f"ORCPT=rfc822;first{number}@{PRIMARY}"])
    if number % 4 == 0:
        recipients.append((f"r9.m{number}@{OTHER}", []))
    if number % 10 == 0:
        recipients.append((VIP, []))
    sender = "" if number % 7 == 0 else f"ann{number}@sender.test"
    text = f"From: <ann@sender.test>\r\nSubject: m{number}\r\n\r\n" + "line \xe4\r\n.\r\n\r\n" * random.choice((0, 1, 40, 3000))
    return sender, recipients, text.encode("latin-1")


def send_all(rig):
    sent = {}
    with smtplib.SMTP("127.0.0.1", rig.ports["mx"], timeout=60) as client:
        client.ehlo("client.test")
        for number in range(MESSAGES):
            sender, recipients, text = compose(number)
            assert client.mail(sender, ["BODY=8BITMIME", f"ENVID=id{number}"])[0] == 250
            for address, options in recipients:
                code, reply = client.rcpt(address, options)
                assert code == 250, (address, code, reply)
            assert client.data(text)[0] == 250
            sent[f"m{number}"] = (sender, [address for address, _ in recipients], text)
    return sent


def backup(rig, port):
    for domain in (PRIMARY, OTHER):
        rig.admin("domain", "add", domain, "--backup", "--recipients", "any", "--next-hop", "[127.0.0.1]", "--port", str(port))


def break_off(rig, arguments, server_too):
    """Begins a command and kills it, and the server, somewhere in the middle. @returns whether it had ended before"""
    child = subprocess.Popen([r.program("posthorn"), "--config", rig.config, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(random.uniform(0.02, 0.6))
    ended = child.poll() is not None
    if server_too:
        rig.stop(signal.SIGKILL)
    child.kill()
    child.wait()
    if server_too:
        rig.start()
    return ended


def broken_off(rig, *arguments):
    ended = [break_off(rig, arguments, server_too=n % 2 == 1) for n in range(KILLS)]
    print(f"{' '.join(arguments[:2])}: {ended.count(False)} of {KILLS} runs were killed in the middle", flush=True)


def check_ledger(rig):
    report = rig.admin("ledger", "check")
    assert "nothing is lost" in report.stdout, report.stdout


def check_files(folder, sent):
    """What stands in the folder, read without our programs. @returns how many recipients"""
    with open(folder + "/MANIFEST") as text:
        lines = text.read().splitlines()
    items = [line.split()[1:] for line in lines if line.startswith("item ")]
    names = sorted(os.listdir(folder))
    assert names == sorted(["MANIFEST"] + [name + end for name, _, _ in items for end in (".eml", ".envelope")]), names
    assert [name for name, _, _ in items] == sorted(name for name, _, _ in items)
    recipients = 0
    for name, numbers, sha256 in items:
        with open(f"{folder}/{name}.envelope", "rb") as file:
            envelope = file.read()
        with open(f"{folder}/{name}.eml", "rb") as file:
            content = file.read()
        assert hashlib.sha256(envelope).hexdigest() == sha256
        assert f"sha256 {hashlib.sha256(content).hexdigest()}\n" in envelope.decode()
        count = envelope.decode().count("\nrecipient ")
        assert count == len(numbers.split(","))
        recipients += count
        subject = content.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()
        assert content.endswith(sent[subject][2]), subject
        assert f"sender <{sent[subject][0]}>\n" in envelope.decode()
    return recipients


def hand_over(a, b, subject, folder, sent):
    """Exports at A and imports at B, whatever is killed. @returns how many recipients"""
    refused = a.admin("queue", "import", folder, check=False)
    assert refused.returncode != 0, "there is nothing to import yet"
    broken_off(a, "queue", "export", subject, folder, "--continue")
    print(a.admin("queue", "export", subject, folder, "--continue").stdout, flush=True)
    recipients = check_files(folder, sent)
    again = a.admin("queue", "export", subject, folder, check=False)
    assert again.returncode != 0 and "--continue" in again.stdout, again.stdout
    here = a.admin("queue", "import", folder).stdout
    assert "wait here themselves" in here and "taken in 0" in " ".join(here.split()), here
    broken_off(b, "queue", "import", folder)
    print(b.admin("queue", "import", folder).stdout, flush=True)
    broken_off(a, "queue", "export", subject, folder, "--continue", "--remove")
    a.admin("queue", "export", subject, folder, "--continue", "--remove")
    r.until(lambda: waiting_recipients(a, subject) == 0, 20, "what was handed over to leave")
    before = b.admin("queue", "import", folder).stdout
    assert "taken in 0" in " ".join(before.split()), before
    return recipients


def waiting_recipients(rig, subject):
    """How many lines of the list name the subject."""
    listed = rig.admin("queue", "list", "--limit", "100000").stdout
    return listed.count(f" {subject} ")


def damaged(b, folder):
    """One changed octet is found and named; the rest is known already."""
    copy = folder + ".damaged"
    shutil.copytree(folder, copy)
    names = sorted(name for name in os.listdir(copy) if name.endswith(".eml"))
    with open(f"{copy}/{names[3]}", "r+b") as file:
        file.seek(20)
        file.write(b"\0")
    os.remove(f"{copy}/{names[5]}")
    report = b.admin("queue", "import", copy, check=False)
    assert report.returncode == 1
    for name in (names[3], names[5]):
        assert name in report.stdout, report.stdout
    assert f"had before {len(names) - 2}" in " ".join(report.stdout.split()), report.stdout
    with open(f"{copy}/MANIFEST", "r+") as file:
        file.truncate(200)
    assert b.admin("queue", "import", copy, check=False).returncode == 1


def foreign(b, folder):
    """What is for others than the subject is found, named and not taken in, though every checksum is right."""
    copy = folder + ".foreign"
    shutil.copytree(folder, copy)
    with open(f"{copy}/MANIFEST") as file:
        lines = file.read().splitlines()
    items = [number for number, line in enumerate(lines) if line.startswith("item ")]
    names = []
    for number, destination in zip(items, ("", "elsewhere.test")):
        _, name, numbers, _ = lines[number].split(" ")
        # A name that no ledger knows.
        other = name[:16] + f"{int(name[16:24], 16) ^ 1:08x}" + name[24:]
        with open(f"{copy}/{name}.envelope") as file:
            envelope = file.read().replace(name, other).replace(f"\ndestination {PRIMARY}", f"\ndestination {destination}")
        with open(f"{copy}/{other}.envelope", "w") as file:
            file.write(envelope)
        shutil.copy(f"{copy}/{name}.eml", f"{copy}/{other}.eml")
        lines[number] = f"item {other} {numbers} {hashlib.sha256(envelope.encode()).hexdigest()}"
        names.append(other)
    body = "".join(line + "\n" for line in lines[:-1])
    with open(f"{copy}/MANIFEST", "w") as file:
        file.write(f"{body}end {len(items)} {hashlib.sha256(body.encode()).hexdigest()}\n")
    report = b.admin("queue", "import", copy, check=False)
    assert report.returncode == 1
    for name in names:
        assert f"{name}.envelope is not for {PRIMARY}" in report.stdout, report.stdout
    assert f"had before {len(items) - len(names)}" in " ".join(report.stdout.split()), report.stdout


def delivered(sink, sent):
    """Problems with what the primary got."""
    got = collections.Counter()
    problems, order = [], collections.defaultdict(list)
    for one in list(sink.taken):
        name = one.content.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()
        sender, _, text = sent[name]
        if one.sender != sender or not one.content.endswith(text):
            problems.append(f"{name} was changed")
        if f"ENVID=id{name[1:]}" not in one.mail:
            problems.append(f"{name} has lost its ENVID: {one.mail}")
        for address, line in zip(one.recipients, one.rcpts):
            got[name, address] += 1
            if address.startswith("r0.") and int(name[1:]) % 3 == 0 and ("NOTIFY=SUCCESS,FAILURE" not in line or "ORCPT=rfc822;first" not in line):
                problems.append(f"{name} has lost its wishes: {line}")
        if VIP not in one.recipients:
            order[one.recipients[0].partition("@")[2]].append(int(name[1:]))
    wanted = collections.Counter((name, to) for name, (_, recipients, _) in sent.items() for to in recipients)
    problems += [f"{count} times too often: {key}" for key, count in (got - wanted).items()]
    problems += [f"missing {count} times: {key}" for key, count in (wanted - got).items()]
    problems += [f"{domain} is out of order: {numbers}" for domain, numbers in order.items() if numbers != sorted(numbers)]
    return problems


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else int(time.time())
    random.seed(seed)
    started = time.monotonic()
    port, = r.free_ports(1)
    with r.Rig(users=(), domain="a.test", extra=SETTINGS) as a, r.Rig(users=(), domain="b.test", extra=SETTINGS) as b:
        for one in (a, b):
            backup(one, port)
            one.start()
        sent = send_all(a)
        recipients = sum(len(to) for _, to, _ in sent.values())
        vips = hand_over(a, b, VIP, a.path("vip"), sent)
        assert vips == MESSAGES // 10, vips
        rest = hand_over(a, b, PRIMARY, a.path("rest"), sent)
        others = sum(to.endswith(OTHER) for _, addresses, _ in sent.values() for to in addresses)
        assert vips + rest + others == recipients, (vips, rest, others, recipients)
        damaged(b, a.path("rest"))
        foreign(b, a.path("rest"))
        for one in (a, b):
            check_ledger(one)
        with Sink(port=port) as sink:
            for one in (a, b):
                for domain in (PRIMARY, OTHER):
                    one.admin("queue", "flush", domain)
            for one in (a, b):
                r.until(lambda one=one: "is empty" in one.admin("queue", "list").stdout, 120, "an empty queue")
            problems = delivered(sink, sent) + sink.trouble[:3]
        for one in (a, b):
            check_ledger(one)
            one.stop()
            one.admin("check")
    print(f"seed {seed}: {MESSAGES} messages for {recipients} recipients, {vips} and {rest} of them handed over, in {time.monotonic() - started:.0f} s")
    for problem in problems:
        print("FAIL " + problem)
    print(f"{0 if problems else 1} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
