#!/usr/bin/env python3
"""Checks what the linker cannot: which folder includes what, that nothing reads a clock, waits or draws chance by itself,
and that no text becomes a tree of nlohmann's without the bounds of server/json/tree.hpp.

The table is the one of docs/architecture.md. A header-only use of a forbidden layer links without complaint, and system
headers are reachable from everywhere; this finds both.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Folders that are cut into layers of their own: who may include the folder may include these.
EXPRESSION = {"server/expression/syntax", "server/expression/terms", "server/expression"}
STREAMS = {"server/streams/record", "server/streams", "server/streams/resharding"}
PLAN = {"server/plan/context", "server/plan"}
PARTIQL = {"server/partiql/syntax", "server/partiql"}
HTTP = {"server/http/message", "server/http/routing", "server/http"}

# folder -> folders of ours it may include (besides itself)
MAY_INCLUDE = {
    "server/base": set(),
    "server/time": {"server/base"},
    "server/model": {"server/base"},
    "server/validation": {"server/base", "server/model"},
    "server/json": {"server/base", "server/model"},
    "server/members": {"server/base", "server/model", "server/json", "server/validation"},
    "server/expression/syntax": {"server/base", "server/model"},
    "server/expression/terms": {"server/base", "server/model", "server/expression/syntax"},
    "server/expression": {"server/base", "server/model", "server/expression/syntax", "server/expression/terms"},
    "server/storage": {"server/base", "server/model"},
    "server/storage/sqlite/database": {"server/base", "server/storage"},
    "server/storage/sqlite/tables": {"server/base", "server/storage", "server/storage/sqlite/database"},
    "server/storage/sqlite": {"server/base", "server/model", "server/storage", "server/storage/sqlite/database",
                              "server/storage/sqlite/tables"},
    "server/vectors": {"server/base", "server/model", "server/storage"},
    "server/streams/record": {"server/base", "server/model", "server/storage"},
    "server/streams": {"server/base", "server/model", "server/json", "server/storage", "server/streams/record"},
    "server/streams/resharding": {"server/base", "server/model", "server/storage", "server/streams"},
    "server/catalog": {"server/base", "server/model", "server/json", "server/storage", "server/streams"},
    "server/plan/context": {"server/base", "server/model", "server/json", "server/storage", "server/streams", "server/catalog",
                            "server/vectors"},
    "server/plan": {"server/base", "server/model", "server/json", *EXPRESSION, "server/storage", *STREAMS, "server/catalog",
                    "server/plan/context", "server/vectors"},
    "server/partiql/syntax": {"server/base", "server/model", "server/expression/syntax"},
    "server/partiql": {"server/base", "server/model", "server/json", *EXPRESSION, "server/storage", *PLAN, "server/partiql/syntax"},
    "server/backups": {"server/base", "server/model", "server/json", "server/storage", "server/catalog", *PLAN},
    "server/replication": {"server/base", "server/model", "server/json", "server/storage", *STREAMS, "server/vectors", "server/catalog",
                           *PLAN},
    "server/jobs": {"server/base", "server/model", "server/json", "server/storage", *STREAMS, "server/catalog", *PLAN,
                    "server/backups", "server/replication", "server/vectors"},
    "server/transfers/format": {"server/base", "server/model"},
    "server/transfers": {"server/base", "server/model", "server/json", *EXPRESSION, "server/storage", *STREAMS, "server/vectors",
                         "server/catalog", *PLAN, "server/backups", "server/transfers/format"},
    "server/api": {"server/base", "server/model", "server/validation", "server/json", "server/members",
                   *EXPRESSION, "server/storage", *STREAMS, "server/catalog", *PLAN, *PARTIQL, "server/backups",
                   "server/replication", "server/jobs", "server/transfers", "server/transfers/format", "server/vectors"},
    "server/engine": {"server/base", "server/time", "server/model", "server/storage"},
    "server/signing": {"server/base", "server/time", "server/model", "server/http_client"},
    "server/objects": {"server/base", "server/time", "server/model", "server/storage", "server/transfers", "server/signing", "server/engine", "server/http_client"},
    "server/http/message": {"server/base", "server/time", "server/json"},
    "server/http/routing": {"server/base", "server/time", "server/model", "server/json", "server/api", "server/signing", "server/engine", "server/http/message"},
    "server/http": {"server/base", "server/time", "server/engine", "server/http/message", "server/http/routing"},
    "server/http_client": set(),
    "server/rest": {"server/base", "server/model", "server/json", "server/validation", "server/http", *HTTP},
    "handler": {"server/base", "server/time", "server/model", "server/json", "server/http_client"},
}
SERVER = {folder for folder in MAY_INCLUDE if folder.startswith("server/")}
# harness/lambda: the folder itself puts together what the folders below it are.
MAY_INCLUDE["harness/lambda/control"] = {"server/base", "server/model", "server/json", "server/validation", "server/storage",
                                         "server/rest"}
MAY_INCLUDE["harness/lambda/catalog"] = {"server/base", "server/model", "server/storage", "harness/lambda/control"}
MAY_INCLUDE["harness/lambda/invocation"] = {"server/base", "server/json", "harness/lambda/control"}
MAY_INCLUDE["harness/lambda/runtime_api"] = {"server/base", "server/time", "server/model", "server/json", *HTTP,
                                             "harness/lambda/invocation"}
MAY_INCLUDE["harness/lambda/sandbox"] = {"handler", "server/base", "server/time", "server/model", "server/storage",
                                         "harness/lambda/control", "harness/lambda/invocation",
                                         "harness/lambda/runtime_api"}
MAY_INCLUDE["harness/lambda/runtimes"] = {"handler", "server/base", "server/time", "server/model", "harness/lambda/control",
                                          "harness/lambda/invocation", "harness/lambda/runtime_api",
                                          "harness/lambda/sandbox"}
LAMBDA = {folder for folder in MAY_INCLUDE if folder.startswith("harness/lambda/")}
MAY_INCLUDE["harness/lambda"] = SERVER | LAMBDA | {"handler"}
# harness/esm: only the folder itself waits, in the engine; what it performs is decided in the folders below it.
MAY_INCLUDE["harness/esm/source"] = {"server/base", "server/time", "server/model", "server/json", "server/storage", *STREAMS}
MAY_INCLUDE["harness/esm/filter"] = {"server/base", "server/json", "harness/esm/source"}
MAY_INCLUDE["harness/esm/delivery"] = {"server/base", "server/json", "server/storage", *STREAMS,
                                       "harness/lambda/invocation", "harness/esm/source"}
MAY_INCLUDE["harness/esm/control"] = {"server/base", "server/model", "server/json", "server/validation", "server/storage",
                                      *STREAMS, "server/rest", "harness/lambda/control",
                                      "harness/lambda/catalog", "harness/esm/source", "harness/esm/filter"}
MAY_INCLUDE["harness/esm/driver"] = {"server/base", "server/time", "server/model", "server/storage", *STREAMS,
                                     "harness/lambda/invocation", "harness/esm/source", "harness/esm/filter",
                                     "harness/esm/delivery", "harness/esm/control"}
MAY_INCLUDE["harness/esm/dead_letters"] = {"server/base", "server/json", "server/storage", *STREAMS, "harness/esm/source",
                                           "harness/esm/delivery"}
ESM = {folder for folder in MAY_INCLUDE if folder.startswith("harness/esm/")}
MAY_INCLUDE["harness/esm"] = {"server/base", "server/time", "server/model", "server/json", "server/storage", *STREAMS,
                              "server/engine", *HTTP, "server/rest", "harness/lambda/control",
                              "harness/lambda/catalog", "harness/lambda/invocation", "harness/destinations"} | ESM
MAY_INCLUDE["harness/destinations"] = {"server/base", "server/time", "server/model", "server/json", "server/storage", *STREAMS,
                                       "server/engine", "server/http_client", "server/signing", "server/objects"}
MAY_INCLUDE["harness/emulator"] = SERVER | LAMBDA | ESM | {"handler", "harness/lambda", "harness/esm", "harness/destinations",
                                                           "harness/admin"}
EVERYTHING = SERVER | LAMBDA | ESM | {"handler", "harness/esm", "harness/lambda", "harness/destinations", "harness/admin", "harness/replay", "harness/emulator", "harness/cli", "harness/cli/problems",
                       "harness/conformance", "harness/sim", "harness/wire", "harness/fuzz", "harness/bench"}

# system headers -> the folders that may see them
OWNED_HEADERS = {
    r"sqlite3\.h": {"server/storage/sqlite/database"},
    r"boost/beast": {"server/http/message", "server/http", "server/http_client", "server/engine", "harness/bench"},
    r"boost/asio": {*HTTP, "server/http_client", "server/rest", "server/engine", "server/objects", "handler", *LAMBDA, "harness/lambda", "harness/esm", "harness/destinations", "harness/admin",
                    "harness/replay", "harness/emulator", "harness/cli", "harness/conformance", "harness/wire",
                    "harness/bench", "harness/sim"},
    r"simdjson\.h": {"server/json", "harness/bench"},
    r"pugixml\.hpp": {"server/objects"},
}
# Every way to read a clock. EmulatedTime and RealTime are the only two there are.
CLOCK = re.compile(r"_clock::now\(|\btime\((?:nullptr|NULL|0|&\w+)\)|\b(?:gettimeofday|clock_gettime|timespec_get|ftime)\(|"
                   r"\b(?:universal_time|local_time)\(\)")
MAY_READ_CLOCKS = {
    "server/time/machine_clock.cpp",  # for both times
}
# Every way to wait until a time, or for as long as one.
WAIT = re.compile(r"\b(?:expires_after|expires_at|expires_from_now|run_for|run_until|run_one_for|run_one_until)\(|"
                  r"\b(?:wait_for|wait_until|sleep_for|sleep_until|try_lock_for|try_lock_until|try_acquire_for|"
                  r"try_acquire_until)\(|(?<![\w:.>])(?:::)?(?:sleep|usleep|nanosleep|clock_nanosleep|alarm|ualarm|setitimer|"
                  r"timer_settime|timerfd_settime|timerfd_create|poll|ppoll|select|pselect|epoll_wait|epoll_pwait|"
                  r"sigtimedwait|sem_timedwait|pthread_cond_timedwait)\(|"
                  r"\basio(?:::|/)(?:basic_waitable|steady|system|high_resolution|deadline)_timer\b|\bSO_(?:RCV|SND)TIMEO\b")
MAY_WAIT = {
    "server/engine/asio_alarm.hpp",  # what wakes the timers of both times up
    "server/engine/asio_alarm.cpp",
    "harness/lambda/runtime_api/runtime_api_conversation.cpp",  # a timer that never runs out: cancelling it wakes who waits
    "harness/lambda/runtimes/in_process_invoker.cpp",  # close() gives the thread of a handler a moment to end
    "server/http_client/connection.cpp",  # of programs with no other time: their patience with a server
    "handler/runtime.cpp",  # a process of its own: it has no other time
}
# Talks to a server, and is no part of one.
HAS_A_TIME_OF_ITS_OWN = {"harness/replay"}

REAL_CHANCE = re.compile(r"random_device|\brand\(\)")
MAY_READ_CHANCE = {"server/base/random.cpp"}

# nlohmann's parser and printer recurse over what they are given; in programs that meet input only tree.cpp calls them.
UNBOUNDED_JSON = re.compile(r"\b(?:\w*json|Json)::(?:parse|accept|sax_parse|from_\w+)\(|(?:\.|->)dump\(|\b_json\b")
MAY_CALL_NLOHMANN = {"server/json/tree.cpp"}


def folder_of(path: pathlib.PurePath) -> str:
    parts = path.parts
    if parts[0] == "handler":
        return "handler"
    for length in range(len(parts) - 1, 2, -1):
        folder = "/".join(parts[:length])
        if folder in MAY_INCLUDE:
            return folder
    return "/".join(parts[:2])


def is_test(name: str) -> bool:
    return name.endswith("_test.cpp") or "fixture" in name or "/testing/" in name


def problems_with_time(name: str, folder: str, line: str) -> list[str]:
    """What is wrong with how a line reads or waits for time."""
    code = line.split("//", 1)[0]
    problems = []
    if folder not in HAS_A_TIME_OF_ITS_OWN:
        if CLOCK.search(code) and name not in MAY_READ_CLOCKS:
            problems.append("reads a clock; take an EmulatedTime, as a Clock, or a RealTime")
        if WAIT.search(code) and name not in MAY_WAIT:
            problems.append("waits by itself; take a timer of an EmulatedTime or a RealTime")
    return problems


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
            if folder.split("/")[-1] in ("bench", "wire", "conformance", "fuzz") or is_test(name):
                continue
            if folder != "harness/sim" and UNBOUNDED_JSON.search(line) and name not in MAY_CALL_NLOHMANN:
                problems.append(f"{where}: reads or prints JSON without bounds; take json::parse_tree and json::print_tree")
            for problem in problems_with_time(name, folder, line):
                problems.append(f"{where}: {problem}")
            if REAL_CHANCE.search(line) and name not in MAY_READ_CHANCE:
                problems.append(f"{where}: reads real chance; take a base::Random")
    for problem in problems:
        print(problem)
    print(f"{len(sources)} sources checked, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
