#!/usr/bin/env python3
"""What a login was promised happens, whatever ends the server: 32 senders, 12 SIGKILLs, a host that defers, refuses, dawdles and hangs up.

Afterwards each acknowledged (message, recipient) was taken by the other host, was returned to its sender, or lies in a mailbox here, once.
"""
import asyncio
import base64
import collections
import dataclasses
import email
import hashlib
import random
import re
import signal
import sys
import time

import rig as r
from mail import fetch_all, insecure
from sink import Mood, Sink

SENDERS = 32
KILLS = 12
USERS = [f"user{n}" for n in range(8)]
DOMAINS = ["one.test", "two.test", "three.test"]
SETTINGS = """
limits.on = false
queue.first_retry_seconds = 1
queue.last_retry_seconds = 2
queue.connections_per_destination = 1
password.argon2_passes = 1
password.argon2_octets = 8192
"""


@dataclasses.dataclass
class Sent:
    """A message that somebody began to hand over."""
    sender: str
    remote: list
    local: list
    digest: str
    begun: float  # before the end of the message was sent
    acknowledged: float = 0.0  # after the reply was read


class Ledger:
    def __init__(self):
        self.sent = {}
        self.running = True
        self.refusals = collections.Counter()  # why connections ended, as their clients saw it

    def acknowledged(self):
        return {name: sent for name, sent in self.sent.items() if sent.acknowledged}


