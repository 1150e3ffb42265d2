"""The command line: what --help promises is there, as a flag and as an environment variable."""

import json
import os
import re
import socket
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request
from unittest import mock

from millrace_server import REGION, MillraceServer, millrace_binary

ORDERS = os.path.join(os.path.dirname(__file__), "..", "..", "..", "fixtures", "orders")


def run(*arguments, **environment):
    done = subprocess.run([millrace_binary(), *arguments], env={**os.environ, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20)
    return done.returncode, done.stdout


class Help(unittest.TestCase):
    def test_lists_every_setting_with_its_variable(self):
        status, text = run("--help")
        self.assertEqual(status, 0)
        serve = text[text.index("\nserve\n"):text.index("\nup\n")]
        lines = re.findall(r"^ +(?:-\w,)?(--[\w-]+)(.*)$", serve, re.MULTILINE)
        self.assertGreater(len(lines), 12)
        for flag, rest in lines:
            self.assertRegex(rest, r"\(Env:MILLRACE_[A-Z0-9_]+\)", flag)

    def test_is_what_dynamodb_local_calls_it_too(self):
        self.assertEqual(run("-help")[0], 0)

    def test_says_what_is_wrong_with_a_variable(self):
        status, text = run("serve", MILLRACE_PORT="tcp://10.0.0.1:8000")
        self.assertNotEqual(status, 0)
        self.assertIn("tcp://10.0.0.1:8000", text)


class Environment(unittest.TestCase):
    def test_configures_as_flags_do(self):
        variables = {"MILLRACE_ACCOUNT_ID": "123456789012", "MILLRACE_NO_AUTHORIZATION": "true", "MILLRACE_CORS": "true",
                     "MILLRACE_FUNCTIONS": "one=in-process:echo,two=external"}
        with mock.patch.dict(os.environ, variables), MillraceServer() as server:
            listed = server.client("lambda").list_functions()["Functions"]
            self.assertEqual([function["FunctionName"] for function in listed], ["one", "two"])
            self.assertIn(":123456789012:", listed[0]["FunctionArn"])

    def test_of_an_option_given_twice_the_last_one_counts(self):
        with MillraceServer("--account-id", "111111111111", "--account-id", "999999999999", "--no-authorization",
                            "--no-authorization", "--function", "one=in-process:echo",
                            "--function", "two=in-process:echo") as server:
            listed = server.client("lambda").list_functions()["Functions"]
            self.assertEqual([function["FunctionArn"] for function in listed],
                             [f"arn:aws:lambda:{REGION}:999999999999:function:{name}" for name in ("one", "two")])

    def test_a_flag_wins(self):
        with mock.patch.dict(os.environ, {"MILLRACE_ACCOUNT_ID": "123456789012"}):
            with MillraceServer("--account-id", "999999999999", "--function", "one=in-process:echo") as server:
                listed = server.client("lambda").list_functions()["Functions"]
                self.assertIn(":999999999999:", listed[0]["FunctionArn"])


class Mistakes(unittest.TestCase):
    def test_no_argument_shows_what_there_is(self):
        status, text = run()
        self.assertEqual(status, 2)
        self.assertLess(len(text.splitlines()), 20)
        for command in ("serve", "up", "replay", "check", "healthcheck", "millrace --help"):
            self.assertIn(command, text)

    def test_a_wrong_word_gets_a_suggestion(self):
        for arguments, suggestion in ((("srve",), "did you mean serve?"), (("serve", "--prot", "1"), "did you mean --port?"),
                                      (("serve", "--db_path=x"), "did you mean --db-path?"),
                                      (("serve", "-prot", "1"), "did you mean --port?"),
                                      (("-jar", "DynamoDBLocal.jar", "-inmemory"), "did you mean -inMemory?")):
            with self.subTest(arguments=arguments):
                status, text = run(*arguments)
                self.assertEqual(status, 2)
                self.assertIn(suggestion, text)

    def test_a_database_that_cannot_be_is_explained(self):
        with tempfile.TemporaryDirectory() as folder:
            missing = os.path.join(folder, "none", "millrace.db")
            for path, problem in ((missing, f"the folder {os.path.dirname(missing)} does not exist"),
                                  (folder, f"{folder} is a folder")):
                with self.subTest(path=path):
                    status, text = run("serve", "--port", "0", "--db-path", path)
                    self.assertEqual(status, 1)
                    self.assertIn("--db-path", text)
                    self.assertIn(problem, text)

    def test_a_host_of_another_machine_is_explained(self):
        status, text = run("serve", "--port", "0", "--host", "192.0.2.1")
        self.assertEqual(status, 1)
        self.assertIn("this machine does not have that address", text)

    def test_a_server_that_does_not_run_is_missed(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = str(unused.getsockname()[1])
            for arguments in (("healthcheck", "--port", port), ("check", ORDERS, "--endpoint", f"http://127.0.0.1:{port}"),
                              ("replay", ORDERS, "--endpoint", f"http://127.0.0.1:{port}")):
                with self.subTest(command=arguments[0]):
                    status, text = run(*arguments)
                    self.assertEqual(status, 1)
                    self.assertIn(f"start a server with: millrace serve --port {port}", text)


class Addresses(unittest.TestCase):
    def test_localhost_is_both_loopback_addresses(self):
        with MillraceServer("--host", "localhost") as server:
            for address in ("127.0.0.1", "::1"):
                for port in (server.port, server.runtime_api_port):
                    with self.subTest(address=address, port=port), socket.create_connection((address, port), timeout=10):
                        pass

    def test_the_runtime_api_moves_with_the_port(self):
        ports = unused_ports_1001_apart()
        process = subprocess.Popen([millrace_binary(), "serve", "--port", str(ports[0])], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.terminate)
        ready = json.loads(process.stdout.readline())
        self.assertEqual((ready["port"], ready["runtimeApiPort"]), ports)
        notice = process.stderr.readline() + process.stderr.readline()
        self.assertIn(f"http://localhost:{ports[0]}; Runtime API at localhost:{ports[1]}", notice)
        self.assertIn("Data: in memory, gone when it stops", notice)


def unused_ports_1001_apart():
    """Two ports that are free now, the second 1001 above the first."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1001))
            except (OSError, OverflowError):
                continue
            return port, port + 1001


class LikeDynamoDbLocal(unittest.TestCase):
    """Start lines made for DynamoDB Local, as images, wrappers and documents have them."""

    def serve(self, *arguments):
        process = subprocess.Popen([millrace_binary(), *arguments, "-port", "0"], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.terminate)
        return json.loads(process.stdout.readline())["port"]

    def allowed_origin(self, port, origin):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/", method="OPTIONS",
                                         headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.headers["Access-Control-Allow-Origin"]
        except urllib.error.HTTPError as error:
            with error:
                return error.headers["Access-Control-Allow-Origin"]

    def test_the_lines_of_wrappers_start_a_server(self):
        for line in ("-Xms1G -Xmx1G -Djava.library.path=. -jar DynamoDBLocal.jar -inMemory -sharedDb",
                     "java -Djava.library.path=./DynamoDBLocal_lib -jar DynamoDBLocal.jar -sharedDb",
                     "-jar DynamoDBLocal.jar -inMemory -delayTransientStatuses -disableTelemetry"):
            with self.subTest(line=line):
                self.assertGreater(self.serve(*line.split()), 0)

    def test_pages_of_any_origin_may_use_it_by_default(self):
        port = self.serve("-jar", "DynamoDBLocal.jar", "-inMemory")
        self.assertIn(self.allowed_origin(port, "http://page.test"), ("*", "http://page.test"))

    def test_a_list_of_origins_is_honoured(self):
        port = self.serve("-jar", "DynamoDBLocal.jar", "-inMemory", "-cors", "http://localhost:8001")
        self.assertIsNone(self.allowed_origin(port, "http://evil.test"))
        self.assertEqual(self.allowed_origin(port, "http://localhost:8001"), "http://localhost:8001")

    def test_version(self):
        status, text = run("-jar", "DynamoDBLocal.jar", "-version")
        self.assertEqual(status, 0)
        self.assertRegex(text, r"^millrace \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
