#!/usr/bin/env python3
"""dig agrees with the DNS server of the tests: compare.py DNS-SERVER."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "interop"))
import zone  # noqa: E402

TEXT = """$ORIGIN example.org.
$TTL 300
@ SOA ns hostmaster 1 2 3 4 60
@ NS ns
@ MX 10 mail
@ MX 20 backup.example.net.
@ TXT "v=spf1 -all" "quote\\" and \\\\"
mail A 192.0.2.1
mail AAAA 2001:db8::1
www CNAME mail
_25._tcp.mail TLSA 3 1 1 00ff01
*.wild A 192.0.2.9
1.2.0.192.in-addr.arpa. PTR mail.example.org.
""" + "".join(f"big TXT {chr(97 + i) * 100}\n" for i in range(20))

# question -> what `dig +short` says, sorted
ANSWERS = {
    ("example.org", "MX"): ["10 mail.example.org.", "20 backup.example.net."],
    ("example.org", "NS"): ["ns.example.org."],
    ("example.org", "SOA"): ["ns.example.org. hostmaster.example.org. 1 2 3 4 60"],
    ("example.org", "TXT"): ['"v=spf1 -all" "quote\\" and \\\\"'],
    ("mail.example.org", "A"): ["192.0.2.1"],
    ("MAIL.Example.org", "AAAA"): ["2001:db8::1"],
    ("www.example.org", "A"): ["192.0.2.1", "mail.example.org."],
    ("_25._tcp.mail.example.org", "TLSA"): ["3 1 1 00FF01"],
    ("x.y.wild.example.org", "A"): ["192.0.2.9"],
    ("1.2.0.192.in-addr.arpa", "PTR"): ["mail.example.org."],
    ("big.example.org", "TXT"): sorted(f'"{chr(97 + i) * 100}"' for i in range(20)),
    ("mail.example.org", "MX"): [],
    ("nobody.example.org", "A"): [],
}


def dig(port, *arguments):
    done = subprocess.run(["dig", "@127.0.0.1", "-p", str(port), "+tries=1", "+time=5", "+norecurse", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60)
    return done.stdout


def main():
    problems, checks = [], 0

    def check(what, got, wanted):
        nonlocal checks
        checks += 1
        if got != wanted:
            problems.append(f"{what}: got {got!r}, wanted {wanted!r}")

    with zone.Zone(TEXT, program=sys.argv[1]) as server:
        for (name, kind), wanted in ANSWERS.items():
            for way in (["+notcp"], ["+tcp"], ["+noedns", "+notcp"]):
                text = dig(server.port, "+short", *way, name, kind)
                check(f"{name} {kind} {way}", sorted(text.split("\n")[:-1]), wanted)
        for name, status in (("mail.example.org", "NOERROR"), ("nobody.example.org", "NXDOMAIN")):
            text = dig(server.port, name, "MX")
            check(f"status of {name}", f"status: {status}" in text and "flags: qr aa;" in text, True)
            check(f"warnings of {name}", "WARNING" in text or "Warning" in text, False)
            check(f"SOA of {name}", "example.org.\t\t300\tIN\tSOA" in text, True)
        small = dig(server.port, "+ignore", "+noedns", "big.example.org", "TXT")
        check("truncated", "flags: qr aa tc;" in small and "MSG SIZE  rcvd: 33" in small, True)
        server.write("$FAULT servfail fail.test\n$FAULT silent silent.test\nnew.test. A 192.0.2.5\n")
        check("new", dig(server.port, "+short", "new.test", "A"), "192.0.2.5\n")
        check("gone", dig(server.port, "+short", "mail.example.org", "A"), "")
        check("servfail", "status: SERVFAIL" in dig(server.port, "fail.test", "A"), True)
        check("silent", "timed out" in dig(server.port, "+time=1", "silent.test", "A"), True)
    for problem in problems:
        print(problem)
    print(f"{checks - len(problems)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
