"""An authorization server as far as mail servers see it: keys, their JWK Set in a file, and access tokens (RFC 9068), made with python3-cryptography."""
import base64
import hashlib
import hmac
import json
import os
import time

import debian

debian.need("cryptography")

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

ISSUER = "https://as.example.org"
AUDIENCE = "https://mail.example.org"


def encode(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def number(value, octets=None):
    return encode(value.to_bytes(octets or (value.bit_length() + 7) // 8, "big"))


class RsaKey:
    algorithm = "RS256"

    def __init__(self):
        self.private = rsa.generate_private_key(65537, 2048)

    def jwk(self):
        public = self.private.public_key().public_numbers()
        return {"kty": "RSA", "n": number(public.n), "e": number(public.e)}

    def sign(self, octets):
        return self.private.sign(octets, padding.PKCS1v15(), hashes.SHA256())


class CurveKey:
    algorithm = "ES256"

    def __init__(self):
        self.private = ec.generate_private_key(ec.SECP256R1())

    def jwk(self):
        public = self.private.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": number(public.x, 32), "y": number(public.y, 32)}

    def sign(self, octets):
        first, second = utils.decode_dss_signature(self.private.sign(octets, ec.ECDSA(hashes.SHA256())))
        return first.to_bytes(32, "big") + second.to_bytes(32, "big")


class EdwardsKey:
    algorithm = "EdDSA"

    def __init__(self):
        self.private = ed25519.Ed25519PrivateKey.generate()

    def jwk(self):
        raw = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": encode(raw)}

    def sign(self, octets):
        return self.private.sign(octets)


class Unsigned:
    """alg none: the signature is empty, or some octets."""
    algorithm = "none"

    def __init__(self, octets=b""):
        self.octets = octets

    def sign(self, _octets):
        return self.octets


class SecretKey:
    """HS256 with octets that everybody knows, as if the server took its public key for a shared secret."""
    algorithm = "HS256"

    def __init__(self, octets):
        self.octets = octets

    def sign(self, octets):
        return hmac.new(self.octets, octets, hashlib.sha256).digest()


class Issuer:
    def __init__(self, path):
        self.path = path
        self.keys = {"rsa": RsaKey(), "curve": CurveKey(), "edwards": EdwardsKey()}
        self.publish()

    def key_set(self):
        return json.dumps({"keys": [{**key.jwk(), "kid": kid, "alg": key.algorithm, "use": "sig"} for kid, key in self.keys.items()]})

    def publish(self, text=None):
        """Replaces the file at once, as whoever fetches it should."""
        with open(self.path + ".new", "w") as out:
            out.write(self.key_set() if text is None else text)
        os.chmod(self.path + ".new", 0o644)
        os.rename(self.path + ".new", self.path)

    def token(self, address, kid="rsa", key=None, header=None, **claims):
        """A good token, but for what is said otherwise; a claim that is None is left out."""
        key = key or self.keys[kid]
        now = int(time.time())
        head = {"typ": "at+jwt", "alg": key.algorithm, "kid": kid, **(header or {})}
        body = {"iss": ISSUER, "sub": address, "aud": AUDIENCE, "iat": now, "exp": now + 600, "client_id": "test", "jti": os.urandom(8).hex(),
                "scope": "openid mail", **claims}
        body = {name: value for name, value in body.items() if value is not None}
        octets = encode(json.dumps(head).encode()) + "." + encode(json.dumps(body).encode())
        return octets + "." + encode(key.sign(octets.encode()))

    def public_pem(self, kid="rsa"):
        return self.keys[kid].private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
