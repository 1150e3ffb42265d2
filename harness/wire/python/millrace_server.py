"""A Millrace of its own for a test module: started, waited for, stopped, and its exit status checked."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

try:
    import boto3
    from botocore.config import Config
except ImportError:
    sys.exit("The wire tests need boto3: install the Debian package python3-boto3 (./dev setup does).")

REGION = "eu-west-1"
START_TIMEOUT_SECONDS = 30
STOP_TIMEOUT_SECONDS = 30


def _required_path(variable, what):
    path = os.environ.get(variable, "")
    if not os.access(path, os.X_OK):
        sys.exit(f"{variable} must name {what}; it is '{path}'. CTest sets it: ctest -L wire.")
    return path


def millrace_binary():
    return _required_path("MILLRACE_BINARY", "the millrace executable")


def echo_binary():
    """The echo handler as a bootstrap executable."""
    return _required_path("MILLRACE_ECHO", "the echo executable")


def conformance_binary():
    """The runner of the conformance cases."""
    return _required_path("MILLRACE_CONFORMANCE", "the millrace_conformance executable")


def served():
    """The operations and routes there are: see print_members.cpp."""
    program = _required_path("MILLRACE_MEMBERS", "the millrace_members executable")
    return json.loads(subprocess.run([program], check=True, capture_output=True).stdout)


class MillraceServer:
    """One server process. Use as a context manager, or call start() and stop()."""

    def __init__(self, *arguments, log=None):
        """`log`: a file for the server's log; otherwise it goes where the test's messages go."""
        self._arguments = arguments
        self._log = log
        self._process = None
        self._told_to_end = False
        self.port = None
        self.runtime_api_port = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self._process is not None:
            self.stop()

    def start(self):
        command = [millrace_binary(), "--log-level", "warn", "serve",
                   "--port", "0", "--runtime-api-port", "0", "--region", REGION, *self._arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._log, text=True)
        ready = json.loads(self._process.stdout.readline() or "{}")
        if ready.get("event") != "ready":
            raise AssertionError(f"millrace did not start; its exit status is {self._process.wait()}")
        self.port = ready["port"]
        self.runtime_api_port = ready["runtimeApiPort"]
        status, _ = self.request("GET", "/ready")
        if status != 200:
            raise AssertionError(f"/ready answered {status} after the ready line")
        return self

    def begin_stop(self):
        """SIGTERM; returns when the server takes no connections any more. stop() waits for its end."""
        self._process.send_signal(signal.SIGTERM)
        self._told_to_end = True
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        try:
            while time.monotonic() < deadline:
                socket.create_connection(("127.0.0.1", self.port)).close()
        except ConnectionError:
            return
        raise AssertionError("millrace still accepts connections after SIGTERM")

    def stop(self):
        """SIGTERM, and the server must end in an orderly way."""
        process, self._process = self._process, None
        if not self._told_to_end:  # a second SIGTERM does not wait
            process.send_signal(signal.SIGTERM)
        with process.stdout:
            status = process.wait(timeout=STOP_TIMEOUT_SECONDS)
        if status != 0:
            raise AssertionError(f"millrace ended with status {status} after SIGTERM")

    def kill(self):
        """SIGKILL: no orderly end."""
        process, self._process = self._process, None
        process.kill()
        with process.stdout:
            process.wait(timeout=STOP_TIMEOUT_SECONDS)

    @property
    def pid(self):
        return self._process.pid

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def client(self, service, region=REGION, key="local"):
        """A boto3 client of the service: 'dynamodb', 'dynamodbstreams' or 'lambda'."""
        return boto3.client(service, **self._connection(region, key))

    def resource(self, service):
        """A boto3 resource of the service, which speaks of items in values of Python."""
        return boto3.resource(service, **self._connection(REGION, "local"))

    def _connection(self, region, key):
        return {"endpoint_url": self.url, "region_name": region, "aws_access_key_id": key,
                "aws_secret_access_key": "local",
                "config": Config(retries={"max_attempts": 0}, read_timeout=START_TIMEOUT_SECONDS)}

    def request(self, method, path, body=None):
        """A plain request; returns the status and the parsed JSON, or None when there is none."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=START_TIMEOUT_SECONDS + 30) as answer:
                return answer.status, _json_or_none(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _json_or_none(error.read())

    def drain(self, mapping=None):
        """Waits until every record has been delivered or discarded; returns the report."""
        body = {"timeoutSeconds": 20}
        if mapping is not None:
            body["mapping"] = mapping
        status, report = self.request("POST", "/_millrace/drain", body)
        if status != 200:
            raise AssertionError(f"drain answered {status}: {json.dumps(report)}")
        return report

    def clock(self, **changes):
        """Changes the emulated clock (freeze, set, advance, timeoutSeconds); returns the answer, which must be 200."""
        status, answer = self.request("POST", "/_millrace/clock", changes)
        if status != 200:
            raise AssertionError(f"the clock answered {status}: {json.dumps(answer)}")
        return answer


def _json_or_none(data):
    try:
        return json.loads(data)
    except ValueError:
        return None
