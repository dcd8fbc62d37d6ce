"""Opens the published vectors from docs/formats/sealed.md alone; knows no code of the project: open_sealed.py VECTORS.json"""
import base64
import hashlib
import hmac
import json
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from nacl import bindings as sodium

CHUNK = 32768


extract = lambda salt, key: hmac.new(salt, key, hashlib.sha256).digest()


def expand(key, info, count):
    out, block = b"", b""
    while len(out) < count:
        block = hmac.new(key, block + info + bytes([len(out) // 32 + 1]), hashlib.sha256).digest()
        out += block
    return out[:count]


def hpke_open(private_key, encapsulated, info, aad, sequence, ciphertext):
    kem, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03"
    labeled_extract = lambda s, salt, label, key: extract(salt, b"HPKE-v1" + s + label + key)
    labeled_expand = lambda s, key, label, data, n: expand(key, struct.pack(">H", n) + b"HPKE-v1" + s + label + data, n)
    shared = sodium.crypto_scalarmult(private_key, encapsulated)
    context = encapsulated + sodium.crypto_scalarmult_base(private_key)
    shared = labeled_expand(kem, labeled_extract(kem, b"", b"eae_prk", shared), b"shared_secret", context, 32)
    context = b"\0" + labeled_extract(suite, b"", b"psk_id_hash", b"") + labeled_extract(suite, b"", b"info_hash", info)
    secret = labeled_extract(suite, shared, b"secret", b"")
    key, nonce = labeled_expand(suite, secret, b"key", context, 32), labeled_expand(suite, secret, b"base_nonce", context, 12)
    nonce = bytes(a ^ b for a, b in zip(nonce, sequence.to_bytes(12, "big")))
    return ChaCha20Poly1305(key).decrypt(nonce, ciphertext, aad)


def slot_key(method, credential):
    parts = method.split("$")
    salt, check = base64.b64decode(parts[-2]), base64.b64decode(parts[-1])
    if parts[1] == "argon2id-kdf":
        cost = dict(p.split("=") for p in parts[3].split(","))
        run = sodium.crypto_pwhash_alg(32, credential, salt, int(cost["t"]), int(cost["m"]) * 1024, sodium.crypto_pwhash_ALG_ARGON2ID13)
    else:
        run = extract(salt, credential)
    assert expand(run, b"posthorn credential check 1", 32) == check, "the credential is wrong"
    return expand(run, b"posthorn credential key 1", 32)


def unwrap(slot, account, generation, credential):
    words = b"posthorn key slot 1" + struct.pack(">QI", account, generation) + slot["kind"].encode() + b"\0" + slot["name"].encode()
    nonce, wrapped = slot["wrapped"][:24], slot["wrapped"][24:]
    return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(wrapped, words, nonce, slot_key(slot["method"], credential))


def size_class(size):
    if size < 2:
        return size
    e = size.bit_length() - 1
    step = 1 << (e - min(e, e.bit_length()))
    return -(-size // step) * step


def open_message(private_key, account, capsule, content):
    assert len(capsule) == 114 and capsule[0] == 1
    generation, sequence = struct.unpack(">I", capsule[2:6])[0], struct.unpack(">I", capsule[54:58])[0]
    owner = struct.pack(">QI", account, generation)
    inside = hpke_open(private_key, capsule[22:54], b"posthorn mailbox key 1" + owner, capsule[:58], sequence, capsule[58:])
    size = struct.unpack(">Q", inside[32:])[0]
    keys = expand(inside[:32], b"posthorn sealed message 1" + owner + capsule[6:22], 64)
    head = content[:40]
    assert head == bytes.fromhex("8F50534D0D0A1A01") + keys[32:], "the content belongs to another key"
    stored = size_class(size) if capsule[1] & 1 else size
    count = max(1, -(-stored // CHUNK))
    assert len(content) == 40 + stored + 16 * count, "the content has another size"
    text = b""
    for n in range(count):
        piece = content[40 + n * (CHUNK + 16):][:CHUNK + 16]
        text += AESGCM(keys[:32]).decrypt(struct.pack(">QxxxB", n, n == count - 1), piece, head)
    return text[:size], expand(inside[:32], b"posthorn derived data 1" + owner + capsule[6:22], 32)


def main():
    vectors, octets = json.load(open(sys.argv[1])), base64.b64decode
    for slot in vectors["slots"]:
        slot["wrapped"] = octets(slot["wrapped"])
        key = unwrap(slot, vectors["account"], vectors["generation"], octets(slot["credential"]))
        assert key == octets(vectors["private_key"]), slot["kind"]
    for message in vectors["messages"]:
        text, derived = open_message(key, vectors["account"], octets(message["capsule"]), octets(message["content"]))
        assert len(text) == message["octets"] and hashlib.sha256(text).hexdigest() == message["sha256"], message["octets"]
        digest = octets(message["digest"])
        assert AESGCM(derived).decrypt(digest[:12], digest[12:], b"\1") == octets(message["open_digest"])
    print(f"{len(vectors['slots'])} slots and {len(vectors['messages'])} messages open")


main()
