#!/usr/bin/env python3
"""Writes tests/vectors/import/trees.txt: a stored key under each algorithm, and files as TREES writes them.

Needs python3-nacl. From fixed seeds, so that a second run writes the same; each box is opened again by the library's own SealedBox.
A line is a name and a value in base64; numbers stand in the names' own lines as text.
"""
import base64
import hashlib
import os
import sys

import nacl.bindings as sodium
import nacl.public
import nacl.pwhash
import nacl.secret

TEXT = 8192  # octets of every box but the last
PASSWORD = "correct horse battery staple".encode()


def octets(seed, count):
    return hashlib.shake_256(seed.encode()).digest(count)


SECRET = nacl.public.PrivateKey(octets("mailbox", 32))
PUBLIC = SECRET.public_key


def seal(text, number):
    """crypto_box_seal with an ephemeral key of a seed: epk, box under BLAKE2b(epk, pk)."""
    ephemeral = nacl.public.PrivateKey(octets(f"ephemeral {number} {len(text)}", 32))
    start = bytes(ephemeral.public_key)
    nonce = hashlib.blake2b(start + bytes(PUBLIC), digest_size=24).digest()
    box = start + sodium.crypto_box(text, nonce, bytes(PUBLIC), bytes(ephemeral))
    assert nacl.public.SealedBox(SECRET).decrypt(box) == text
    return box


def trees_file(text):
    pieces = [text[i:i + TEXT] for i in range(0, len(text) // TEXT * TEXT, TEXT)] + [text[len(text) // TEXT * TEXT:]]
    return b"\xEE\xFF\xCC" + (1).to_bytes(4, "big") + b"".join(seal(piece, i) for i, piece in enumerate(pieces))


def message(size):
    """Lines that differ, so that boxes in another order would show."""
    text = b"Subject: vector\r\n\r\n" + b"".join(b"line %d\r\n" % i for i in range(size // 6 + 1))
    return text[:size]


def columns(name, kdf, opslimit, memlimit):
    salt, nonce = octets(name + " salt", 16), octets(name + " nonce", 24)
    digest = kdf(32, PASSWORD, salt, opslimit=opslimit, memlimit=memlimit)
    box = nacl.secret.SecretBox(digest).encrypt(bytes(SECRET), nonce).ciphertext
    return {f"{name}.opslimit": str(opslimit).encode(), f"{name}.memlimit": str(memlimit).encode(), f"{name}.pwhash_salt": salt,
            f"{name}.sk_nonce": nonce, f"{name}.locked_secretbox": box}


def main():
    rows = {"password": PASSWORD, "public_key": bytes(PUBLIC), "private_key": bytes(SECRET)}
    rows |= columns("argon2i13", nacl.pwhash.argon2i.kdf, 3, 1 << 20)
    rows |= columns("argon2id13", nacl.pwhash.argon2id.kdf, 3, 1 << 20)
    for size in (0, 5, TEXT - 1, TEXT, TEXT + 1):
        rows[f"file.{size}"] = trees_file(message(size))
        rows[f"text.{size}"] = message(size) if size < 100 else hashlib.sha256(message(size)).digest()
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../../../vectors/import/trees.txt")
    with open(path, "w") as out:
        for name, value in rows.items():
            out.write(f"{name} {base64.b64encode(value).decode()}\n")


main()
