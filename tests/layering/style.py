#!/usr/bin/env python3
"""The style rules that a search can check: docs/conventions.md, "Rules that tests check".

  style.py ROOT             all rules
  style.py ROOT --self-test plants one offence per rule and demands that it is found
"""
import os
import re
import sys
import tempfile

BELOW_IO = ("bytes", "grammar", "protocol", "service")
CORE = ("bytes", "grammar", "protocol")
MAX_FILE_LINES = 600
MAX_WIDTH = 120


class Rule:
    def __init__(self, name, pattern, why, layers=None, tops=("include", "lib", "servers"), spared=()):
        self.name, self.pattern, self.why = name, re.compile(pattern), why
        self.layers, self.tops, self.spared = layers, tops, spared


RULES = [
    Rule("wall clock", r"\b(system_clock|steady_clock)::now|\btime\(\s*(nullptr|NULL|0)|\bgettimeofday\b|\bclock_gettime\b",
         "time is an argument below io, but for storage engines", BELOW_IO, spared=("lib/service/store/",)),
    Rule("randomness", r"\b(random_device|mt19937|s?rand\(|getrandom|RAND_bytes|randombytes)\b",
         "randomness is an argument below io", BELOW_IO),
    Rule("environment", r"\b(secure_)?getenv\(", "no environment below the servers", BELOW_IO + ("io",)),
    Rule("console", r"std::(cout|cerr|clog)\b|\bf?printf\(|#include <iostream>", "the library prints nothing", BELOW_IO + ("io",)),
    Rule("threads in the core", r"#include <(thread|mutex|atomic|condition_variable|future)>",
         "protocol machines are single-threaded values", CORE),
    Rule("files", r"#include <(fstream|filesystem|fcntl\.h|sys/stat\.h)>|\bfopen\(", "no files below io, but for storage engines",
         BELOW_IO, spared=("lib/service/store/",)),
    Rule("sockets", r"#include <(sys/socket|netinet/|arpa/)", "sockets belong to io", BELOW_IO),
    Rule("std::regex", r"#include <regex>", "slow to compile and to run"),
    Rule("old C", r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|atoi|atol)\(", "length-blind"),
    Rule("naked new", r"(?<![\w.])new\s+[A-Za-z_:]+\s*[({\[]|\bdelete\s+[a-z_]", "own by unique_ptr"),
    Rule("co_await with a brace", r"co_await\b[^;]*\{", "g++ 12 destroys such temporaries twice"),
    Rule("co_await in ?:", r"\?[^;:]*co_await\b[^;]*:", "g++ 12 miscompiles it"),
    Rule("empty name", r"\b(class|struct)\s+\w*(Manager|Helper|Util|Utils|Context|Impl|Base)\b", "says nothing"),
    Rule("macro", r"^\s*#\s*define\b", "no macros", tops=("include", "lib", "servers")),
    Rule("using namespace in a header", r"^\s*using namespace\b", "leaks into every includer", tops=("include",)),
    Rule("unfinished", r"\b(TODO|FIXME|XXX)\b|not implemented", "finish it or leave it out",
         tops=("include", "lib", "servers", "examples", "tests", "fuzz", "bench", "tools")),
]


def sources(root, tops):
    for top in tops:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".h", ".cpp")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def layer_of(path):
    parts = path.split("/")
    if parts[:2] == ["include", "posthorn"]:
        return parts[2]
    return parts[1] if parts[0] == "lib" else parts[0]


def without_comments(text):
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
    return re.sub(r"(^|\s)//[^\n]*", r"\1", text)


def check_rules(root):
    problems = []
    for rule in RULES:
        for path in sources(root, rule.tops):
            if (rule.layers and layer_of(path) not in rule.layers) or path.startswith(rule.spared or ("\0",)):
                continue
            text = open(os.path.join(root, path), encoding="utf-8").read()
            if rule.name != "unfinished":
                text = without_comments(text)
                text = re.sub(r'(?m)^(?!\s*#)(.*)$', lambda m: re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', m.group(0)), text)
            for number, line in enumerate(text.split("\n"), 1):
                if rule.pattern.search(line) and "NOLINT(posthorn" not in line:
                    problems.append(f"{path}:{number}: {rule.name}: {rule.why}")
    return problems


def check_shape(root):
    problems = []
    for path in sources(root, ("include", "lib", "servers", "examples", "tests", "fuzz", "bench")):
        lines = open(os.path.join(root, path), encoding="utf-8").read().split("\n")
        if len(lines) > MAX_FILE_LINES + 1 and not path.startswith("tests/"):
            problems.append(f"{path}: {len(lines)} lines; a file over {MAX_FILE_LINES} does more than one job")
        for number, line in enumerate(lines, 1):
            if len(line) > MAX_WIDTH + 10 and not path.startswith("tests/") and "http" not in line:
                problems.append(f"{path}:{number}: {len(line)} columns")
            if line != line.rstrip():
                problems.append(f"{path}:{number}: space at the end of the line")
        if path.endswith(".h") and "#pragma once" not in lines and "/pch/" not in path:
            problems.append(f"{path}: no #pragma once")
    return problems


def check_mains(root):
    problems = []
    for folder, _, names in os.walk(os.path.join(root, "servers")):
        if "main.cpp" in names:
            path = os.path.join(folder, "main.cpp")
            count = open(path, encoding="utf-8").read().count("\n")
            if count >= 150:
                problems.append(f"{os.path.relpath(path, root)}: {count} lines; a main parses, builds and listens in under 150")
    return problems


def check(root):
    return check_rules(root) + check_shape(root) + check_mains(root)


def self_test():
    offences = {
        "wall clock": "auto t = std::chrono::system_clock::now();", "randomness": "std::random_device d;",
        "environment": 'auto v = getenv("X");', "console": "std::cout << 1;", "threads in the core": "#include <thread>",
        "files": "#include <fstream>", "sockets": "#include <sys/socket.h>", "std::regex": "#include <regex>",
        "old C": "strcpy(a, b);", "naked new": "auto* p = new Thing(1);",
        "co_await with a brace": "co_await send({1, 2});", "co_await in ?:": "auto x = c ? co_await a() : b;",
        "empty name": "class StoreManager {", "macro": "#define X 1",
        "using namespace in a header": "using namespace std;", "unfinished": "// TO" + "DO: later",
    }
    missed = [f"rule '{rule.name}' has no offence to prove it" for rule in RULES if rule.name not in offences]
    with tempfile.TemporaryDirectory() as root:
        path = os.path.join(root, "include/posthorn/bytes/planted.h")
        os.makedirs(os.path.dirname(path))
        for name, offence in offences.items():
            with open(path, "w") as out:
                out.write("#pragma once\n" + offence + "\n")
            if not any(f": {name}: " in problem for problem in check_rules(root)):
                missed.append(f"rule '{name}' does not see: {offence}")
    return missed


def main():
    problems = self_test() if "--self-test" in sys.argv else check(os.path.abspath(sys.argv[1]))
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
