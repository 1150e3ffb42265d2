"""A compose project that is up, seen from outside: its command line, its engine, its containers.

The command line is in $COMPOSE, the engine's socket in $DOCKER_HOST. Needs nothing but Python.
"""

import datetime
import http.client
import json
import os
import re
import socket
import subprocess
import time
import urllib.parse

PATIENCE_SECONDS = 120


class EngineConnection(http.client.HTTPConnection):
    """HTTP over the engine's Unix socket."""

    def connect(self):
        address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(address.removeprefix("unix://"))


def engine(path, method="GET"):
    """What the engine answers; None when it refuses or has nothing to say."""
    connection = EngineConnection("engine")
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return json.loads(body) if answer.status == 200 else None


def compose(*arguments, check=True):
    return subprocess.run([*os.environ["COMPOSE"].split(), *arguments], check=check, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=PATIENCE_SECONDS).stdout


def inspect(service):
    """The container of a service, as the engine describes it."""
    wanted = {"label": [f"com.docker.compose.service={service}", "com.docker.compose.oneoff=False"]}
    listed = engine("/containers/json?all=1&filters=" + urllib.parse.quote(json.dumps(wanted)))
    return engine(f"/containers/{listed[0]['Id']}/json")


def moment(text):
    """A point of time of the engine, which gives nanoseconds."""
    return datetime.datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", text).replace("Z", "+00:00"))


def wait_until(what, question):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE_SECONDS} s: {what}")
        time.sleep(0.1)
    return answer
