"""The published vectors are what the code makes today, and an independent reader opens them: check_vectors.py PROGRAM"""
import os
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
vectors = os.path.join(here, "sealed.json")
made = subprocess.run([sys.argv[1]], capture_output=True, text=True, timeout=60, check=True).stdout
with open(vectors) as text:
    assert text.read() == made, "sealed.json is not what the program prints: the format has changed"
done = subprocess.run(["/usr/bin/python3", os.path.join(here, "open_sealed.py"), vectors], capture_output=True, text=True, timeout=60)
assert done.returncode == 0 and done.stdout == "2 slots and 6 messages open\n", done.stdout + done.stderr
# It can fail: one changed octet of a content.
broken = made.replace('"content": "j1BT', '"content": "j1BU', 1)
assert broken != made
for octets, word in [(broken, "another key"), (made.replace('"account": 7', '"account": 8'), "")]:
    path = os.path.join(os.environ.get("MESON_BUILD_ROOT", "/tmp"), "broken-sealed.json")
    with open(path, "w") as out:
        out.write(octets)
    done = subprocess.run(["/usr/bin/python3", os.path.join(here, "open_sealed.py"), path], capture_output=True, text=True, timeout=60)
    os.remove(path)
    assert done.returncode != 0 and word in done.stderr, done.stderr
print("ok")
