#!/usr/bin/env python3
"""Another reader, python3-authres, finds in our fields Authentication-Results what they are meant to say."""
import json
import os
import subprocess
import sys

try:
    import authres
except ImportError:  # Debian's packages are seen by Debian's interpreter alone
    if os.path.exists("/usr/bin/python3") and "POSTHORN_PYTHON" not in os.environ:
        os.execve("/usr/bin/python3", ["/usr/bin/python3", *sys.argv], {**os.environ, "POSTHORN_PYTHON": "/usr/bin/python3"})
    print("skipped: no authres (Debian: python3-authres)")
    sys.exit(77)


def read(text):
    field = authres.AuthenticationResultsHeader.parse(text)
    return {"id": field.authserv_id, "results": [
        {"method": result.method, "result": result.result, "reason": result.reason or "",
         "properties": [[p.type, p.name, p.value] for p in result.properties]}
        for result in field.results if not isinstance(result, authres.NoneAuthenticationResult)]}


def main():
    program = os.path.join(os.environ["POSTHORN_COMPARE"], "auth-results")
    lines = subprocess.run([program], capture_output=True, check=True, text=True, timeout=60).stdout.splitlines()
    wrong = 0
    for line in lines:
        meant = json.loads(line)
        text = meant.pop("text")
        assert text.endswith("\r\n") and all(len(part) <= 998 for part in text.split("\r\n")), text
        try:
            found = read(text.rstrip("\r\n"))
        except authres.AuthResError as error:
            found = repr(error)
        if found != meant:
            wrong += 1
            print(text, "\n  meant", meant, "\n  read ", found)
    print(f"{len(lines)} fields, {wrong} read otherwise")
    sys.exit(1 if wrong or len(lines) < 40 else 0)


if __name__ == "__main__":
    main()
