"""What a page in the developer's browser can do here, tried with a browser: nothing, unless --cors lets it use DynamoDB."""

import base64
import http.client
import json
import unittest

from browser import Browser, attempt
from millrace_server import MillraceServer, echo_binary, served
from tables import create_people
from test_functions import create_function, zipped_bootstrap

TABLE = "pages"
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=a/b/eu-west-1/d/e, SignedHeaders=host, Signature=b"
EXTERNAL = {"S3Bucket": "external", "S3Key": "external"}
FUNCTIONS = "/2015-03-31/functions"
MAPPINGS = "/2015-03-31/event-source-mappings"
RUNTIME = "/waiting/2018-06-01/runtime/invocation"


def dynamo_attempt(name, base, operation, document):
    """As an SDK in a page does it: headers of its own, so that the browser asks first."""
    return attempt(name, base + "/", headers={
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "X-Amz-Date": "20130609T100759Z", "Authorization": AUTHORIZATION}, body=json.dumps(document))


def put_item(name, base, mode, key):
    document = {"TableName": TABLE, "Item": {"pk": {"S": key}}}
    if mode == "cors":
        return dynamo_attempt(name, base, "PutItem", document)
    return attempt(name, f"{base}/?X-Amz-Target=DynamoDB_20120810.PutItem", mode, body=json.dumps(document))


def control_attempts(base, stream, mode):
    """Every route but `/`. Without `cors` these are requests that a browser sends without asking."""
    zipped = base64.b64encode(zipped_bootstrap(echo_binary())).decode()
    create = {"FunctionName": "made-by-a-page", "Role": "arn:aws:iam::000000000000:role/r", "Handler": "bootstrap",
              "Runtime": "provided.al2023", "Code": {"ZipFile": zipped}}
    mapping = {"FunctionName": "flagged", "EventSourceArn": stream, "StartingPosition": "LATEST"}
    attempts = [
        attempt("create function", base + FUNCTIONS, mode, body=json.dumps(create)),
        attempt("invoke", f"{base}{FUNCTIONS}/waiting/invocations", mode, body='{"from":"a page"}'),
        attempt("create mapping", base + MAPPINGS, mode, body=json.dumps(mapping)),
        attempt("list functions", base + FUNCTIONS, mode, "GET"),
        attempt("get function", f"{base}{FUNCTIONS}/flagged", mode, "GET"),
        attempt("list mappings", base + MAPPINGS, mode, "GET"),
        attempt("health", base + "/health", mode, "GET"),
        attempt("ready", base + "/ready", mode, "GET"),
        attempt("no route", base + "/later", mode),
    ]
    if mode == "cors":  # no page can send these without being asked about
        attempts += [
            attempt("delete function", f"{base}{FUNCTIONS}/flagged", mode, "DELETE"),
            attempt("update mapping", f"{base}{MAPPINGS}/any", mode, "PUT", body="{}"),
            attempt("delete mapping", f"{base}{MAPPINGS}/any", mode, "DELETE"),
        ]
    for route in served()["routes"]:
        # Without asking a page sends only these.
        if route["path"].startswith("/_millrace/") and (mode == "cors" or route["method"] in ("GET", "POST")):
            body = None if route["method"] == "GET" else "{}"
            attempts.append(attempt(route["operation"], base + route["path"], mode, route["method"], body=body))
    return attempts


def runtime_attempts(base, request_id, mode):
    return [
        attempt("next", f"{base}{RUNTIME}/next", mode, "GET"),
        attempt("response", f"{base}{RUNTIME}/{request_id}/response", mode, body='"of a page"'),
        attempt("error", f"{base}{RUNTIME}/{request_id}/error", mode, body="{}"),
        attempt("init error", f"{base}/waiting/2018-06-01/runtime/init/error", mode, body="{}"),
    ]


class Target:
    """A server with a table, a function, an invocation that runs and one that waits for whoever asks for it."""

    def __init__(self, *flags):
        self.server = MillraceServer("--function", "flagged=in-process:echo", *flags).start()
        self._lambda = self.server.client("lambda")
        self._dynamodb = self.server.client("dynamodb")
        self.stream = create_people(self._dynamodb, TABLE, "KEYS_ONLY")["LatestStreamArn"]
        create_function(self._lambda, "waiting", EXTERNAL, Timeout=300)
        for number in (1, 2):
            self._lambda.invoke(FunctionName="waiting", InvocationType="Event", Payload=json.dumps({"number": number}))
        self._runtime = http.client.HTTPConnection("127.0.0.1", self.server.runtime_api_port, timeout=20)
        self.request_id, self.running = self._next()

    def _next(self):
        self._runtime.request("GET", RUNTIME + "/next")
        answer = self._runtime.getresponse()
        return answer.headers["Lambda-Runtime-Aws-Request-Id"], json.loads(answer.read())

    def bases(self, port):
        return [f"http://127.0.0.1:{port}", f"http://localhost:{port}"]

    def keys(self):
        return sorted(item["pk"]["S"] for item in self._dynamodb.scan(TableName=TABLE)["Items"])

    def changes(self):
        """What a page has changed besides the table's items."""
        functions = [function["FunctionName"] for function in self._lambda.list_functions()["Functions"]]
        mappings = self._lambda.list_event_source_mappings()["EventSourceMappings"]
        self._runtime.request("POST", f"{RUNTIME}/{self.request_id}/response", '"of the runtime"')
        answer = self._runtime.getresponse()
        answer.read()
        _, waiting = self._next()
        return {"functions": functions, "mappings": mappings, "response": answer.status,
                "invocations": sorted([self.running["number"], waiting["number"]])}

    def close(self):
        self._runtime.close()
        self.server.stop()


