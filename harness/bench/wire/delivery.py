"""From a write to the handler: latency to one that is attached to the Runtime API, throughput of mappings of many kinds,
and what mappings cost that have nothing to do."""

import base64
import http.client
import io
import json
import pathlib
import statistics
import threading
import time
import zipfile
from dataclasses import dataclass

from wire import process, workloads
from wire.client import Client
from wire.servers import Running
from wire.workloads import FIRST_VERSION, STREAM_TABLE

FUNCTIONS = "/2015-03-31/functions"
MAPPINGS = "/2015-03-31/event-source-mappings"

PUT = next(workload for workload in workloads.WORKLOADS if workload.name == "put-stream")


@dataclass(frozen=True)
class Latency:
    """Milliseconds; from the moment the PutItem is sent, and from the moment its answer is there."""

    samples: int
    sent_p50: float
    sent_p99: float
    answered_p50: float
    answered_p99: float


@dataclass(frozen=True)
class Throughput:
    records: int
    seconds: float
    cpu_seconds: float
    batches: int

    @property
    def per_second(self) -> float:
        return self.records / self.seconds

    @property
    def cpu_us(self) -> float:
        return self.cpu_seconds * 1e6 / self.records


def _create_function(client: Client, name: str, code: dict) -> None:
    client.rest("POST", FUNCTIONS, {"FunctionName": name, "Runtime": "provided.al2023", "Handler": name,
                                    "Role": "arn:aws:iam::000000000000:role/bench", "Code": code})


def _create_mapping(client: Client, function: str, stream_arn: str, enabled: bool, **settings) -> str:
    mapping = client.rest("POST", MAPPINGS, {"FunctionName": function, "EventSourceArn": stream_arn,
                                             "StartingPosition": "TRIM_HORIZON", "Enabled": enabled, **settings})
    return mapping["UUID"]


def _wait_for_state(client: Client, mapping: str, state: str) -> None:
    deadline = time.monotonic() + 10
    while client.rest("GET", f"{MAPPINGS}/{mapping}")["State"] != state:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the mapping does not become {state}")
        time.sleep(0.01)


def _delete_mapping(client: Client, mapping: str) -> None:
    client.rest("DELETE", f"{MAPPINGS}/{mapping}")
    deadline = time.monotonic() + 10
    while any(each["UUID"] == mapping for each in client.rest("GET", MAPPINGS)["EventSourceMappings"]):
        if time.monotonic() > deadline:
            raise TimeoutError("the mapping does not go away")
        time.sleep(0.01)


@dataclass(frozen=True)
class Setting:
    """One way to map a stream to a function."""

    title: str
    arguments: dict
    function: str = "echo"  # `echo` in the process, `process` started by Millrace
    delivered_share: float = 1.0


def _first_customers(share: float) -> dict:
    """A filter that lets through the records of that share of the partitions."""
    last = round(workloads.PARTITIONS * share)
    names = [f"customer#{number:05d}" for number in range(last)]
    return {"Filters": [{"Pattern": json.dumps({"dynamodb": {"Keys": {"pk": {"S": names}}}})}]}


SETTINGS = (
    Setting("BatchSize 1000", {"BatchSize": 1000}),
    Setting("BatchSize 1", {"BatchSize": 1}),
    Setting("BatchSize 100", {"BatchSize": 100}),
    Setting("BatchSize 10000", {"BatchSize": 10_000}),
    Setting("BatchSize 100, ParallelizationFactor 10", {"BatchSize": 100, "ParallelizationFactor": 10}),
    Setting("BatchSize 1000, windows of 60 s", {"BatchSize": 1000, "TumblingWindowInSeconds": 60}),
    Setting("BatchSize 1000, a filter that leaves 1 %",
            {"BatchSize": 1000, "FilterCriteria": _first_customers(0.01)}, delivered_share=0.01),
    Setting("BatchSize 1000, a C++ process by the Runtime API", {"BatchSize": 1000}, "process"),
)


def _bootstrap_zip(echo: pathlib.Path) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, echo.read_bytes())
    return base64.b64encode(buffer.getvalue()).decode()


