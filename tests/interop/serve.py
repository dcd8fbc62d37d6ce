#!/usr/bin/env python3
"""tools/serve as a new user sees it: the lines that it prints work as printed, and a second start keeps the mail."""
import os
import re
import signal
import subprocess
import sys
import tempfile

import rig as r


def start(folder):
    child = subprocess.Popen([os.path.join(r.ROOT, "tools/serve"), "--dir", folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, start_new_session=True)
    printed = ""
    for line in child.stdout:
        printed += line
        if "Ctrl-C stops" in line:
            return child, printed
    raise AssertionError(f"tools/serve ended with {child.wait()}:\n{printed}")


def stop(child):
    os.killpg(child.pid, signal.SIGINT)  # what Ctrl-C does
    assert child.wait(30) == 0


def lines_of(printed, program):
    return re.findall(rf"^  ({program} .*)$", printed, re.M)


def main():
    with tempfile.TemporaryDirectory(prefix="posthorn-serve-") as folder:
        child, printed = start(folder)
        try:
            assert len(re.findall(r"^  \w+@example\.org   \S+$", printed, re.M)) == 2, printed
            swaks, = lines_of(printed, "swaks")
            imap, pop3 = lines_of(printed, "curl")
            r.run(["sh", "-c", swaks])
            assert "It works." in r.run(["sh", "-c", imap]).stdout
            assert "It works." in r.run(["sh", "-c", pop3]).stdout
        finally:
            stop(child)
        child, again = start(folder)
        try:
            assert "mailbox passwd" in again, again
            r.run(["sh", "-c", lines_of(again, "swaks")[0]])
            assert "It works." in r.run(["sh", "-c", re.sub(r"/1'$", "/2'", pop3)]).stdout
        finally:
            stop(child)
    print("1 passed, 0 failed")


if __name__ == "__main__":
    sys.exit(main())
