#!/usr/bin/env python3
"""Who really sent it: two of our servers and a test DNS. Signed mail, what happens to forged mail, and keys that come and go in the DNS."""
import contextlib
import email
import gzip
import json
import smtplib
import subprocess
import sys

import debian

debian.need("dkim")

import dkim

import rig as r
from mail import imap, insecure, message
from mail_hosts import CHEAP, free_port
from zone import Zone

ONE, TWO = "one.example", "two.example"
ADDRESSES = {ONE: "127.0.0.11", TWO: "127.0.0.12"}
STRANGER = "127.0.0.14"

HOSTS = f"""
one.example. MX 10 mail.one.example.
two.example. MX 10 mail.two.example.
mail.one.example. A {ADDRESSES[ONE]}
mail.two.example. A {ADDRESSES[TWO]}
one.example. TXT "v=spf1 ip4:127.0.0.1 ip4:{ADDRESSES[ONE]} -all"
mail.one.example. TXT "v=spf1 a -all"
strict.example. TXT "v=spf1 ip4:{ADDRESSES[ONE]} -all"
strict.example. MX 10 mail.one.example.
strict.example. A {ADDRESSES[ONE]}
_dmarc.strict.example. TXT "v=DMARC1; p=reject"
soft.example. MX 10 mail.one.example.
_dmarc.soft.example. TXT "v=DMARC1; p=quarantine"
open.example. MX 10 mail.one.example.
_dmarc.open.example. TXT "v=DMARC1; p=none"
list.example. TXT "v=spf1 ip4:{STRANGER} -all"
"""


class World:
    more = ""  # of the configuration

    def __init__(self):
        self.stack = contextlib.ExitStack()
        try:
            self.zone = self.stack.enter_context(Zone(HOSTS))
            self.port = free_port([*ADDRESSES.values(), STRANGER])
            self.a = self.ours(ONE, ["alice"])
            self.b = self.ours(TWO, ["bob"])
            self.a.start()
            self.b.start()
        except BaseException:
            self.close()
            raise

    def ours(self, domain, users):
        extra = CHEAP + f"""dns.forwarders = ["{self.zone.address()}"]
dns.trust_anchor = ""
dns.timeout_seconds = 5
outbound.mx_port = {self.port}
authentication.exempt = []
{self.more}"""
        return self.stack.enter_context(r.Rig(extra=extra, users=users, domain=domain, mx=(ADDRESSES[domain], self.port)))

    def publish(self, records):
        """The DNS has the hosts and these records; the servers begin anew, as what they know may be an hour old."""
        self.zone.write(HOSTS + records)
        for rig in (self.a, self.b):
            rig.stop()
            rig.start()

    def submit(self, subject, recipient="bob@" + TWO):
        with smtplib.SMTP_SSL("127.0.0.1", self.a.ports["submissions"], timeout=60, context=insecure()) as client:
            client.login("alice@" + ONE, r.PASSWORD)
            client.sendmail("alice@" + ONE, [recipient], message("alice@" + ONE, recipient, subject, "hello\r\n").encode())

    def arrived(self, subject, mailbox="INBOX", user="bob@" + TWO):
        def found():
            with imap(self.a if user.endswith("@" + ONE) else self.b, user, mailbox) as client:
                number, data = client.search(None, "SUBJECT", f'"{subject}"')
                if not data[0]:
                    return None
                return client.fetch(data[0].split()[0], "(BODY.PEEK[])")[1][0][1]

        return r.until(found, 30, f"'{subject}' in {mailbox}")

    def close(self):
        self.stack.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def results(octets):
    """The Authentication-Results field of the second server, unfolded; there is exactly one."""
    fields = [value for value in email.message_from_bytes(octets).get_all("Authentication-Results", []) if value.split(";")[0].strip() == "mail." + TWO]
    assert len(fields) == 1, fields
    return " ".join(fields[0].split())


def stranger(world, sender, author, subject, more="", recipients=("bob@" + TWO,)):
    """Mail from an address that no domain names. Returns the reply."""
    with smtplib.SMTP(ADDRESSES[TWO], world.port, timeout=60, source_address=(STRANGER, 0), local_hostname="stranger.example") as client:
        try:
            client.sendmail(sender, list(recipients), (more + message(author, recipients[0], subject, "hello\r\n")).encode())
            return 250, ""
        except smtplib.SMTPDataError as refused:
            return refused.smtp_code, refused.smtp_error.decode()


def signers(octets):
    """d= and a= of the DKIM signatures."""
    found = []
    for field in email.message_from_bytes(octets).get_all("DKIM-Signature", []):
        tags = dict(tag.strip().split("=", 1) for tag in field.split(";") if tag.strip())
        found.append((tags["d"], tags["a"]))
    return found


