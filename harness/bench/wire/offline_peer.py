"""The one peer from npm that calls functions from a stream: serverless-offline-dynamodb-streams on DynamoDB Local."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from wire import servers, workloads
from wire.delivery import Throughput
from wire.servers import PEERS, NotAvailable, Server
from wire.workloads import FIRST_VERSION, STREAM_TABLE

PLUGIN = PEERS.parent / "offline"
START_SECONDS = 60
LONGEST_SECONDS = 120


def measure(dynamodb_local: Server, records: int) -> Throughput:
    """As many records, written before, in batches of up to 1000; counted from the first batch, so without its start."""
    npx = shutil.which("npx")
    if not npx or not (PLUGIN / "node_modules").exists():
        raise NotAvailable("npm did not deliver it (npm ci in harness/bench/peers/offline)")
    with servers.started(dynamodb_local) as running, tempfile.TemporaryDirectory() as folder:
        client = running.client()
        stream_arn = workloads.create_table(client, STREAM_TABLE, "NEW_AND_OLD_IMAGES")["LatestStreamArn"]
        passes = -(-records // workloads.KEYS)
        workloads.load(client, STREAM_TABLE, range(FIRST_VERSION, FIRST_VERSION + passes))
        client.close()
        progress = pathlib.Path(folder) / "progress.json"
        http_port, lambda_port = servers.free_ports()
        environment = {**os.environ, "ENDPOINT": f"http://127.0.0.1:{running.port}", "STREAM": stream_arn,
                       "PROGRESS": str(progress), "HTTP_PORT": str(http_port), "LAMBDA_PORT": str(lambda_port),
                       "SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off",
                       "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
        plugin = subprocess.Popen([npx, "serverless", "offline", "start"], cwd=PLUGIN, env=environment,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            return _wait(progress, passes * workloads.KEYS)
        finally:
            os.killpg(plugin.pid, signal.SIGTERM)
            plugin.wait()


def _wait(progress: pathlib.Path, expected: int) -> Throughput:
    began = time.monotonic()
    counted = {"seen": 0}
    while time.monotonic() - began < (LONGEST_SECONDS if counted["seen"] else START_SECONDS):
        time.sleep(0.1)
        try:
            counted = json.loads(progress.read_text())
        except (OSError, ValueError):
            continue
        if counted["seen"] >= expected:
            return Throughput(expected, counted["milliseconds"] / 1000, 0.0, counted["batches"])
    raise NotAvailable(f"{counted['seen']} of {expected} records came in time")
