"""A function as an external process would be one: asks the Runtime API for work and answers it."""

import http.client
import json
import socket
import threading


class FunctionFailed(Exception):
    """Raised by a handler: the invocation is answered with an error of this type and text."""

    def __init__(self, error_type, message):
        super().__init__(message)
        self.document = {"errorType": error_type, "errorMessage": message, "stackTrace": []}


class ExternalFunction:
    """Serves the invocations of one function from a thread. `events` holds every event in the order of arrival,
    `deadlines` by when each has to be answered, in seconds since the epoch."""

    def __init__(self, runtime_api_port, name, handler=lambda event: event):
        self.events = []
        self.deadlines = []
        self._base = f"/{name}/2018-06-01/runtime"
        self._handler = handler
        self._connection = http.client.HTTPConnection("127.0.0.1", runtime_api_port)
        self._connection.connect()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Hangs up, as a process that ends does."""
        try:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        except (AttributeError, OSError):
            pass  # the server was first
        self._thread.join()
        self._connection.close()

    @property
    def records(self):
        return [record for event in self.events for record in event.get("Records", [])]

    def keys(self, name="pk"):
        """The values of a string key of all records, in the order of arrival."""
        return [record["dynamodb"]["Keys"][name]["S"] for record in self.records]

    def _serve(self):
        try:
            while True:
                request_id, event = self._next()
                self.events.append(event)
                try:
                    self._post(f"/invocation/{request_id}/response", self._handler(event))
                except FunctionFailed as failure:
                    self._post(f"/invocation/{request_id}/error", failure.document)
        except (OSError, http.client.HTTPException):
            return  # the connection ended: by close(), or with the server

    def _next(self):
        self._connection.request("GET", self._base + "/invocation/next")
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise http.client.HTTPException(f"next answered {answer.status}: {body!r}")
        self.deadlines.append(int(answer.headers["Lambda-Runtime-Deadline-Ms"]) / 1000)
        return answer.headers["Lambda-Runtime-Aws-Request-Id"], json.loads(body)

    def _post(self, path, document):
        self._connection.request("POST", self._base + path, json.dumps(document))
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 202:
            raise http.client.HTTPException(f"{path} answered {answer.status}")
