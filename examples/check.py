#!/usr/bin/env python3
"""Runs the examples as a reader would, and compares README's copy with the file."""
import os
import re
import smtplib
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def print_mail(program):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    child = subprocess.Popen([program, str(port)], stdout=subprocess.PIPE, text=True)
    try:
        for _ in range(200):
            try:
                with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
                    client.sendmail("a@example.net", ["b@example.org"], "Subject: hello\r\n\r\n.a dot\r\n")
                break
            except OSError:
                time.sleep(0.05)
        else:
            raise AssertionError("print-mail does not answer")
    finally:
        child.terminate()
        printed = child.communicate(timeout=20)[0]
    assert printed == "Subject: hello\n\n.a dot\n", printed


def readme():
    with open(os.path.join(HERE, "../README.md"), encoding="utf-8") as text:
        copies = re.findall(r"<!-- (examples/\S+) -->\n```cpp\n(.*?)```", text.read(), re.S)
    assert copies, "README shows no example"
    for path, copy in copies:
        with open(os.path.join(HERE, "..", path), encoding="utf-8") as source:
            assert copy == source.read(), f"README's copy of {path} differs from the file"


print_mail(sys.argv[1])
readme()
print("2 passed, 0 failed")
