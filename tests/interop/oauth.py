#!/usr/bin/env python3
"""Logins with access tokens: imapflow, nodemailer and curl over IMAP, POP3 and submission, and every token that must not let in."""
import imaplib
import json
import os
import signal
import sys
import tempfile
import time

import issuer as i
import rig as r
from mail import append, fetch_all, insecure, message, wait_for_subject
from smtp_clients import node

SCOPE, CONFIGURATION = "mail", i.ISSUER + "/.well-known/openid-configuration"
issuer = None


def refused_json(rig, mechanism, response):
    """What the server says of a token over IMAP; None: it lets in."""
    said = []

    def answer(challenge):
        if not challenge:
            return response
        said.append(json.loads(challenge))
        return b"\x01" if mechanism == "OAUTHBEARER" else b""

    client = imaplib.IMAP4_SSL("127.0.0.1", rig.ports["imaps"], ssl_context=insecure(), timeout=20)
    try:
        client.authenticate(mechanism, answer)
        assert not said, said
        return None
    except imaplib.IMAP4.error as error:
        assert "AUTHENTICATIONFAILED" in str(error), error
        return said[0] if said else {}
    finally:
        client.shutdown()


def bearer(address, token):
    return f"n,a={address},\x01host=localhost\x01port=993\x01auth=Bearer {token}\x01\x01".encode()


def xoauth2(address, token):
    return f"user={address}\x01auth=Bearer {token}\x01\x01".encode()


def every_algorithm(rig, address):
    for kid in ("rsa", "curve", "edwards"):
        token = issuer.token(address, kid)
        assert refused_json(rig, "OAUTHBEARER", bearer(address, token)) is None, kid
        assert refused_json(rig, "OAUTHBEARER", f"n,,\x01auth=Bearer {token}\x01\x01".encode()) is None, kid
        assert refused_json(rig, "XOAUTH2", xoauth2(address, token)) is None, kid
    many = issuer.token(address, aud=["https://other.example.org", i.AUDIENCE], scope="a mail b", nbf=int(time.time()), iat=None)
    assert refused_json(rig, "XOAUTH2", xoauth2(address, many)) is None


def bad_tokens(rig, address):
    """The table of what must be refused: name, token, status."""
    now = int(time.time())
    rsa = issuer.keys["rsa"]
    pem = issuer.public_pem()
    good = issuer.token(address)
    head, body, signature = good.split(".")
    other = issuer.token(address, "curve").split(".")
    yield "expired", issuer.token(address, exp=now - 61), "invalid_token"
    yield "without expiry", issuer.token(address, exp=None), "invalid_token"
    yield "not valid yet", issuer.token(address, nbf=now + 300), "invalid_token"
    yield "issued in the future", issuer.token(address, iat=now + 300), "invalid_token"
    yield "wrong audience", issuer.token(address, aud="https://other.example.org"), "invalid_token"
    yield "without audience", issuer.token(address, aud=None), "invalid_token"
    yield "wrong issuer", issuer.token(address, iss="https://evil.example.org"), "invalid_token"
    yield "without address", issuer.token(address, sub=None), "invalid_token"
    yield "another mailbox", issuer.token(f"bob@{r.DOMAIN}"), "invalid_token"
    yield "no mailbox", issuer.token(f"nobody@{r.DOMAIN}"), "invalid_token"
    yield "without scope", issuer.token(address, scope="openid"), "insufficient_scope"
    yield "ID token", issuer.token(address, header={"typ": "JWT"}), "invalid_token"
    yield "wrong key", issuer.token(address, key=i.RsaKey()), "invalid_token"
    yield "wrong key of its own choice", issuer.token(address, key=i.EdwardsKey(), header={"kid": "mine"}), "invalid_token"
    yield "key in the header", issuer.token(address, key=(own := i.RsaKey()), header={"jwk": own.jwk()}), "invalid_token"
    yield "key of another algorithm", issuer.token(address, key=i.CurveKey(), header={"kid": "rsa"}), "invalid_token"
    yield "none", issuer.token(address, key=i.Unsigned()), "invalid_token"
    yield "none, with a signature", issuer.token(address, key=i.Unsigned(rsa.sign(b"x"))), "invalid_token"
    yield "None", issuer.token(address, key=i.Unsigned(), header={"alg": "None"}), "invalid_token"
    yield "HS256 with the public key", issuer.token(address, key=i.SecretKey(pem)), "invalid_token"
    yield "HS256 with the key set", issuer.token(address, key=i.SecretKey(issuer.key_set().encode())), "invalid_token"
    yield "RS256 that is HS256", issuer.token(address, key=i.SecretKey(pem), header={"alg": "RS256"}), "invalid_token"
    yield "another payload", ".".join([head, other[1], signature]), "invalid_token"
    yield "without signature", ".".join([head, body, ""]), "invalid_token"
    yield "critical extension", issuer.token(address, header={"crit": ["exp"], "exp": now + 600}), "invalid_token"
    yield "no token", "abc", "invalid_token"
    yield "too long", issuer.token(address, padding="x" * 6200), "invalid_token"


