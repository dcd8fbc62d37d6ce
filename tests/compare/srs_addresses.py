#!/usr/bin/env python3
"""Compares rewritten addresses with an implementation of the scheme in Python: what either makes, the other takes back."""
import base64
import hmac
import os
import random
import re
import subprocess
import sys

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
HOSTS = ["first.example", "second.example", "third.example"]


class Forwarder:
    def __init__(self, host, key, length):
        self.host, self.key, self.length = host, key, length

    def sign(self, *parts):
        code = hmac.new(self.key.encode(), "=".join(parts).lower().encode(), "sha256").digest()
        return base64.b64encode(code).decode()[:self.length]

    def forward(self, day, local, domain):
        if domain == self.host:
            return local, domain
        second = re.fullmatch(r"SRS1[=+-][^=]*=([^=]+)=([=+-].+)", local, re.I | re.S)
        first = re.fullmatch(r"SRS0([=+-].+)", local, re.I | re.S)
        if second or first:
            host, rest = second.groups() if second else (domain, first.group(1))
            out = f"SRS1={self.sign('SRS1', host, rest, '')}={host}={rest}"
        else:
            stamp = DIGITS[day % 1024 // 32] + DIGITS[day % 32]
            out = f"SRS0={self.sign('SRS0', stamp, domain, local)}={stamp}={domain}={local}"
        return ("too_long",) if len(out) > 64 else (out, self.host)

    def reverse(self, day, local):
        if local.startswith("SRS0"):
            signature, stamp, domain, rest = local[5:].split("=", 3)
            if signature.lower() != self.sign("SRS0", stamp, domain, rest).lower():
                return ("denied",)
            age = (day - DIGITS.index(stamp[0].upper()) * 32 - DIGITS.index(stamp[1].upper())) % 1024
            return (rest, domain) if age <= 21 or age == 1023 else ("timed_out",)
        signature, host, rest = local[5:].split("=", 2)
        if signature.lower() != self.sign("SRS1", host, rest, "").lower():
            return ("denied",)
        return "SRS0" + rest, host


def ask(forwarder, questions):
    program = os.path.join(os.environ["POSTHORN_COMPARE"], "srs-address")
    lines = "".join(" ".join(map(str, q)) + "\n" for q in questions)
    done = subprocess.run([program, forwarder.host, str(forwarder.length), forwarder.key], input=lines, text=True,
                          stdout=subprocess.PIPE, check=True)
    return [tuple(line.split(" ")) for line in done.stdout.splitlines()]


def addresses(rng, count):
    letters = "abcxyzABC019.=+-_/!#"
    for _ in range(count):
        local = "".join(rng.choice(letters) for _ in range(rng.randint(1, 12))).replace(".", "o")
        yield rng.randint(0, 40_000), local, rng.choice(["a.example", "sub.b.example", "xn--kln-sna.example"])


def main():
    rng, wrong, seen = random.Random(6), 0, 0
    for length in (4, 5, 8):
        forwarders = [Forwarder(host, f"key-{host}-{length}", length) for host in HOSTS]
        mail = list(addresses(rng, 500))
        for forwarder in forwarders:
            ours = ask(forwarder, [("forward", *m) for m in mail])
            theirs = [forwarder.forward(*m) for m in mail]
            back_questions = [(day + rng.choice([0, 1, 21, 22, 400, -1, -2]), *out) for (day, _, _), out in zip(mail, theirs)
                              if len(out) == 2]
            ours_back = ask(forwarder, [("reverse", *q) for q in back_questions])
            theirs_back = [forwarder.reverse(day, local) for day, local, _ in back_questions]
            for question, got, wanted in zip(mail + back_questions, ours + ours_back, theirs + theirs_back):
                seen += 1
                if got != wanted:
                    wrong += 1
                    print(f"{forwarder.host}: {question}: got {got}, wanted {wanted}")
            mail = [(day, *out) for (day, _, _), out in zip(mail, theirs) if len(out) == 2]
    print(f"{seen} addresses compared, {wrong} differ")
    return 1 if wrong or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