def records_of(shown):
    """The records that `posthorn dkim` prints, as the test DNS takes them."""
    return "\n".join(line for line in shown.splitlines() if line and not line.startswith(";")) + "\n"


def keys_of(rig, domain):
    """The records of the domain's keys, which are made where there are none."""
    shown = rig.admin("dkim", "show", domain, check=False)
    return records_of((shown if shown.returncode == 0 and "v=DKIM1" in shown.stdout else rig.admin("dkim", "create", domain)).stdout)


def dns_of(zone_text):
    """What asks these records, as dkimpy wants it."""
    records = {}
    for line in zone_text.splitlines():
        name, _, rest = line.partition(" ")
        records[name.rstrip(".")] = "".join(rest.split('"')[1::2]).encode()
    return lambda name, **_: records.get(name.decode().rstrip("."))


def verified_by_others(octets, zone_text):
    """dkimpy finds every signature good, with keys from the same records."""
    checker = dkim.DKIM(octets)
    count = len(signers(octets))
    return count > 0 and all(checker.verify(i, dnsfunc=dns_of(zone_text)) for i in range(count))


def fallback(world):
    """Signed by the host until the DNS publishes the domain's own keys, and again when it does no more."""
    world.submit("unsigned")
    assert signers(world.arrived("unsigned")) == []

    host = records_of(world.a.admin("dkim", "create", "mail." + ONE).stdout)
    own = records_of(world.a.admin("dkim", "create", ONE).stdout)
    assert "not published" in world.a.admin("dkim", "list").stdout
    world.publish(host)
    world.submit("by the host")
    octets = world.arrived("by the host")
    assert sorted(signers(octets)) == [("mail." + ONE, "ed25519-sha256"), ("mail." + ONE, "rsa-sha256")], signers(octets)
    assert verified_by_others(octets, host)
    said = results(octets)
    assert "dkim=pass" in said and f"header.d=mail.{ONE}" in said and "spf=pass" in said, said

    world.publish(host + own + '_dmarc.one.example. TXT "v=DMARC1; p=reject"\n')
    world.submit("by the domain")
    octets = world.arrived("by the domain")
    assert sorted(signers(octets)) == [(ONE, "ed25519-sha256"), (ONE, "rsa-sha256")], signers(octets)
    assert verified_by_others(octets, own)
    said = results(octets)
    assert "dmarc=pass" in said and f"header.from={ONE}" in said and f"smtp.mailfrom=alice@{ONE}" in said, said
    listed = world.a.admin("dkim", "list", ONE).stdout
    assert listed.count("published") == 2 and listed.count("yes") == 2, listed

    new = records_of(world.a.admin("dkim", "rotate", ONE).stdout)
    world.publish(host + own + new)
    world.submit("after rotation")
    octets = world.arrived("after rotation")
    assert verified_by_others(octets, new) and not verified_by_others(octets, own)
    assert "no: there is a newer key" in world.a.admin("dkim", "list", ONE).stdout

    world.publish(host)
    world.submit("back to the host")
    assert {d for d, _ in signers(world.arrived("back to the host"))} == {"mail." + ONE}


def forged(world):
    """Mail of somebody who is not who he says: refused, junk or kept, as the domain asks and the recipient's goes along."""
    code, said = stranger(world, "x@list.example", "boss@strict.example", "refused")
    assert code == 550 and "5.7.26" in said, (code, said)
    assert stranger(world, "x@list.example", "boss@soft.example", "to junk")[0] == 250
    octets = world.arrived("to junk", "Junk")
    assert "dmarc=fail" in results(octets) and "spf=pass" in results(octets), results(octets)
    assert stranger(world, "x@list.example", "boss@open.example", "kept")[0] == 250
    assert "dmarc=fail" in results(world.arrived("kept"))

    world.b.admin("domain", "dmarc", TWO, "none")
    try:
        assert stranger(world, "x@list.example", "boss@strict.example", "as you like")[0] == 250
        assert "dmarc=fail" in results(world.arrived("as you like"))
    finally:
        world.b.admin("domain", "dmarc", TWO, "reject")


def of_a_list(world):
    """A list that says who it is has changed the message: it is no reason to refuse."""
    fields = "List-Id: <talk.list.example>\r\nSender: <talk@list.example>\r\n"
    assert stranger(world, "talk@list.example", "boss@strict.example", "on the list", fields)[0] == 250
    assert "dmarc=fail" in results(world.arrived("on the list", "Junk"))


