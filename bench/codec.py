"""Codecs in cache, in GB of input a second."""
import os
import subprocess
import sys

from peers import report

PROGRAM = os.path.join(os.environ["POSTHORN_PROGRAMS"], "..", "bench", "codec")
TARGETS = {"base64-decode-one-line": 4, "base64-decode-mime": 4}


def main():
    out = subprocess.run([PROGRAM], capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        name, rate = line.split()
        report(name, float(rate), TARGETS.get(name, "-"), "none, GB/s")


if __name__ == "__main__":
    sys.exit(main())
