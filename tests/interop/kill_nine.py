#!/usr/bin/env python3
"""What got a 250 is on disk: 64 senders, 20 SIGKILLs at random moments, then every acknowledged message is there exactly once."""
import asyncio
import collections
import random
import re
import signal
import sys
import time

import rig as r
from mail import fetch_all

SENDERS = 64
KILLS = 20
USERS = [f"user{n}" for n in range(8)]


class Ledger:
    def __init__(self):
        self.acknowledged = collections.defaultdict(set)
        self.tried = 0
        self.running = True


async def expect(reader, code):
    while True:
        line = await reader.readline()
        if not line:
            raise ConnectionError("the connection ended")
        if line[3:4] != b"-":
            if not line.startswith(code):
                raise ConnectionError(line.decode())
            return


async def send_some(number, port, ledger):
    """One sender: many messages on a connection, a new connection when it breaks; never sends the same one twice."""
    count = 0
    while ledger.running:
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await expect(reader, b"220")
            writer.write(b"EHLO sender.test\r\n")
            await expect(reader, b"250")
            while ledger.running:
                count += 1
                ledger.tried += 1
                identity = f"m-{number}-{count}"
                user = random.choice(USERS)
                writer.write(f"MAIL FROM:<s{number}@elsewhere.test>\r\nRCPT TO:<{user}@{r.DOMAIN}>\r\nDATA\r\n".encode())
                for code in (b"250", b"250", b"354"):
                    await expect(reader, code)
                size = random.choice((200, 4000, 4000, 60_000, 600_000 if count % 50 == 0 else 4000))
                writer.write(f"Subject: {identity}\r\n\r\n".encode() + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * (size // 72) + b".\r\n")
                await expect(reader, b"250")
                ledger.acknowledged[user].add(identity)
        except (OSError, ConnectionError):
            await asyncio.sleep(0.02)
        finally:
            if writer:
                writer.close()


async def load(rig, ledger):
    senders = [asyncio.create_task(send_some(n, rig.ports["mx"], ledger)) for n in range(SENDERS)]
    for kill in range(KILLS):
        await asyncio.sleep(random.uniform(0.05, 1.2))
        rig.stop(signal.SIGKILL)
        await asyncio.to_thread(rig.start)
    await asyncio.sleep(0.5)
    ledger.running = False
    await asyncio.wait(senders, timeout=30)


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else int(time.time())
    random.seed(seed)
    problems = []
    ledger = Ledger()
    with r.Rig(users=USERS, apart="--apart" in sys.argv) as rig:
        rig.start()
        asyncio.run(load(rig, ledger))
        for user in USERS:
            found = collections.Counter(re.search(r"^Subject: (\S+)", m, re.M).group(1) for m in fetch_all(rig, f"{user}@{r.DOMAIN}"))
            missing = ledger.acknowledged[user] - set(found)
            twice = [identity for identity, count in found.items() if count > 1]
            if missing:
                problems.append(f"{user}: {len(missing)} acknowledged messages are lost, such as {sorted(missing)[:3]}")
            if twice:
                problems.append(f"{user}: {len(twice)} messages are there twice, such as {twice[:3]}")
        rig.stop()
        check = rig.admin("check", check=False)
        if check.returncode != 0:
            problems.append("posthorn check: " + check.stdout)
    total = sum(len(ids) for ids in ledger.acknowledged.values())
    print(f"seed {seed}: {KILLS} kills, {ledger.tried} messages tried, {total} acknowledged")
    for problem in problems:
        print("FAIL " + problem)
    if total < 1000:
        problems.append("too few messages for a proof")
        print("FAIL too few messages for a proof")
    print(f"{0 if problems else 1} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
