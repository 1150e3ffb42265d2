"""How each server is started, and how it says that it is there."""

import contextlib
import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

from wire.client import Client, RequestFailed

ROOT = pathlib.Path(__file__).resolve().parents[3]
PEERS = ROOT / "harness" / "bench" / "peers" / "node_modules"
DYNAMODB_LOCAL = PEERS / "amplify-dynamodb-simulator" / "emulator"

LIST_TABLES = "DynamoDB_20120810.ListTables"


class NotAvailable(Exception):
    """This server cannot be measured on this machine; the text says why."""


@dataclass
class Server:
    """A kind of server: its command and what the report calls it."""

    name: str
    title: str
    command: list[str]
    working_folder: pathlib.Path | None = None
    is_peer: bool = False
    missing: str = ""  # why it cannot be started; empty when it can
    version: str = ""

    def check(self) -> None:
        if self.missing:
            raise NotAvailable(self.missing)


@dataclass
class Running:
    """A started server."""

    server: Server
    process: subprocess.Popen
    port: int
    runtime_api_port: int
    log: pathlib.Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def client(self) -> Client:
        return Client(self.port)


def free_ports() -> tuple[int, int]:
    """Two different ports. They are chosen here, so that every server is asked in the same way whether it is there."""
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def _not_built(program: pathlib.Path) -> str:
    if program.exists():
        return ""
    shown = program.relative_to(ROOT) if program.is_relative_to(ROOT) else program
    return f"{shown} is not built"


def _package_version(package: str) -> str:
    manifest = PEERS / package / "package.json"
    return json.loads(manifest.read_text())["version"] if manifest.exists() else ""


def _serve(millrace: pathlib.Path) -> list[str]:
    return [str(millrace), "serve", "--port", "{port}", "--runtime-api-port", "{runtime_api_port}"]


def known_servers(millrace: pathlib.Path, bare: pathlib.Path, earlier: pathlib.Path | None = None) -> dict[str, Server]:
    """Every server of the comparison, with the reason where one cannot be had. Ports are filled in at the start."""
    servers = [
        Server("bare", "bare Beast server", [str(bare), "--port", "{port}"],
               missing=_not_built(bare)),
        Server("millrace", "Millrace", _serve(millrace), missing=_not_built(millrace)),
    ]
    if earlier:
        servers.append(Server("earlier", "Millrace, earlier", _serve(earlier)))

    node = shutil.which("node")
    dynalite = PEERS / "dynalite" / "cli.js"
    missing = "" if node else "no node"
    if not dynalite.exists():
        missing = "npm did not deliver package dynalite (npm ci in harness/bench/peers)"
    servers.append(Server("dynalite", "dynalite",
                          [node or "node", str(dynalite), "--host", "127.0.0.1", "--port", "{port}",
                           "--createTableMs", "0"],
                          is_peer=True, missing=missing, version=_package_version("dynalite")))

    java = shutil.which("java")
    missing = "" if java else "no JRE (Debian: default-jre-headless)"
    if not (DYNAMODB_LOCAL / "DynamoDBLocal.jar").exists():
        missing = "npm did not deliver package amplify-dynamodb-simulator (npm ci in harness/bench/peers)"
    servers.append(Server("dynamodb-local", "DynamoDB Local",
                          [java or "java", "-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar",
                           "-inMemory", "-port", "{port}", "-disableTelemetry"],
                          working_folder=DYNAMODB_LOCAL, is_peer=True, missing=missing,
                          version=_package_version("amplify-dynamodb-simulator")))

    dynoxide = PEERS / "@dynoxide" / "linux-x64" / "dynoxide"
    missing = "" if dynoxide.exists() else "npm did not deliver package @dynoxide/linux-x64 (npm ci in harness/bench/peers)"
    servers.append(Server("dynoxide", "dynoxide", [str(dynoxide), "serve", "--port", "{port}"],
                          is_peer=True, missing=missing, version=_package_version("@dynoxide/linux-x64")))
    return {server.name: server for server in servers}


def spawn(server: Server, log: pathlib.Path, extra: tuple[str, ...] = ()) -> Running:
    """Starts the process and returns at once."""
    server.check()
    port, runtime_api_port = free_ports()
    command = [word.format(port=port, runtime_api_port=runtime_api_port) for word in server.command] + list(extra)
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=server.working_folder, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT)
    return Running(server, process, port, runtime_api_port, log)


def wait_until_it_answers(running: Running, seconds: float = 30.0) -> None:
    """Returns after the first answered request. Asks every half millisecond, so as not to take the server's core."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if running.process.poll() is not None:
            tail = running.log.read_text(errors="replace")[-400:]
            raise NotAvailable(f"ended with code {running.process.returncode} at the start: {tail}")
        client = Client(running.port, timeout=5.0)
        try:
            client.connect()
            client.call(LIST_TABLES, {})
            return
        except (OSError, RequestFailed):
            time.sleep(0.0005)
        finally:
            client.close()
    raise NotAvailable(f"did not answer within {seconds:.0f} s")


def stop(running: Running) -> None:
    running.process.terminate()
    try:
        running.process.wait(5)
    except subprocess.TimeoutExpired:
        running.process.kill()
        running.process.wait()


@contextlib.contextmanager
def started(server: Server, extra: tuple[str, ...] = ()) -> Iterator[Running]:
    """A server that answers, ended with the block."""
    with tempfile.TemporaryDirectory(prefix="millrace-bench-") as folder:
        running = spawn(server, pathlib.Path(folder) / "log", extra)
        try:
            wait_until_it_answers(running)
            yield running
        finally:
            stop(running)