class Bad(Mood):
    """Each recipient and each message has luck of its own. Recipients are r<n>.<message>@<domain>: `deferred` holds pairs of message and domain."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.deferred = set()
        self.kind = False

    def lucky(self, share):
        return not self.kind and self.random.random() < share

    def defer(self, recipients):
        self.deferred.update(name_and_domain(address) for address in recipients)

    async def rcpt(self, address):
        if self.lucky(0.05):
            await asyncio.sleep(self.random.uniform(0, 0.1))
        if self.lucky(0.05):
            return "550 5.1.1 Nobody of that name"
        if self.lucky(0.08):
            self.defer([address])
            return "451 4.2.1 Not now"
        return "250 2.1.5 Ok"

    async def content(self, recipients):
        cut = self.lucky(0.03)
        if cut:
            self.defer(recipients)
        return cut

    async def end(self, recipients):
        if self.lucky(0.1):
            await asyncio.sleep(self.random.uniform(0, 0.5))
        if self.lucky(0.03):
            self.defer(recipients)
            return None
        if self.lucky(0.05):
            self.defer(recipients)
            return "452 4.3.1 Full"
        return "554 5.6.0 I do not like it" if self.lucky(0.03) else "250 2.0.0 Ok"


def name_and_domain(address):
    local, _, domain = address.partition("@")
    return local.partition(".")[2], domain


def digest_of(content):
    return hashlib.sha256(content.partition("\r\n\r\n")[2].encode()).hexdigest()


async def expect(reader, code):
    while True:
        line = await reader.readline()
        if not line:
            raise ConnectionError("the connection ended")
        if line[3:4] != b"-":
            if not line.startswith(code):
                raise ConnectionError(line.decode())
            return


def compose(name, sender):
    local = random.sample(USERS, random.choice((0, 0, 1, 2)))
    count = random.randint(0 if local else 1, 5)
    remote = [f"r{n}.{name}@{random.choice(DOMAINS)}" for n in range(count)]
    lines = random.choice((2, 50, 50, 800, 8000 if random.random() < 0.05 else 50))
    body = "".join(random.choice(("y" * 70, ".", "..dots", "")) + "\r\n" for _ in range(lines))
    text = f"From: <{sender}>\r\nSubject: {name}\r\n\r\n{body}"
    return Sent(sender, remote, [f"{user}@{r.DOMAIN}" for user in local], digest_of(text), 0.0), text


async def send_some(number, port, ledger):
    """One sender: many messages on a connection, a new connection when it breaks; never sends the same one twice."""
    count = 0
    sender = f"{USERS[number % len(USERS)]}@{r.DOMAIN}"
    login = base64.b64encode(f"\0{sender}\0{r.PASSWORD}".encode())
    while ledger.running:
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=insecure())
            await expect(reader, b"220")
            writer.write(b"EHLO sender.test\r\n")
            await expect(reader, b"250")
            writer.write(b"AUTH PLAIN " + login + b"\r\n")
            await expect(reader, b"235")
            while ledger.running:
                count += 1
                name = f"m-{number}-{count}"
                sent, text = compose(name, sender)
                recipients = sent.remote + sent.local
                writer.write("".join([f"MAIL FROM:<{sender}>\r\n", *(f"RCPT TO:<{to}>\r\n" for to in recipients), "DATA\r\n"]).encode())
                for _ in range(1 + len(recipients)):
                    await expect(reader, b"250")
                await expect(reader, b"354")
                sent.begun = time.monotonic()
                ledger.sent[name] = sent
                writer.write(re.sub(r"(?m)^\.", "..", text).encode() + b".\r\n")
                await expect(reader, b"250")
                sent.acknowledged = time.monotonic()
                await asyncio.sleep(random.uniform(0, 0.1))
        except OSError as error:
            ledger.refusals[str(error)[:100]] += 1
            await asyncio.sleep(0.05)
        finally:
            if writer:
                writer.transport.abort()


def check(rig, problems, when):
    for command in (("ledger", "check"), ("check",)):
        report = rig.admin(*command, check=False)
        if report.returncode != 0:
            problems.append(f"posthorn {' '.join(command)} {when}: {report.stdout[-1500:]}")


async def progress(ledger):
    """Waits until mail is taken, which needs logins of all senders first; on a slow machine not for ever."""
    enough, end = len(ledger.acknowledged()) + SENDERS, time.monotonic() + 8
    while len(ledger.acknowledged()) < enough and time.monotonic() < end:
        await asyncio.sleep(0.05)


async def load(rig, ledger, problems):
    senders = [asyncio.create_task(send_some(n, rig.ports["submissions"], ledger)) for n in range(SENDERS)]
    for kill in range(KILLS):
        if kill % 3 != 0:  # a third of the kills may hit a server that has hardly begun
            await progress(ledger)
        await asyncio.sleep(random.uniform(0.1, 1.2))
        rig.stop(signal.SIGKILL)
        await asyncio.to_thread(check, rig, problems, f"after kill {kill + 1}")
        await asyncio.to_thread(rig.start)
    await asyncio.sleep(1)
    ledger.running = False
    done, _ = await asyncio.wait(senders, timeout=30)
    problems += [f"a sender failed: {task.exception()!r}" for task in done if task.exception()]


def read_mailboxes(rig, problems):
    """The local copies, as pairs of address and message, and the recipients that reports name, each with its count."""
    copies, returned = collections.Counter(), collections.Counter()
    digests = {}
    for user in USERS:
        address = f"{user}@{r.DOMAIN}"
        for text in fetch_all(rig, address):
            message = email.message_from_string(text)
            if message.get_content_type() != "multipart/report":
                copies[address, message["Subject"]] += 1
                digests[address, message["Subject"]] = digest_of(text)
                continue
            for fields in message.get_payload()[1].get_payload():
                if fields["Action"] == "failed":
                    recipient = fields["Final-Recipient"].partition(";")[2].strip()
                    returned[recipient] += 1
                    if recipient not in message.get_payload()[2].as_string() and name_and_domain(recipient)[0] not in message.as_string():
                        problems.append(f"a report about {recipient} without its message")
    return copies, returned, digests


def compare(ledger, sink, copies, returned):
    taken = collections.Counter(to for one in sink.taken for to in one.recipients)
    lost, twice, extra = [], [], []
    for name, sent in ledger.acknowledged().items():
        lost += [to for to in sent.remote if not taken[to] and not returned[to]]
        lost += [f"{name} for {to}" for to in sent.local if not copies[to, name]]
    twice += [f"{name} for {to}" for (to, name), count in copies.items() if count > 1]
    twice += [f"the report about {to}" for to, count in returned.items() if count > 1]
    known = {to for sent in ledger.sent.values() for to in sent.remote}
    extra += [to for to in [*taken, *returned] if to not in known]
    extra += [f"{name} for {to}" for to, name in copies if to not in ledger.sent[name].local]
    return [f"{len(found)} {what}, such as {sorted(found)[:3]}" for what, found in
            (("acknowledged are lost", lost), ("are there twice", twice), ("were never sent", extra)) if found]


def changed(ledger, sink, digests):
    """Messages whose body is not what was handed in."""
    found = [name for (_, name), digest in digests.items() if digest != ledger.sent[name].digest]
    for one in sink.taken:
        name = name_and_domain(one.recipients[0])[0]
        if digest_of(one.text()) != ledger.sent[name].digest:
            found.append(name)
    return [f"{len(found)} messages were changed, such as {found[:3]}"] if found else []


def out_of_order(ledger, sink, mood):
    """Messages that were never deferred and came behind one that was begun after they had been acknowledged."""
    latest, seen, late = collections.Counter(), set(), []
    for one in sink.taken:
        key = name_and_domain(one.recipients[0])
        sent = ledger.sent[key[0]]
        if key in seen or key in mood.deferred or not sent.acknowledged:
            continue
        seen.add(key)
        if sent.acknowledged < latest[key[1]]:
            late.append(f"{key[0]} to {key[1]}")
        latest[key[1]] = max(latest[key[1]], sent.begun)
    return [f"{len(late)} of {len(seen)} came out of order, such as {late[:3]}"] if late else []


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else int(time.time())
    random.seed(seed)
    problems, ledger, mood = [], Ledger(), Bad(seed)
    with Sink(mood) as sink, r.Rig(users=USERS, extra=SETTINGS + sink.settings()) as rig:
        rig.start()
        asyncio.run(load(rig, ledger, problems))
        mood.kind = True
        r.until(lambda: "is empty" in rig.admin("queue", "list").stdout, 60, "an empty queue")
        check(rig, problems, "at the end")
        copies, returned, digests = read_mailboxes(rig, problems)
        rig.stop()
        check(rig, problems, "of the stopped server")
        problems += compare(ledger, sink, copies, returned) + changed(ledger, sink, digests) + out_of_order(ledger, sink, mood)
        problems += [f"the other host was told '{line}' out of turn" for line in sink.trouble[:3]]
    total = sum(len(sent.remote) + len(sent.local) for sent in ledger.acknowledged().values())
    print(f"seed {seed}: {KILLS} kills, {len(ledger.sent)} messages tried, {len(ledger.acknowledged())} acknowledged for {total} recipients, "
          f"{len(sink.taken)} transactions at the other host, {sum(returned.values())} returned")
    if total < 1000:
        problems.append(f"too few messages for a proof; connections ended so: {ledger.refusals.most_common(5)}")
    for problem in problems:
        print("FAIL " + problem)
    print(f"{0 if problems else 1} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
