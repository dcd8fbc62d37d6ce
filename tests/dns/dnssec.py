#!/usr/bin/env python3
"""io::DnsClient against nsd with zones that ldns-signzone signed: secure, insecure and bogus. dnssec.py DNS-ASK"""
import glob
import os
import socket
import subprocess
import sys
import tempfile
import time

ZONE = """$ORIGIN {name}.
$TTL 300
@ IN SOA ns hostmaster 1 7200 1800 1209600 60
@ IN NS ns
ns IN A 127.0.0.1
@ IN MX 10 mail
@ IN TXT "v=spf1 -all"
mail IN A 192.0.2.1
_25._tcp.mail IN TLSA 3 1 1 {hash}
www IN CNAME mail
out IN CNAME mail.plain.test.
"""


def run(*arguments, folder):
    done = subprocess.run(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 0, f"{arguments}: {done.stdout}"
    return done.stdout.strip()


def make_zones(folder):
    """Signs signed.test and wrong.test; leaves plain.test; then changes a record of wrong.test behind its signature."""
    for name in ("signed", "wrong", "plain"):
        with open(f"{folder}/{name}", "w") as out:
            out.write(ZONE.format(name=f"{name}.test", hash="ab" * 32))
    anchors = ""
    for name in ("signed", "wrong"):
        key = run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", f"{name}.test", folder=folder)
        run("ldns-signzone", "-n", "-f", f"{name}.signed", name, key, folder=folder)
        anchors += open(glob.glob(f"{folder}/{key}.ds")[0]).read()
    text = open(f"{folder}/wrong.signed").read()
    assert "192.0.2.1" in text
    with open(f"{folder}/wrong.signed", "w") as out:
        out.write(text.replace("192.0.2.1", "192.0.2.66"))
    with open(f"{folder}/anchors", "w") as out:
        out.write(anchors)


def configure(folder, port):
    zones = {"signed.test": "signed.signed", "wrong.test": "wrong.signed", "plain.test": "plain"}
    with open(f"{folder}/nsd.conf", "w") as out:
        out.write(f"""server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  xfrdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  rrl-ratelimit: 0
  server-count: 1
remote-control:
  control-enable: no
""" + "".join(f'zone:\n  name: {zone}\n  zonefile: "{file}"\n' for zone, file in zones.items()))


def wait_for(port, child, log):
    end = time.monotonic() + 20
    while True:
        assert child.poll() is None and time.monotonic() < end, f"nsd does not serve:\n{open(log).read()}"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
            return
        except OSError:
            time.sleep(0.05)


WANTED = {
    "signed.test MX": "found secure 1 -",
    "_25._tcp.mail.signed.test TLSA": "found secure 1 -",
    "www.signed.test A": "found secure 1 mail.signed.test",
    "mail.signed.test AAAA": "no_data secure 0 -",
    "nobody.signed.test A": "no_name secure 0 -",
    "out.signed.test A": "found insecure 1 mail.plain.test",  # an alias to a zone without signatures
    "plain.test MX": "found insecure 1 -",
    "nobody.plain.test A": "no_name insecure 0 -",
    "wrong.test MX": "found secure 1 -",
    "mail.wrong.test A": "unavailable insecure 0 -",
    "www.wrong.test A": "unavailable insecure 0 -",
}


def main():
    problems, checks, ask = [], 0, os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        make_zones(folder)
        configure(folder, port)
        log = f"{folder}/log"
        with open(log, "w") as out:
            child = subprocess.Popen(["nsd", "-d", "-c", f"{folder}/nsd.conf"], stdout=out, stderr=out)
        try:
            wait_for(port, child, log)
            words = [word for question in WANTED for word in question.split()]
            said = run(ask, "--forwarder", f"127.0.0.1@{port}", "--ordinary", "test", "--anchor", f"{folder}/anchors", *words,
                       folder=folder).split("\n")
            stub = run(ask, *(w for z in ("signed", "plain") for w in ("--stub", f"{z}.test=127.0.0.1@{port}")), "--ordinary", "test",
                       "--anchor", f"{folder}/anchors", "signed.test", "MX", folder=folder).split("\n")
            unanchored = run(ask, "--forwarder", f"127.0.0.1@{port}", "--ordinary", "test", "mail.wrong.test", "A",
                             folder=folder).split("\n")
        finally:
            child.terminate()
            child.wait(20)
    answers = {" ".join(line.split()[:2]): " ".join(line.split()[2:]) for line in said if not line.startswith("bogus ")}
    for question, wanted in WANTED.items():
        checks += 1
        if answers.get(question) != wanted:
            problems.append(f"{question}: got {answers.get(question)}, wanted {wanted}")
    reasons = [line for line in said if line.startswith("bogus ")]
    for what, holds in {"two bogus answers are noticed": len(reasons) == 2 and all("mail.wrong.test" in r or "www.wrong.test" in r for r in reasons),
                        "a reason is given": all(len(r.split()) > 4 for r in reasons),
                        "a stub zone validates": stub == ["signed.test MX found secure 1 -"],
                        "nothing is bogus without anchors": unanchored == ["mail.wrong.test A found insecure 1 -"]}.items():
        checks += 1
        if not holds:
            problems.append(f"{what}: {reasons} {stub} {unanchored}")
    for problem in problems:
        print(problem)
    print(f"{checks - len(problems)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
