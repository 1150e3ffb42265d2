"""A Lambda runtime client in a few lines: `runtime.py MODULE.FUNCTION`. A Lambda base image brings a better one along."""

import http.client
import importlib
import json
import os
import sys
import traceback

VERSION = "/2018-06-01/runtime/invocation/"


def serve(handler):
    host, _, path = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")
    base = (f"/{path}" if path else "") + VERSION
    connection = http.client.HTTPConnection(host)

    def call(method, what, document=None):
        connection.request(method, base + what, None if document is None else json.dumps(document))
        answer = connection.getresponse()
        return answer.headers, answer.read()

    while True:
        headers, body = call("GET", "next")
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        try:
            call("POST", request_id + "/response", handler(json.loads(body), None))
        except Exception as error:  # whatever the handler raises is its answer
            traceback.print_exc()
            call("POST", request_id + "/error", {"errorType": type(error).__name__, "errorMessage": str(error)})


if __name__ == "__main__":
    module, _, name = sys.argv[1].rpartition(".")
    serve(getattr(importlib.import_module(module), name))