def own_name(world):
    """Only this host says what it found: fields of the same name that come with a message go away, those of others stay."""
    fields = (f"Authentication-Results: mail.{TWO}; dkim=pass header.d=bank.example\r\n"
              f"Authentication-Results: MAIL.two.example 1;\r\n\tspf=pass smtp.mailfrom=bank.example\r\n"
              "Authentication-Results: other.example; dkim=pass header.d=bank.example\r\n")
    assert stranger(world, "x@list.example", "x@list.example", "says it himself", fields)[0] == 250
    octets = world.arrived("says it himself")
    assert "bank.example" not in results(octets)
    assert b"other.example; dkim=pass" in octets and octets.count(b"Authentication-Results:") == 2, octets


def chain(world, octets, zone_text):
    """The domains that sealed it, the last one first; dkimpy and `posthorn auth check` find the chain good."""
    path = world.a.path("chain.eml")
    with open(path, "wb") as out:
        out.write(octets)
    facts = json.loads(world.a.admin("auth", "check", path, "--dns", world.zone.address(), "--json", check=False).stdout)
    seals = email.message_from_bytes(octets).get_all("ARC-Seal", [])
    said, sets, why = dkim.arc_verify(octets, dnsfunc=dns_of(zone_text))
    assert (said, len(sets)) == (b"pass", len(seals)), (said, sets, why, octets)
    assert (facts["arc"]["result"], facts["arc"]["sets"]) == ("pass", len(seals)), facts["arc"]
    return [dict(tag.strip().split("=", 1) for tag in seal.split(";") if tag.strip())["d"] for seal in seals]


def sent_on(world):
    """An alias of one host and a script of the next send mail on: each seals what it found, and changes nothing."""
    keys = keys_of(world.b, TWO) + keys_of(world.a, "mail." + ONE)
    world.publish(keys)
    world.b.admin("alias", "add", "first@" + TWO, "alice@" + ONE)
    script = world.a.path("on.sieve", f'if header :is "subject" "two hops" {{ redirect "bob@{TWO}"; }}\r\n')
    world.a.admin("sieve", "put", "alice@" + ONE, "on", script)
    world.a.admin("sieve", "activate", "alice@" + ONE, "on")
    try:
        for subject in ("one hop", "two hops"):
            assert stranger(world, "x@list.example", "x@list.example", subject, recipients=("first@" + TWO,))[0] == 250
        octets = world.arrived("one hop", user="alice@" + ONE)
        assert octets.endswith(message("x@list.example", "first@" + TWO, "one hop", "hello\r\n").encode()), octets
        assert chain(world, octets, keys) == [TWO]
        found = " ".join(email.message_from_bytes(octets)["ARC-Authentication-Results"].split())
        assert found.startswith(f"i=1; mail.{TWO};") and "spf=pass" in found and "smtp.mailfrom=x@list.example" in found, found
        twice = world.arrived("two hops")
        assert twice.endswith(message("x@list.example", "first@" + TWO, "two hops", "hello\r\n").encode()), twice
        assert chain(world, twice, keys) == ["mail." + ONE, TWO]
        assert "arc=pass" in results(twice), results(twice)

        changed = octets[octets.index(b"ARC-Seal:"):].replace(b"one hop", b"changed").replace(b"Delivered-To: first@", b"X-Was-For: first@")
        with smtplib.SMTP(ADDRESSES[TWO], world.port, timeout=60, source_address=(STRANGER, 0), local_hostname="stranger.example") as client:
            client.sendmail("x@list.example", ["first@" + TWO], changed)
        newest = email.message_from_bytes(world.arrived("changed", user="alice@" + ONE)).get_all("ARC-Seal")[0]
        assert "cv=fail" in newest and "i=2" in newest, newest

        world.submit("my own")
        assert b"ARC-" not in world.arrived("my own")
    finally:
        world.b.admin("alias", "remove", "first@" + TWO)
        world.a.admin("sieve", "deactivate", "alice@" + ONE)