def refusals(rig, address):
    for name, token, status in bad_tokens(rig, address):
        for mechanism, response in (("OAUTHBEARER", bearer(address, token)), ("XOAUTH2", xoauth2(address, token))):
            said = refused_json(rig, mechanism, response)
            assert said is not None, f"{mechanism} let in: {name}"
            assert said["status"] == status, (name, said)
    wanted = refused_json(rig, "OAUTHBEARER", b"n,,\x01auth=\x01\x01")  # RFC 7628 section 4.3
    assert wanted == {"status": "invalid_token", "schemes": "bearer", "scope": SCOPE, "openid-configuration": CONFIGURATION}, wanted
    assert refused_json(rig, "OAUTHBEARER", bearer(address, issuer.token(address))) is None


def curl(rig, address, token, mechanism, url, *arguments, check=True):
    return r.run(["curl", "-sS", "-k", "--ssl-reqd", url, "-u", f"{address}:", "--oauth2-bearer", token, "--login-options", f"AUTH={mechanism}",
                  "--max-time", "30", *arguments], check=check)


def curl_everywhere(rig, address):
    append(rig, address, 1)
    good, bad = issuer.token(address, "curve"), issuer.token(address, "curve", aud="other")
    path = rig.path("oauth.eml", message(address, address, "curl with a token", "x\r\n"))
    places = {
        "imaps": (f"imaps://localhost:{rig.ports['imaps']}/INBOX;UID=1", (), "number 0"),
        "imap": (f"imap://localhost:{rig.ports['imap']}/INBOX;UID=1", (), "number 0"),
        "pop3s": (f"pop3s://localhost:{rig.ports['pop3s']}/1", (), "number 0"),
        "pop3": (f"pop3://localhost:{rig.ports['pop3']}/1", (), "number 0"),
        "submission": (f"smtp://localhost:{rig.ports['submission']}", ("--mail-from", address, "--mail-rcpt", f"bob@{r.DOMAIN}", "-T", path), ""),
    }
    for mechanism in ("OAUTHBEARER", "XOAUTH2"):
        for name, (url, arguments, expected) in places.items():
            said = curl(rig, address, good, mechanism, url, *arguments).stdout
            assert expected in said, (mechanism, name, said)
            refused = curl(rig, address, bad, mechanism, url, *arguments, check=False)
            assert refused.returncode == 67, (mechanism, name, refused.returncode, refused.stdout)  # CURLE_LOGIN_DENIED
    wait_for_subject(rig, f"bob@{r.DOMAIN}", "curl with a token")


def offered_with_tls_only(rig, address):
    client = imaplib.IMAP4("127.0.0.1", rig.ports["imap"], timeout=20)
    assert not any("AUTH=" in c for c in client.capabilities), client.capabilities
    client.starttls(insecure())
    assert {"AUTH=OAUTHBEARER", "AUTH=XOAUTH2"} <= set(client.capabilities), client.capabilities
    client.logout()


def imapflow(rig, address):
    append(rig, address, 2)
    script = """
const { ImapFlow } = require('imapflow');
const [port, user, good, bad] = process.argv.slice(2);
const client = accessToken => new ImapFlow({host: '127.0.0.1', port: +port, secure: true, tls: {rejectUnauthorized: false}, auth: {user, accessToken}, logger: false});
(async () => {
  const c = client(good);
  await c.connect();
  const lock = await c.getMailboxLock('INBOX');
  if (c.mailbox.exists !== 2) throw new Error('exists');
  lock.release();
  await c.logout();
  let refused = null;
  try { await client(bad).connect(); } catch (e) { refused = e; }
  if (!refused || !refused.authenticationFailed) throw refused || new Error('a bad token got in');
  if (refused.oauthError && refused.oauthError.status !== 'invalid_token') throw new Error(JSON.stringify(refused.oauthError));
  console.log('DONE');
})().catch(e => { console.error(e); process.exit(1); });
"""
    said = node(rig, script, str(rig.ports["imaps"]), address, issuer.token(address), issuer.token(address, exp=1))
    assert "DONE" in said.stdout, said.stdout


