#!/usr/bin/env python3
"""Compares verdicts of SPF with those of pyspf: on the openspf suite, and on records made at random."""
import collections
import json
import os
import random
import subprocess
import sys
import tempfile

try:
    import spf
    import yaml
except ImportError:  # Debian's packages are seen by Debian's interpreter alone
    if os.path.exists("/usr/bin/python3") and "POSTHORN_PYTHON" not in os.environ:
        os.execve("/usr/bin/python3", ["/usr/bin/python3", *sys.argv], {**os.environ, "POSTHORN_PYTHON": "/usr/bin/python3"})
    print("skipped: no spf and yaml (Debian: python3-spf python3-yaml)")
    sys.exit(77)

# Where the two may differ: the test, ours, theirs, and why.
ACCEPTED = {
    # RFC 7208 section 4.8 leaves open what a name with an empty or a long label is: no match, or permerror.
    "invalid-domain-empty-label": ("fail", "permerror"),
    "invalid-domain-long": ("fail", "permerror"),
    "invalid-domain-long-via-macro": ("fail", "permerror"),
    # It asks for all hosts of mx before it compares, so one without addresses behind the one that matches is counted.
    "random-119-4": ("fail", "permerror"),
}


class Zone:
    def __init__(self, data):
        self.data = {name.lower().rstrip("."): rows for name, rows in data.items()}

    def lookup(self, name, kind, *_ignored, **_options):
        rows = self.data.get(name.lower(), [])
        has_txt = any(isinstance(row, dict) and "TXT" in row for row in rows)
        silent, out = False, []
        for row in rows:
            if not isinstance(row, dict):
                silent = True
                continue
            (what, value), = row.items()
            if what == "SPF" and not has_txt:
                what = "TXT"
            if value == "NONE" or what == "SPF" or what not in (kind, "CNAME"):
                continue
            if what == "TXT":
                parts = value if isinstance(value, list) else [value]
                value = tuple(part.encode() for part in parts)
            elif what == "MX":
                value = (value[0], value[1])
            out.append(((name, what), value))
        if silent and not out:
            raise spf.TempError("DNS timeout")
        # Identical records are one: the DNS has no duplicates.
        return [row for i, row in enumerate(out) if row not in out[:i]]


def theirs(test, zone):
    spf.DNSLookup = zone.lookup
    query = spf.query(i=test["host"], s=test["mailfrom"], h=test["helo"], receiver="receiver.example", strict=1)
    query.set_default_explanation("")
    result, _code, explanation = query.check()
    # It looks for an include of the record itself before it evaluates; RFC 7208 has no such rule.
    if result == "permerror" and "trivial recursion" in explanation:
        result = "recursion"
    return result, (explanation if result == "fail" else "")


def ours(path):
    program = os.path.join(os.environ["POSTHORN_COMPARE"], "spf-suite")
    done = subprocess.run([program, path], stdout=subprocess.PIPE, check=True, timeout=100)
    return [tuple(line.decode().split(" ", 1)) for line in done.stdout.splitlines()]


def compare(path):
    with open(path, encoding="utf-8") as file:
        scenarios = list(yaml.safe_load_all(file))
    verdicts = iter(ours(path))
    count = wrong = 0
    differences = collections.Counter()
    for scenario in scenarios:
        zone = Zone(scenario["zonedata"])
        for name, test in scenario["tests"].items():
            mine, his = next(verdicts), theirs(test, zone)
            count += 1
            if mine[0] == his[0] and mine[1].lower() == his[1].lower():
                continue
            if his[0] == "recursion" or ACCEPTED.get(name) == (mine[0], his[0]):
                differences[name if name in ACCEPTED else "an include of itself"] += 1
                continue
            wrong += 1
            records = [row for rows in scenario["zonedata"].values() for row in rows][:4]
            print(f"{name}: ours {mine}, theirs {his}; {test}", records if len(records) < 4 else "")
    print(f"{os.path.basename(path)}: {count} tests, {wrong} differ; as is known: {dict(differences)}")
    return wrong == 0


