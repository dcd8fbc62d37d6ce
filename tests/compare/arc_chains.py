#!/usr/bin/env python3
"""Chains of ARC sets beside dkimpy: each validates what the other has sealed, in any order of hops, and nothing that was changed."""
import base64
import itertools
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../interop"))
import debian

debian.need("dkim", "cryptography")

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PROGRAM = os.path.join(os.environ["POSTHORN_COMPARE"], "arc-chain")
HOPS = ["one.example", "two.example", "three.example"]
MESSAGES = {
    "short": b"From: <ann@example.org>\r\nTo: <list@list.example>\r\nSubject: a\r\nDate: Thu, 01 Jan 2026 10:00:00 +0100\r\n\r\nText\r\n",
    "folded": b"From: Ann\r\n <ann@example.org>\r\nTo: <list@list.example>\r\nSubject:  two   spaces\r\n\tand a fold \r\n"
              b"Date: Thu, 01 Jan 2026 10:00:00 +0100\r\n\r\n a  b\t c \r\n\r\n \r\n\r\n\r\n",
}


class World:
    def __init__(self, folder):
        self.keys, self.records, self.paths = {}, {}, {}
        for hop in HOPS:
            key = rsa.generate_private_key(65537, 2048)
            public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
            self.keys[hop] = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
            self.records[f"s._domainkey.{hop}"] = "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()
            self.paths[hop] = os.path.join(folder, hop)
            with open(self.paths[hop], "wb") as out:
                out.write(self.keys[hop])
        self.table = os.path.join(folder, "keys")
        with open(self.table, "w") as out:
            out.writelines(f"{name} {text}\n" for name, text in self.records.items())

    def dns(self, name, **_):
        return self.records.get(name.decode().rstrip("."), "").encode() or None

    def ours(self, message, hop, chain):
        return subprocess.run([PROGRAM, "seal", hop, "s", self.paths[hop], chain], input=message, stdout=subprocess.PIPE, check=True, timeout=30).stdout

    def theirs(self, message, hop, chain):
        found = f"Authentication-Results: mx.{hop}; arc={chain}; dmarc=pass header.from=example.org\r\n".encode()
        fields = dkim.arc_sign(found + message, b"s", hop.encode(), self.keys[hop], f"mx.{hop}".encode())
        assert fields, f"dkimpy does not seal at {hop}"
        return b"".join(fields) + found + message

    def judged(self, message):
        """What both say, which is the same."""
        words = subprocess.run([PROGRAM, "check"], input=message, stdout=subprocess.PIPE, check=True, timeout=30,
                               env={**os.environ, "ARC_KEYS": self.table}).stdout.decode().strip()
        other = dkim.ARC(message).verify(dnsfunc=self.dns)[0].decode()
        assert words == other, f"{words}, and dkimpy says {other}:\n{message.decode(errors='replace')}"
        return words


def main():
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder)
        for name, message in MESSAGES.items():
            for who in itertools.product(("ours", "theirs"), repeat=len(HOPS)):
                chain, sealed = "none", message
                for sealer, hop in zip(who, HOPS):
                    sealed = getattr(world, sealer)(sealed, hop, chain)
                    chain = world.judged(sealed)
                    assert chain == "pass", f"{name}: {who} at {hop}: {chain}"
                assert world.judged(sealed.replace(b"dmarc=pass", b"dmarc=fail", 1)) == "fail"
                assert world.judged(sealed.replace(b"ann@example.org", b"eve@example.org")) == "fail"
                count += 1
    print(f"{count} chains of {len(HOPS)} hops: both agree")


if __name__ == "__main__":
    main()