def nodemailer(rig, address):
    script = """
const nodemailer = require('nodemailer');
const [port, user, good, bad] = process.argv.slice(2);
const transport = accessToken => nodemailer.createTransport({host: '127.0.0.1', port: +port, secure: true, tls: {rejectUnauthorized: false},
  auth: {type: 'OAuth2', user, accessToken}});
(async () => {
  await transport(good).sendMail({from: user, to: user, subject: 'nodemailer with a token', text: 'x'});
  let refused = null;
  try { await transport(bad).sendMail({from: user, to: user, subject: 'bad', text: 'x'}); } catch (e) { refused = e; }
  if (!refused || !['EAUTH', 'EOAUTH2'].includes(refused.code)) throw refused || new Error('a bad token got in');
  console.log('DONE');
})().catch(e => { console.error(e); process.exit(1); });
"""
    said = node(rig, script, str(rig.ports["submissions"]), address, issuer.token(address, "edwards"), issuer.token(address, key=i.SecretKey(b"x")))
    assert "DONE" in said.stdout, said.stdout
    wait_for_subject(rig, address, "nodemailer with a token")
    assert len(fetch_all(rig, address)) == 1


def a_token_opens_nothing_sealed(rig, address):
    rig.admin("mailbox", "encrypt", address)
    append(rig, address, 1, body="the sealed text\r\n")
    client = imaplib.IMAP4_SSL("127.0.0.1", rig.ports["imaps"], ssl_context=insecure(), timeout=20)
    client.authenticate("OAUTHBEARER", lambda _: bearer(address, issuer.token(address)))
    assert client.select()[0] == "OK"
    last = client.search(None, "ALL")[1][0].split()[-1].decode()
    said = client.fetch(last, "(RFC822.SIZE BODY.PEEK[])")
    assert "the sealed text" not in repr(said), said
    client.logout()
    assert any("the sealed text" in text for text in fetch_all(rig, address))  # its password does


def keys_rotate(rig, address):
    """A new key works without a signal, the old one until it leaves the set."""
    issuer.keys["second"] = i.EdwardsKey()
    token = issuer.token(address, "second")
    assert refused_json(rig, "XOAUTH2", xoauth2(address, token)) is not None, "a key that was never published"
    issuer.publish()
    r.until(lambda: refused_json(rig, "XOAUTH2", xoauth2(address, token)) is None, seconds=30, what="a login with the new key")
    old = issuer.token(address, "curve")
    assert refused_json(rig, "XOAUTH2", xoauth2(address, old)) is None
    kept = issuer.keys.pop("curve")
    issuer.publish()
    hang_up(rig)
    r.until(lambda: refused_json(rig, "XOAUTH2", xoauth2(address, old)) is not None, what="SIGHUP taking the old key away")
    issuer.publish("{")
    hang_up(rig)
    r.until(lambda: f"not reloaded, the old ones stay: oauth.keys '{issuer.path}': the key set is no object" in rig.log(), what="a line that says why")
    assert refused_json(rig, "XOAUTH2", xoauth2(address, token)) is None, "a bad file takes no key away"
    issuer.keys["curve"] = kept
    issuer.publish()
    hang_up(rig)
    r.until(lambda: refused_json(rig, "XOAUTH2", xoauth2(address, old)) is None, what="SIGHUP bringing the key back")


def hang_up(rig):
    for child in rig.children.values():
        child.send_signal(signal.SIGHUP)


def bad_keys_at_the_start(rig, _address):
    """No server starts without the keys that it needs."""
    name = "smtpd" if rig.apart else "posthornd"
    with open(rig.config) as text:
        config = text.read()
    for port in rig.ports.values():
        config = config.replace(f"port = {port}\n", "port = 0\n")
    config = config.replace(f"{rig.folder}/data", f"{rig.folder}/data2")
    for content, words in ((None, "No such file or directory"), ('{"keys":[]}', "has no key for RS256, ES256 or EdDSA")):
        keys = rig.path("bad.json", content) if content else rig.path("absent.json")
        other = rig.path("bad.toml", config.replace(issuer.path, keys))
        done = r.run([r.program(name), "--config", other], check=False, timeout=30)
        assert done.returncode == 1 and f"oauth.keys '{keys}': " in done.stdout and words in done.stdout, done.stdout


def main():
    global issuer
    with tempfile.TemporaryDirectory(prefix="posthorn-issuer-") as folder:
        os.chmod(folder, 0o755)
        issuer = i.Issuer(os.path.join(folder, "keys.json"))
        extra = f"""
limits.login_delay_milliseconds = 0
limits.login_failures = 100000
[oauth]
issuer = "{i.ISSUER}"
audience = "{i.AUDIENCE}"
keys = "{issuer.path}"
scope = "{SCOPE}"
configuration = "{CONFIGURATION}"
"""
        return r.main([every_algorithm, refusals, curl_everywhere, offered_with_tls_only, imapflow, nodemailer, a_token_opens_nothing_sealed, keys_rotate,
                       bad_keys_at_the_start], extra=extra)


if __name__ == "__main__":
    sys.exit(main())
