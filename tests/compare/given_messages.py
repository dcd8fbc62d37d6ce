#!/usr/bin/env python3
"""tools/mime-compare on the published messages: every difference is in accepted.txt, with its reason."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def main():
    folder = os.path.join(os.environ.get("POSTHORN_SHARED_DATA") or os.path.join(ROOT, "../shared/data"), "mime")
    if not os.path.isdir(folder):
        print("skipped: no shared data mime")
        return 77
    return subprocess.run([os.path.join(ROOT, "tools/mime-compare"), "--ext", "msg,eml", "--accepted", os.path.join(HERE, "accepted.txt"),
                           "--programs", os.environ["POSTHORN_COMPARE"], folder], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