def measure_throughput(running: Running, records: int, echo: pathlib.Path) -> dict[str, Throughput]:
    """Writes `records` changes (both images, about 300 bytes each) once. Then for each setting: makes a mapping that is
    disabled, and measures from enabling it until the server says that all records were handled."""
    client = Client(running.port, timeout=300)
    stream_arn = workloads.create_table(client, STREAM_TABLE, "NEW_AND_OLD_IMAGES")["LatestStreamArn"]
    _create_function(client, "echo", {"S3Bucket": "in-process", "S3Key": "echo"})
    _create_function(client, "process", {"ZipFile": _bootstrap_zip(echo)})
    passes = -(-records // workloads.KEYS)
    workloads.load(client, STREAM_TABLE, range(FIRST_VERSION, FIRST_VERSION + passes))
    written = passes * workloads.KEYS
    measured = {}
    for setting in SETTINGS:
        measured[setting.title] = _measure_setting(running, client, stream_arn, setting, written)
    client.close()
    return measured


def _measure_setting(running: Running, client: Client, stream_arn: str, setting: Setting, written: int) -> Throughput:
    mapping = _create_mapping(client, setting.function, stream_arn, False, **setting.arguments)
    _wait_for_state(client, mapping, "Disabled")
    cpu_before = process.cpu_seconds(running.pid)
    begin = time.monotonic()
    client.rest("PUT", f"{MAPPINGS}/{mapping}", {"Enabled": True})
    answer = client.rest("POST", "/_millrace/drain", {"timeoutSeconds": 240})
    seconds = time.monotonic() - begin
    cpu = process.cpu_seconds(running.pid) - cpu_before

    figures = next(each for each in answer["mappings"] if each["uuid"] == mapping)
    expected = round(written * setting.delivered_share)
    if not answer["drained"] or figures["recordsDelivered"] != expected:
        raise ValueError(f"{setting.title}: not every record was delivered: {expected} of {written}, {figures}")
    _delete_mapping(client, mapping)
    return Throughput(written, seconds, cpu, figures["batches"])


@dataclass(frozen=True)
class Idleness:
    """A server with many mappings that have nothing to do."""

    mappings: int
    cpu_percent: float  # of one core
    drain_ms: float     # p50


def measure_idleness(running: Running, mappings: int, seconds: float) -> Idleness:
    """As many tables, streams and mappings; what the server uses while nobody asks it anything, and what a drain takes."""
    client = Client(running.port, timeout=60)
    _create_function(client, "echo", {"S3Bucket": "in-process", "S3Key": "echo"})
    for number in range(mappings):
        table = workloads.create_table(client, f"idle-{number:04d}", "NEW_AND_OLD_IMAGES")
        _create_mapping(client, "echo", table["LatestStreamArn"], True)
    client.rest("POST", "/_millrace/drain", {"timeoutSeconds": 60})
    cpu_before = process.cpu_seconds(running.pid)
    time.sleep(seconds)
    cpu = process.cpu_seconds(running.pid) - cpu_before
    client.close()

    with_one = Client(running.port, timeout=60)
    drains = []
    for _ in range(100):
        begin = time.monotonic()
        with_one.rest("POST", "/_millrace/drain", {"timeoutSeconds": 60})
        drains.append((time.monotonic() - begin) * 1000)
    with_one.close()
    return Idleness(mappings, cpu / seconds * 100, statistics.median(drains))


class _Handler(threading.Thread):
    """A runtime that notes when each record arrives."""

    def __init__(self, runtime_api_port: int, function: str) -> None:
        super().__init__(daemon=True)
        self._connection = http.client.HTTPConnection("127.0.0.1", runtime_api_port)
        self._prefix = f"/{function}/2018-06-01/runtime/invocation"
        self.arrived: dict[int, float] = {}  # version of the item -> time

    def run(self) -> None:
        try:
            while True:
                self._handle_one()
        except (OSError, http.client.HTTPException):
            pass  # the server has gone: the measurement is over

    def _handle_one(self) -> None:
        self._connection.request("GET", f"{self._prefix}/next")
        response = self._connection.getresponse()
        event = response.read()
        now = time.monotonic()
        for record in json.loads(event)["Records"]:
            self.arrived[int(record["dynamodb"]["NewImage"]["version"]["N"])] = now
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        self._connection.request("POST", f"{self._prefix}/{request_id}/response", b"null",
                                 {"Content-Type": "application/json"})
        self._connection.getresponse().read()


def measure_latency(running: Running, samples: int) -> Latency:
    """One write after the other, ten milliseconds apart, so that each record travels alone."""
    client = running.client()
    stream_arn = workloads.create_table(client, STREAM_TABLE, "NEW_AND_OLD_IMAGES")["LatestStreamArn"]
    _create_function(client, "attached", {"S3Bucket": "external", "S3Key": "external"})
    handler = _Handler(running.runtime_api_port, "attached")
    handler.start()
    mapping = _create_mapping(client, "attached", stream_arn, True, BatchSize=100)
    _wait_for_state(client, mapping, "Enabled")

    warm_up = 50
    sent, answered = {}, {}
    for index in range(samples + warm_up):
        version = FIRST_VERSION + index
        body = workloads.request_body(PUT, index, version)
        sent[version] = time.monotonic()
        client.send(PUT.target, body)
        answered[version] = time.monotonic()
        time.sleep(0.01)

    deadline = time.monotonic() + 10
    while len(handler.arrived) < len(sent) and time.monotonic() < deadline:
        time.sleep(0.01)
    client.close()
    if len(handler.arrived) < len(sent):
        raise ValueError(f"only {len(handler.arrived)} of {len(sent)} records arrived")

    measured = range(FIRST_VERSION + warm_up, FIRST_VERSION + warm_up + samples)
    since_sent = [(handler.arrived[version] - sent[version]) * 1000 for version in measured]
    since_answered = [(handler.arrived[version] - answered[version]) * 1000 for version in measured]
    return Latency(samples, statistics.median(since_sent), _percentile(since_sent, 99),
                   statistics.median(since_answered), _percentile(since_answered, 99))


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
