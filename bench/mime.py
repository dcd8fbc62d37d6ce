"""Parsing and decoding messages beside GMime 3, VMime and mimetic: speed, memory, allocations, and growth on hostile input."""
import glob
import os
import re
import subprocess
import sys
import tarfile
import tempfile

import mime_corpus
import peers as p
from peers import r, report

PROGRAMS = os.path.join(os.environ["POSTHORN_PROGRAMS"], "..", "bench")
PACKAGES = ["libgmime-3.0-dev", "libvmime-dev", "libmimetic-dev"]
SHARED = os.environ.get("POSTHORN_SHARED_DATA") or os.path.join(r.ROOT, "../shared/data")
SIDES = ["load", "gmime", "vmime", "mimetic"]
NAMES = {"load": "posthorn", "gmime": "GMime", "vmime": "VMime", "mimetic": "mimetic"}
HOSTILE_SECONDS = 10


def install():
    """The peers' packages; what is new is built then."""
    p.install(PACKAGES)
    build = os.path.join(PROGRAMS, "..")
    if not all(os.path.exists(os.path.join(PROGRAMS, "mime-" + side)) for side in SIDES):
        r.run(["meson", "setup", "--reconfigure", build], timeout=300, cwd=r.ROOT)
        r.run(["ninja", "-C", build, "--quiet"], timeout=1800)


def given_messages():
    for path in sorted(glob.glob(SHARED + "/mime/**/*.msg", recursive=True) + glob.glob(SHARED + "/mime/**/*.eml", recursive=True)):
        with open(path, "rb") as file:
            yield file.read()
    if os.path.exists(SHARED + "/spam/dev.tar.xz"):
        with tarfile.open(SHARED + "/spam/dev.tar.xz") as tar:
            for member in tar:
                if member.isfile():
                    yield tar.extractfile(member).read()


def program(side, *arguments, timeout=600):
    return r.run([os.path.join(PROGRAMS, "mime-" + side), *arguments], timeout=timeout).stdout