NOTHING_CHANGED = {"functions": ["flagged", "waiting"], "mappings": [], "response": 202, "invocations": [1, 2]}


class WebPages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.closed = Target()
        cls.addClassCleanup(cls.closed.close)
        cls.open = Target("--cors")
        cls.addClassCleanup(cls.open.close)
        browser = Browser()
        cls.listed = Target("--cors", f"https://app.example,{browser.page_origin}")
        cls.addClassCleanup(cls.listed.close)

        cls.planned = []

        def plan(kind, target, attempts):
            browser.visit(attempts)
            cls.planned.append((kind, target))

        for target in (cls.closed, cls.open, cls.listed):
            for base in target.bases(target.server.port):
                for mode in ("no-cors", "cors"):
                    plan("control", target, control_attempts(base, target.stream, mode))
                plan("dynamo simple", target, [
                    put_item("put", base, "no-cors", "blind"),
                    attempt("form", base + "/?X-Amz-Target=DynamoDB_20120810.PutItem", "form"),
                    attempt("image", base + "/", "image")])
                plan("dynamo", target, [put_item("put", base, "cors", "asked"),
                                        dynamo_attempt("list", base, "ListTables", {})])
            for base in target.bases(target.server.runtime_api_port):
                for mode in ("no-cors", "cors"):
                    plan("runtime", target, runtime_attempts(base, target.request_id, mode))
                plan("image", target, [attempt("next", f"{base}{RUNTIME}/next", "image"),
                                       attempt("form", f"{base}{RUNTIME}/{target.request_id}/response", "form")])
        for target in (cls.closed, cls.open):
            browser.visit_rebound(target.server.port, lambda origin, to=target: [
                *control_attempts(origin, to.stream, "cors"), put_item("put", origin, "cors", "rebound"),
                dynamo_attempt("list", origin, "ListTables", {})])
            cls.planned.append(("rebound", target))
            browser.visit_rebound(target.server.runtime_api_port,
                                  lambda origin, to=target: runtime_attempts(origin, to.request_id, "cors"))
            cls.planned.append(("rebound", target))
        cls.results = browser.run()

    def results_of(self, kind, target):
        found = [result for (of, at), result in zip(self.planned, self.results) if of == kind and at is target]
        self.assertTrue(found)
        return found

    def test_nothing_but_dynamodb_can_be_used_or_read(self):
        for target in (self.closed, self.open, self.listed):
            for kind in ("control", "runtime", "image"):
                for results in self.results_of(kind, target):
                    for name, result in results.items():
                        # Whether the browser hides an answer or the request fails: what matters is in changes().
                        self.assertIn(result, ("refused", "unreadable", "not shown", "sent"), name)

    def test_nothing_has_happened(self):
        for target in (self.closed, self.open, self.listed):
            self.assertEqual(target.changes(), NOTHING_CHANGED)

    def test_dynamodb_is_for_those_that_are_let_in(self):
        for results in self.results_of("dynamo", self.closed):
            self.assertEqual(results, {"put": "refused", "list": "refused"})
        self.assertEqual(self.closed.keys(), [])
        for target in (self.open, self.listed):
            for results in self.results_of("dynamo", target):
                self.assertEqual(results, {"put": "200 {}", "list": f'200 {{"TableNames":["{TABLE}"]}}'})
            self.assertEqual(target.keys(), ["asked"])

    def test_a_name_that_was_bound_anew_is_refused(self):
        for target in (self.closed, self.open):
            for results in self.results_of("rebound", target):
                for name, result in results.items():
                    self.assertRegex(result, r"^403 .*--allowed-host port\d+\.rebound\.example\b", name)

    def test_who_is_no_page_notices_nothing(self):
        server = self.closed.server
        for headers in ({}, {"Host": "localhost"}, {"Host": "host.docker.internal:8000"},
                        {"Host": f"localhost:{server.port}", "Origin": f"http://localhost:{server.port}",
                         "Sec-Fetch-Site": "same-origin"},
                        {"Sec-Fetch-Site": "none"}):
            for path in ("/", "/health", FUNCTIONS, MAPPINGS, "/_millrace/status"):
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
                connection.request("GET", path, headers=headers)
                self.assertEqual(connection.getresponse().status, 200, (path, headers))
                connection.close()

    def test_a_name_of_ones_own_is_allowed(self):
        with MillraceServer("--allowed-host", "millrace,*.svc.cluster.local") as server:
            for host, status in (("millrace:8000", 200), ("db.shop.svc.cluster.local", 200), ("other", 403)):
                for port, path, served in ((server.port, "/health", status),
                                           (server.runtime_api_port, "/none", 404 if status == 200 else 403)):
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                    connection.request("GET", path, headers={"Host": host})
                    self.assertEqual(connection.getresponse().status, served, (host, path))
                    connection.close()


if __name__ == "__main__":
    unittest.main()