def explained(world):
    """`posthorn auth check` says the same, in words and as JSON, and shows it by its exit status."""
    world.publish(records_of(world.a.admin("dkim", "show", ONE).stdout) + '_dmarc.one.example. TXT "v=DMARC1; p=reject"\n')
    world.submit("explain")
    octets = world.arrived("explain")
    path = world.a.path("explain.eml")
    with open(path, "wb") as out:
        out.write(octets)
    words = ["auth", "check", path, "--dns", world.zone.address(), "--ip", ADDRESSES[ONE], "--helo", "mail." + ONE, "--from", "alice@" + ONE]
    told = world.a.admin(*words)
    assert "dmarc=pass" in told.stdout.replace(" ", "") or "DMARC: pass" in told.stdout, told.stdout
    assert f"_dmarc.{ONE}" in told.stdout, told.stdout
    facts = json.loads(world.a.admin(*words, "--json").stdout)
    assert facts["dmarc"]["result"] == "pass" and facts["spf"]["result"] == "pass", facts
    assert [s["result"] for s in facts["dkim"]["signatures"]] == ["pass", "pass"], facts
    with open(path, "wb") as out:
        out.write(octets.replace(b"hello", b"hellO"))
    words[words.index("--ip") + 1] = STRANGER
    told = world.a.admin(*words, check=False)
    assert told.returncode == 1 and "body hash" in told.stdout, (told.returncode, told.stdout)


def doctor(world):
    """`posthorn domain dns` prints what to publish; when the DNS has it, and only then, its check finds nothing wrong."""
    told = world.a.admin("domain", "dns", ONE).stdout
    assert f"{ONE}. IN MX 10 mail.{ONE}." in told and "v=spf1 mx ~all" in told and "v=DMARC1" in told, told
    assert f"_submissions._tcp.{ONE}. IN SRV 0 1 {world.a.ports['submissions']} mail.{ONE}." in told, told
    world.zone.write(HOSTS)
    wrong = world.a.admin("domain", "dns", ONE, "--check", check=False)
    assert wrong.returncode == 1, wrong.stdout
    states = {tuple(line.split()[1:3]): line.split()[0] for line in wrong.stdout.splitlines() if line.startswith(("right", "missing", "different"))}
    assert states["DMARC", "_dmarc." + ONE] == "missing" and states["SPF", ONE] == "different", wrong.stdout
    assert states["MX", ONE] == "right", wrong.stdout
    assert states["SRV", "_submissions._tcp." + ONE] == "missing", wrong.stdout
    assert f'"v=spf1 mx ip4:127.0.0.1 ip4:{ADDRESSES[ONE]} -all"' in wrong.stdout, wrong.stdout
    others = "".join(line + "\n" for line in HOSTS.splitlines() if not line.startswith(ONE + "."))
    world.zone.write(others + told)
    right = world.a.admin("domain", "dns", ONE, "--check", check=False)
    assert right.returncode == 0, right.stdout
    assert "missing" not in right.stdout and "different" not in right.stdout, right.stdout
    world.zone.write(others)
    assert world.a.admin("domain", "dns", "elsewhere.example", check=False).returncode == 1


AGGREGATE = """<?xml version="1.0"?><feedback><report_metadata><org_name>Receiver</org_name><email>a@b.example</email>
<report_id>r7</report_id><date_range><begin>1013662812</begin><end>1013749130</end></date_range></report_metadata>
<policy_published><domain>one.example</domain><p>reject</p></policy_published>
<record><row><source_ip>192.0.2.7</source_ip><count>12</count><policy_evaluated><disposition>reject</disposition>
<dkim>fail</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>one.example</header_from></identifiers>
<auth_results><spf><domain>bad.example</domain><result>softfail</result></spf></auth_results></record></feedback>"""


def reports_of_others(world):
    """`posthorn reports read` tells what is in a report, in words and as JSON, and says which files are none."""
    packed, none = world.a.path("report.xml.gz"), world.a.path("none.eml", "Subject: x\r\n\r\nx\r\n")
    with gzip.open(packed, "wt") as out:
        out.write(AGGREGATE)
    told = world.a.admin("reports", "read", packed).stdout
    assert all(word in told for word in ("one.example", "Receiver", "192.0.2.7", "12", "softfail bad.example")), told
    both = world.a.admin("reports", "read", "--json", packed, none, check=False)
    assert both.returncode == 1, both.stdout
    report, = json.loads(both.stdout[both.stdout.index("["):both.stdout.rindex("]") + 1])
    assert report["kind"] == "dmarc-aggregate" and report["policy"] == "reject", report
    assert [(row["count"], row["source"], row["spf_aligned"]) for row in report["rows"]] == [(12, "192.0.2.7", False)], report


def main():
    chosen = sys.argv[1:]
    failed = 0
    with World() as world:
        for test in (fallback, forged, of_a_list, own_name, sent_on, explained, doctor, reports_of_others):
            if chosen and test.__name__ not in chosen:
                continue
            try:
                test(world)
                print("ok  ", test.__name__, flush=True)
            except (AssertionError, subprocess.SubprocessError, smtplib.SMTPException) as problem:
                failed += 1
                print("FAIL", test.__name__, problem, "\n", world.a.log(), world.b.log(), flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