def passes(corpus, rounds):
    """side -> {"full": seconds, "structure": seconds, "peak": KiB}; the middle of the rounds, the sides by turns."""
    seen = {side: {"full": [], "structure": [], "peak": []} for side in SIDES}
    for _ in range(rounds):
        for side in SIDES:
            out = program(side, corpus, "1")
            for what in ("full", "structure", "peak"):
                seen[side][what] += [float(n) for n in re.findall(rf"^{what} ([\d.]+)$", out, re.M)]
            seen[side]["work"] = re.search(r"^work (.*)$", out, re.M).group(1)
    return {side: {what: sorted(v)[len(v) // 2] if isinstance(v, list) else v for what, v in values.items()} for side, values in seen.items()}


def speed(folder, rounds):
    corpus = folder + "/corpus"
    count, octets = mime_corpus.write(corpus, given_messages())
    print(f"corpus: {count} messages, {octets / 1e6:.1f} MB", flush=True)
    seen = passes(corpus, rounds)
    for side in SIDES:
        s = seen[side]
        print(f"{NAMES[side]:9} full {octets / s['full'] / 1e6:7.1f} MB/s {count / s['full']:8.0f} messages/s   structure {octets / s['structure'] / 1e6:7.1f} MB/s"
              f" {count / s['structure']:8.0f} messages/s   peak {s['peak'] / 1024:.1f} MB above the corpus", flush=True)
        print(f"          {s['work']}")
    ours = seen["load"]
    for side, target in (("gmime", 5), ("vmime", 10), ("mimetic", "-")):
        report(f"mime-full-{side}", seen[side]["full"] / ours["full"], target,
               f"{NAMES[side]} {octets / seen[side]['full'] / 1e6:.0f} MB/s against {octets / ours['full'] / 1e6:.0f} MB/s")
        report(f"mime-structure-{side}", seen[side]["structure"] / ours["structure"], "-",
               f"{NAMES[side]} {octets / seen[side]['structure'] / 1e6:.0f} MB/s against {octets / ours['structure'] / 1e6:.0f} MB/s")
        report(f"mime-memory-{side}", seen[side]["peak"] / max(ours["peak"], 1), "-",
               f"{NAMES[side]} {seen[side]['peak'] / 1024:.1f} MB against {ours['peak'] / 1024:.1f} MB")
    report("mime-structure-1GB/s", octets / ours["structure"] / 1e9, 1, f"the target of 1000 MB/s against {octets / ours['structure'] / 1e6:.0f} MB/s")
    print(program("load", "--stages", corpus), end="")
    full, structure, field, walk, tokens = program("load", "--allocations", corpus).split()[1:]
    print(f"allocations: {full} for each message read in full ({field} for each header field), {structure} for its structure alone")
    report("mime-allocations-per-token", 1 / (1 + int(walk)), 1, f"none against {walk} for {tokens} fields and parameters")


def alone():
    lines, whole = re.findall(r"base64 ([\d.]+)", program("load", "--base64"))
    report("base64-4GB/s", float(lines) / 4, 1, f"the target of 4 GB/s against {lines} GB/s in lines, {whole} GB/s in one line")
    small, large = (re.search(r"push (\d+) ([\d.]+)", program("load", "--push", str(size))).groups() for size in (10_000_000, 1_000_000_000))
    print(f"push: {small[0]} KiB for a body of 10 MB, {large[0]} KiB for one of 1 GB ({large[1]} GB/s)")
    report("mime-push-memory", int(small[0]) / int(large[0]), 0.9, f"the same at 10 MB, {small[0]} KiB, against {large[0]} KiB at 1 GB")


def one(side, path, what="full"):
    """Seconds for one message, the best of three; None when it does not come to an end in time or dies."""
    seconds = []
    for _ in range(3):
        try:
            done = subprocess.run([os.path.join(PROGRAMS, "mime-" + side), "--one", path, what], capture_output=True, text=True,
                                  timeout=HOSTILE_SECONDS)
        except subprocess.TimeoutExpired:
            return None
        if done.returncode != 0:
            return None
        seconds.append(float(done.stdout.split()[1]))
        if seconds[-1] > 2:
            break
    return min(seconds)


def hostile(folder):
    """Ours as it is, with every limit lifted so that no limit hides a cost, and what else reads whole messages."""
    print("hostile input: seconds at n/4, n/2 and n, growth for each doubling (2 is linear), ns for each octet;"
          f" '-' is more than {HOSTILE_SECONDS} s or a crash")
    path = folder + "/hostile"
    sides = {"posthorn": ("load", "full"), "unlimited": ("load", "unlimited"), "beside": ("load", "beside"), "GMime": ("gmime", "full")}
    for name, (make, largest) in mime_corpus.HOSTILE.items():
        rows = {side: [] for side in sides}
        for size in (largest // 4, largest // 2, largest):
            with open(path, "wb") as out:
                octets = out.write(make(size))
            for side, values in rows.items():
                values.append(None if None in values else one(sides[side][0], path, sides[side][1]))
        grown = {}
        for side, values in rows.items():
            # Below a few milliseconds the noise is larger than the growth.
            grown[side] = float("inf") if None in values else (values[2] / max(values[0], 0.005)) ** 0.5
            print(f"{name:24} {side:9}" + "".join("        -" if v is None else f" {v:8.4f}" for v in values) + f"   growth {grown[side]:5.2f}"
                  + ("" if values[2] is None else f" {values[2] / octets * 1e9:8.1f} ns/octet"), flush=True)
        worst = max(grown[side] for side in sides if sides[side][0] == "load")
        report(f"mime-linear-{name}", 2 / max(worst, 2), 0.8, f"linear growth of 2 against {worst:.2f}")


def main():
    install()
    wanted = set(os.environ.get("PARTS", "speed alone hostile").split())
    with tempfile.TemporaryDirectory(prefix="posthorn-mime-") as folder:
        if "speed" in wanted:
            speed(folder, int(os.environ.get("ROUNDS", "3")))
        if "alone" in wanted:
            alone()
        if "hostile" in wanted:
            hostile(folder)


if __name__ == "__main__":
    sys.exit(main())
