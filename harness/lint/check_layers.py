#!/usr/bin/env python3
"""Checks what the linker cannot: which folder includes what, that nothing reads real time or chance, and that no text
becomes a tree of nlohmann's without the bounds of server/json/tree.hpp.

The table is the one of docs/architecture.md. A header-only use of a forbidden layer links without complaint, and system
headers are reachable from everywhere; this finds both.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# folder -> folders of ours it may include (besides itself)
MAY_INCLUDE = {
    "server/base": set(),
    "server/model": {"server/base"},
    "server/validation": {"server/base", "server/model"},
    "server/json": {"server/base", "server/model"},
    "server/expression": {"server/base", "server/model"},
    "server/storage": {"server/base", "server/model"},
    "server/storage/sqlite": {"server/base", "server/model", "server/storage"},
    "server/streams": {"server/base", "server/model", "server/json", "server/storage"},
    "server/catalog": {"server/base", "server/model", "server/json", "server/storage", "server/streams"},
    "server/plan": {"server/base", "server/model", "server/json", "server/expression", "server/storage",
                    "server/streams", "server/catalog"},
    "server/api": {"server/base", "server/model", "server/validation", "server/json", "server/expression",
                   "server/storage", "server/streams", "server/catalog", "server/plan"},
    "server/engine": {"server/base", "server/model", "server/storage"},
    "server/http": {"server/base", "server/model", "server/json", "server/storage", "server/api", "server/engine"},
    "handler": {"server/base", "server/model", "server/json"},
}
SERVER = {folder for folder in MAY_INCLUDE if folder.startswith("server/")}
MAY_INCLUDE["harness/esm"] = {"server/base", "server/model", "server/json", "server/storage", "server/streams",
                              "server/validation", "server/engine", "server/http", "harness/lambda"}
EVERYTHING = SERVER | {"handler", "harness/esm", "harness/lambda", "harness/admin", "harness/replay", "harness/cli",
                       "harness/conformance", "harness/sim", "harness/wire", "harness/fuzz", "harness/bench"}

# system headers -> the folders that may see them
OWNED_HEADERS = {
    r"sqlite3\.h": {"server/storage/sqlite"},
    r"boost/beast": {"server/http", "server/engine", "handler", "harness/lambda", "harness/replay", "harness/cli",
                     "harness/conformance", "harness/wire", "harness/bench"},
    r"boost/asio": {"server/http", "server/engine", "handler", "harness/lambda", "harness/esm", "harness/admin",
                    "harness/replay", "harness/cli", "harness/conformance", "harness/wire", "harness/bench",
                    "harness/sim"},
    r"simdjson\.h": {"server/json", "harness/bench"},
}
# Of harness/esm only the runner waits with Asio; its routes speak the router's coroutine type.
ASIO_FILES_IN_ESM = re.compile(r"runner|routes")

REAL_TIME = re.compile(r"(system|steady|high_resolution)_clock::now\(|\btime\(nullptr\)|\bgettimeofday\(|clock_gettime\(")
REAL_CHANCE = re.compile(r"random_device|\brand\(\)")
MAY_READ_TIME = {"server/base/clock.cpp"}
MAY_READ_CHANCE = {"server/base/random.cpp"}

# nlohmann's parser and printer recurse over what they are given; in programs that meet input only tree.cpp calls them.
UNBOUNDED_JSON = re.compile(r"\b(?:\w*json|Json)::(?:parse|accept|sax_parse|from_\w+)\(|(?:\.|->)dump\(|\b_json\b")
MAY_CALL_NLOHMANN = {"server/json/tree.cpp"}


def folder_of(path: pathlib.PurePath) -> str:
    parts = path.parts
    if parts[0] == "handler":
        return "handler"
    if parts[:3] == ("server", "storage", "sqlite"):
        return "server/storage/sqlite"
    return "/".join(parts[:2])


def is_test(name: str) -> bool:
    return name.endswith("_test.cpp") or "fixture" in name or "/testing/" in name


def main() -> int:
    problems = []
    sources = [p for top in ("server", "handler", "harness") for p in (ROOT / top).rglob("*") if p.suffix in (".cpp", ".hpp")]
    if len(sources) < 20:
        problems.append(f"only {len(sources)} sources found under {ROOT}: the check would prove nothing")
    for source in sorted(sources):
        path = source.relative_to(ROOT)
        name = path.as_posix()
        folder = folder_of(path)
        allowed = MAY_INCLUDE.get(folder, EVERYTHING)
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
            where = f"{name}:{number}"
            if match := re.match(r'\s*#include "((?:server|handler|harness)/[^"]+)"', line):
                target = folder_of(pathlib.PurePosixPath(match[1]))
                if target != folder and target not in allowed and not is_test(name):
                    problems.append(f"{where}: {folder} may not include {target}")
            elif match := re.match(r"\s*#include <([^>]+)>", line):
                for header, owners in OWNED_HEADERS.items():
                    if re.match(header, match[1]) and folder not in owners and not is_test(name):
                        problems.append(f"{where}: only {', '.join(sorted(owners))} may include <{match[1]}>")
                if folder == "harness/esm" and match[1].startswith("boost/asio") and not ASIO_FILES_IN_ESM.search(path.name):
                    if not is_test(name):
                        problems.append(f"{where}: in harness/esm only the runner and the routes may include Asio")
            if folder.split("/")[-1] in ("bench", "wire", "conformance", "fuzz") or is_test(name):
                continue
            if folder != "harness/sim" and UNBOUNDED_JSON.search(line) and name not in MAY_CALL_NLOHMANN:
                problems.append(f"{where}: reads or prints JSON without bounds; take json::parse_tree and json::print_tree")
            if folder != "harness/replay" and REAL_TIME.search(line) and name not in MAY_READ_TIME:
                problems.append(f"{where}: reads real time; take a base::Clock")
            if REAL_CHANCE.search(line) and name not in MAY_READ_CHANCE:
                problems.append(f"{where}: reads real chance; take a base::Random")
    for problem in problems:
        print(problem)
    print(f"{len(sources)} sources checked, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
