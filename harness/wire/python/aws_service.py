"""A server of the tests' own that stands for a service of AWS: notes what it takes, and what AWS's SDK would have signed."""

import http.server
import threading

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from millrace_server import REGION

KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
WAIT_SECONDS = 30


class AwsService(http.server.ThreadingHTTPServer):
    """`taken` is for the requests to fill, `refusals` says how they refuse the next ones. While `holds` is set, nothing
    is answered."""

    daemon_threads = True

    def __init__(self, requests):
        super().__init__(("127.0.0.1", 0), requests)
        self.changed = threading.Condition()
        self.taken = []
        self.signatures = []  # (as sent, as expected)
        self.refusals = []
        self.holds = threading.Event()
        self.asked = threading.Event()
        self.ends = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        """Whoever was killed does not take its answer."""

    def wait_for(self, count):
        """What was taken, in the order in which it came, as soon as there is so much."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.taken) >= count, timeout=WAIT_SECONDS):
                raise AssertionError(f"{len(self.taken)} of {count} came")
            return list(self.taken)


class AwsRequests(http.server.BaseHTTPRequestHandler):
    """`answer(body)` of a subclass returns status and text; `service()` says what the request was signed for."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.set()
        if self.server.holds.is_set():
            self.server.ends.wait()
            return
        with self.server.changed:
            self.server.signatures.append((self.headers["Authorization"].split("Signature=")[1],
                                           self._expected_signature(body)))
            status, text = self.answer(body)
            self.server.changed.notify_all()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def _expected_signature(self, body):
        """That of AWS's own SDK for the same request."""
        signed = self.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        request = AWSRequest("POST", self.server.url + "/", data=body,
                             headers={name: self.headers[name] for name in signed if name != "host"})
        request.context["timestamp"] = self.headers["x-amz-date"]
        auth = SigV4Auth(KEYS, self.service(), REGION)
        return auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)

    def log_message(self, *_):
        pass
