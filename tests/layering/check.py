#!/usr/bin/env python3
"""Checks the arrows of the tree: docs/architecture.md, "Layers".

  check.py ROOT             includes point down, no cycles, every source has its test
  check.py ROOT --headers   every public header compiles alone and keeps to its budget (slower)
  check.py ROOT --self-test plants faults in a copy of the tree and demands that each is found
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

LAYERS = ["bytes", "grammar", "protocol", "service"]
HEADER_BUDGET = 65_000  # preprocessed lines (-E -P) of a public header below io
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
# What a public header below io may not bring along, nor any source of the core name.
HEAVY = ("regex", "iostream", "ranges", "asio", "openssl/", "sodium", "fmt/", "sqlite3")
IO_ONLY = ("asio", "sys/socket.h", "netinet/", "openssl/ssl.h")


def files_of(root, *tops):
    for top in tops:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".h", ".cpp")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def place_of(path):
    """'include/posthorn/protocol/imap/x.h' and 'lib/protocol/imap/x.h' -> ('protocol', 'imap')."""
    parts = path.split("/")
    if parts[:2] == ["include", "posthorn"]:
        parts = parts[2:]
    elif parts[0] in ("lib", "posthorn"):
        parts = parts[1:]
    return parts[0], (parts[1] if len(parts) > 2 else "")


def read_allowed(root):
    allowed = {}
    with open(os.path.join(root, "tests/layering/allowed.txt")) as lines:
        for line in lines:
            line = line.split("#")[0].strip()
            if line:
                folder, siblings = line.split(":")
                allowed[folder] = set(siblings.split())
    return allowed


def resolve(root, source, target):
    """The file in the tree that an include names, or None for the outside world."""
    for base in ("include", "lib", os.path.dirname(source)):
        candidate = os.path.normpath(os.path.join(base, target))
        if os.path.isfile(os.path.join(root, candidate)):
            return candidate
    return None


def check_arrow(source, target, allowed):
    (layer, folder), (to_layer, to_folder) = place_of(source), place_of(target)
    if layer == "testing":
        return None  # doubles implement ports of every layer below io
    if to_layer == "testing":
        return "production code includes testing"
    if layer == "io":
        ports = ("posthorn/protocol/session.h", "posthorn/protocol/dns/resolver.h", "posthorn/protocol/dns/records.h",
                 "posthorn/protocol/tls/demand.h", "posthorn/protocol/dane/dane.h", "posthorn/protocol/mta_sts/fetcher.h",
                 "posthorn/protocol/dmarc/public_suffixes.h")
        below = (("grammar", "dns"), ("grammar", ""), ("protocol", "proxy"))
        if to_layer in ("bytes", "io") or target.endswith(ports) or (to_layer, to_folder) in below:
            return None
        return "io may include bytes, grammar/*.h, grammar/dns, protocol/session.h, protocol/proxy and ports only"
    if layer not in LAYERS or to_layer not in LAYERS:
        return f"{layer} may not include {to_layer}"
    if LAYERS.index(to_layer) > LAYERS.index(layer):
        return "upward include"
    if layer == to_layer and layer in ("protocol", "service") and folder != to_folder and to_folder != "":
        if to_folder not in allowed.get(f"{layer}/{folder}", ()):
            return f"sideways include: {layer}/{folder} may not know {layer}/{to_folder} (tests/layering/allowed.txt)"
    return None


def check_includes(root):
    problems, graph, allowed = [], {}, read_allowed(root)
    for path in files_of(root, "include", "lib"):
        with open(os.path.join(root, path), encoding="utf-8") as text:
            names = INCLUDE.findall(text.read())
        layer = place_of(path)[0]
        graph[path] = set()
        for name in names:
            target = resolve(root, path, name)
            if target:
                graph[path].add(target)
                fault = check_arrow(path, target, allowed)
                if fault:
                    problems.append(f"{path}: includes {name}: {fault}")
            elif layer in LAYERS and name.startswith(IO_ONLY):
                problems.append(f"{path}: includes {name}: only io may")
            elif layer in LAYERS and path.startswith("include/") and name.startswith(HEAVY):
                problems.append(f"{path}: includes {name}: too heavy for a public header below io")
    return problems + find_cycles(graph)


def find_cycles(graph):
    state, stack, problems = {}, [], []

    def visit(node):
        state[node] = 1
        stack.append(node)
        for following in sorted(graph.get(node, ())):
            if state.get(following) == 1:
                problems.append("include cycle: " + " -> ".join(stack[stack.index(following):] + [following]))
            elif following not in state:
                visit(following)
        stack.pop()
        state[node] = 2

    for node in sorted(graph):
        if node not in state:
            visit(node)
    return problems


def check_mirror(root):
    """lib/a/b/c.cpp has its test in tests/a/b/c.cpp, or a line with a reason in mirror.txt."""
    excused = {}
    with open(os.path.join(root, "tests/layering/mirror.txt")) as lines:
        for line in lines:
            line = line.strip()
            if line and not line.startswith("#"):
                path, _, where = line.partition(": ")
                excused[path] = where
    problems = []
    for path in files_of(root, "lib"):
        if not path.endswith(".cpp"):
            continue
        twin = "tests/" + path[len("lib/"):]
        if os.path.isfile(os.path.join(root, twin)):
            if path in excused:
                problems.append(f"tests/layering/mirror.txt: {path} has a twin: take the line out")
            continue
        folder = os.path.dirname(path) + "/"
        where = excused.get(path) or excused.get(folder)
        if not where:
            problems.append(f"{path}: no {twin}, and no line in tests/layering/mirror.txt that says where it is tested")
        elif not os.path.exists(os.path.join(root, where.split()[0])):
            problems.append(f"tests/layering/mirror.txt: {where.split()[0]} does not exist")
    return problems


def check_headers(root):
    compiler = os.environ.get("CXX", "g++").split()
    flags = ["-std=c++23", "-I" + os.path.join(root, "include"), "-x", "c++"]
    headers = [h for h in files_of(root, "include") if place_of(h)[0] not in ("io", "testing")]

    def cost(header):
        path = os.path.join(root, header)
        alone = subprocess.run(compiler + flags + ["-fsyntax-only", "-w", path], capture_output=True, text=True)
        if alone.returncode:
            return header, -1, alone.stderr
        out = subprocess.run(compiler + flags + ["-E", "-P", "-w", path], capture_output=True, text=True)
        return header, out.stdout.count("\n"), ""

    problems, costs = [], []
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for header, lines, error in pool.map(cost, headers):
            costs.append((lines, header))
            if lines < 0:
                problems.append(f"{header}: does not compile alone:\n{error}")
            elif lines > HEADER_BUDGET:
                problems.append(f"{header}: {lines} preprocessed lines, budget {HEADER_BUDGET}")
    print("the ten most expensive public headers (preprocessed lines):")
    for lines, header in sorted(costs, reverse=True)[:10]:
        print(f"  {lines:6} {header}")
    return problems


def self_test(root):
    """Each planted fault must be reported: a check that cannot fail checks nothing."""
    plants = [
        ("include/posthorn/bytes/view.h", '#include "posthorn/grammar/cursor.h"', "upward include"),
        ("include/posthorn/grammar/cursor.h", '#include "posthorn/service/store/store.h"', "upward include"),
        ("include/posthorn/protocol/session.h", '#include <asio.hpp>', "only io may"),
        ("include/posthorn/protocol/sasl/mechanism.h", '#include "posthorn/protocol/imap/mailboxes.h"', "sideways"),
        ("include/posthorn/service/store/store.h", '#include "posthorn/service/mailbox/account.h"', "sideways"),
        ("include/posthorn/bytes/error.h", '#include "posthorn/bytes/result.h"', "include cycle"),
        ("include/posthorn/bytes/buffer.h", '#include "posthorn/testing/fakes.h"', "includes testing"),
        ("include/posthorn/bytes/strong.h", '#include <regex>', "too heavy"),
        ("lib/bytes/orphan.cpp", "// a source without a test", "no tests/bytes/orphan.cpp"),
    ]
    missed = []
    with tempfile.TemporaryDirectory() as copy:
        for top in ("include", "lib", "tests"):
            shutil.copytree(os.path.join(root, top), os.path.join(copy, top))
        for path, line, expected in plants:
            target = os.path.join(copy, path)
            before = open(target).read() if os.path.exists(target) else None
            with open(target, "a") as out:
                out.write("\n" + line + "\n")
            found = check_includes(copy) + check_mirror(copy)
            if not any(expected in problem for problem in found):
                missed.append(f"planted '{line}' in {path}: no problem with '{expected}' was reported")
            if before is None:
                os.remove(target)
            else:
                with open(target, "w") as out:
                    out.write(before)
    return missed


def main():
    root = os.path.abspath(sys.argv[1])
    mode = sys.argv[2] if len(sys.argv) > 2 else ""
    if mode == "--headers":
        problems = check_headers(root)
    elif mode == "--self-test":
        problems = self_test(root)
    else:
        problems = check_includes(root) + check_mirror(root)
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