HOSTS = ["one.test.example", "two.test.example", "none.test.example", "silent.test.example", "many.test.example"]
ADDRESSES = ["192.0.2.1", "192.0.2.9", "198.51.100.1", "2001:db8::1", "2001:db8:1::1"]
MACROS = ["%{d}", "%{ir}.list.%{d2}", "%{l}.one.test.example", "%{o1r}.test.example", "%{h}", "%{l1r-}.%{d2}", "%%x.test.example",
          "%{d2r}.test.example"]


def term(rng, depth):
    sign = rng.choice(["", "", "+", "-", "~", "?"])
    host = rng.choice(HOSTS + MACROS)
    bits = rng.choice(["", "", "/24", "//64", "/16//32", "/0", "//0", "/33", "/08"])
    kind = rng.choice(["a", "a", "mx", "mx", "ptr", "ip4", "ip6", "exists", "include", "bad"])
    if kind in ("a", "mx"):
        return sign + kind + rng.choice(["", ":" + host]) + bits
    if kind == "ptr":
        return sign + kind + rng.choice(["", ":test.example", ":" + host])
    if kind == "ip4":
        return sign + "ip4:" + rng.choice(["192.0.2.0/24", "198.51.100.1", "192.0.2.1/32", "10.0.0.0/8", "192.0.2.256"])
    if kind == "ip6":
        return sign + "ip6:" + rng.choice(["2001:db8::/32", "2001:db8::1", "::/0", "2001:db8:1::/64", "1:2"])
    if kind == "exists":
        return sign + "exists:" + host
    if kind == "include":
        return sign + "include:" + rng.choice([f"r{depth + 1}.test.example", "none.test.example", f"r{depth}.test.example"])
    return rng.choice(["x=y", "x.y=%{d}", "exp=why.test.example", "redirect=r2.test.example", "foo", "a:", "all", "x=%"])


def scenario(rng, number):
    zone = {"one.test.example": [{"A": "192.0.2.1"}, {"AAAA": "2001:db8::1"}, {"MX": [10, "two.test.example"]}],
            "two.test.example": [{"A": "198.51.100.1"}, {"AAAA": "2001:db8:1::1"}, {"MX": [10, "one.test.example"]},
                                 {"MX": [20, "none.test.example"]}],
            "silent.test.example": ["TIMEOUT"],
            "many.test.example": [{"MX": [i, f"m{i}.test.example"]} for i in range(rng.randint(8, 12))],
            "why.test.example": [{"TXT": "no %{i} for %{S} of %{d1r} at %{c}"}],
            "1.2.0.192.in-addr.arpa": [{"PTR": "one.test.example"}, {"PTR": "other.example"}],
            "1.2.0.192.list.test.example": [{"A": "127.0.0.2"}],
            "other.example": [{"A": "203.0.113.1"}],
            "joe.one.test.example": [{"A": "127.0.0.2"}]}
    for depth in range(4):
        words = [term(rng, depth) for _ in range(rng.randint(0, 6))]
        words.append(rng.choice(["", "-all", "~all", "redirect=r3.test.example", "-all exp=why.test.example"]))
        zone.setdefault(f"r{depth}.test.example", []).append({"TXT": "v=spf1 " + " ".join(words)})
        zone[f"r{depth}.test.example"].append({"A": rng.choice(ADDRESSES[:3])})
    tests = {f"random-{number}-{i}": {"helo": rng.choice(HOSTS), "host": rng.choice(ADDRESSES),
                                      "mailfrom": rng.choice(["joe", "a-b.c", "x+y"]) + f"@r{i % 3}.test.example", "result": "pass"}
             for i in range(6)}
    return {"description": f"random {number}", "tests": tests, "zonedata": zone}


def main():
    fine = True
    suite = os.path.join(os.environ.get("POSTHORN_SHARED_DATA", "../shared/data"), "spf/rfc7208-tests.yml")
    if os.path.exists(suite):
        fine = compare(suite)
    else:
        print("skipped: no shared data spf")
    rng = random.Random(7208)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "random.yml")
        with open(path, "w", encoding="utf-8") as file:
            for number in range(300):
                file.write("---\n" + json.dumps(scenario(rng, number)) + "\n")
        fine = compare(path) and fine
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
