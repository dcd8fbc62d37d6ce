"""Mail authentication beside the C libraries that others embed: libopendkim and libspf2. Figures count processor time."""
import json
import os
import sys
import tempfile

import peers as p
from peers import r, report

PROGRAMS = os.path.join(os.environ["POSTHORN_PROGRAMS"], "..", "bench")
PACKAGES = ["libopendkim-dev", "libspf2-dev"]
# program -> its arguments before the seconds; each prints lines {"name": case, "rate": how often in a second}.
SIDES = {"auth-load": ["run", "{folder}"], "auth-opendkim": ["{folder}"]}
NAMES = {"auth-load": "posthorn", "auth-opendkim": "libopendkim"}
CASES = [f"{key}-{size}" for key in ("rsa", "ed25519") for size in ("4k", "1m")]
# case of ours, peer, case of the peer, target
RATIOS = [(f"dkim-{work}-{case}", "auth-opendkim", f"dkim-{work}-{case}", 1.5 if work == "verify" and case.endswith("4k") else "-")
          for work in ("verify", "sign") for case in CASES]
# The signature and one SHA-256 of the same octets: what cannot be saved.
RATIOS += [(f"dkim-{work}-{case}", "auth-load", f"bare-{work}-{case}", 0.9 if case.endswith("1m") else "-")
           for work in ("verify", "sign") for case in CASES]
RATIOS += [("canonicalize-relaxed-1m", "auth-load", "sha256-1m", "-")]


def install():
    """The peers' packages; what is new is built then."""
    p.install(PACKAGES)
    build = os.path.join(PROGRAMS, "..")
    programs = [*SIDES, "spf-eval"]
    if not all(os.path.exists(os.path.join(PROGRAMS, program)) for program in programs):
        r.run(["meson", "setup", "--reconfigure", build], timeout=300, cwd=r.ROOT)
        r.run(["ninja", "-C", build, "--quiet", *(f"bench/{program}" for program in programs)], timeout=1800)


def measured(side, folder, seconds):
    words = [word.format(folder=folder) for word in SIDES[side]]
    lines = r.run([os.path.join(PROGRAMS, side), *words, seconds], timeout=600).stdout.splitlines()
    return {line["name"]: line["rate"] for line in map(json.loads, lines)}


def spf(rounds, seconds):
    """Evaluations a second with every answer at hand; the program refuses to count where the two differ."""
    lines = r.run([os.path.join(PROGRAMS, "spf-eval"), str(rounds), seconds], timeout=600).stdout.splitlines()
    rates = {line["program"]: line["per_second"] for line in map(json.loads, lines)}
    report("spf-libspf2", rates["posthorn"] / rates["libspf2"], 5, f"libspf2 {rates['libspf2']:.0f} against {rates['posthorn']:.0f} a second")


def main():
    install()
    rounds = int(os.environ.get("ROUNDS", "3"))
    seconds = os.environ.get("CASE_SECONDS", "0.5")
    seen = {side: {} for side in SIDES}
    with tempfile.TemporaryDirectory(prefix="posthorn-auth-") as folder:
        r.run([os.path.join(PROGRAMS, "auth-load"), "make", folder])
        for _ in range(rounds):
            for side in SIDES:
                for name, rate in measured(side, folder, seconds).items():
                    seen[side].setdefault(name, []).append(rate)
    rates = {side: {name: sorted(values)[len(values) // 2] for name, values in names.items()} for side, names in seen.items()}
    for side, names in rates.items():
        for name, rate in names.items():
            print(f"{NAMES[side]:12} {name:26} {rate:10.1f} a second")
    for name, side, other, target in RATIOS:
        beside = "bare" if side == "auth-load" else NAMES[side]
        report(f"{name}-{beside}", rates["auth-load"][name] / rates[side][other], target,
               f"{NAMES[side]} {other} {rates[side][other]:.0f} against {rates['auth-load'][name]:.0f} a second")
    spf(rounds, seconds)


if __name__ == "__main__":
    sys.exit(main())
