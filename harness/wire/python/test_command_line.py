"""The command line: what --help promises is there, as a flag and as an environment variable."""

import os
import re
import subprocess
import unittest
from unittest import mock

from millrace_server import MillraceServer, millrace_binary


def run(*arguments, **environment):
    done = subprocess.run([millrace_binary(), *arguments], env={**os.environ, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20)
    return done.returncode, done.stdout


class Help(unittest.TestCase):
    def test_lists_every_setting_with_its_variable(self):
        status, text = run("--help")
        self.assertEqual(status, 0)
        serve = text[text.index("\nserve\n"):text.index("\nreplay\n")]
        lines = re.findall(r"^ +(?:-\w,)?(--[\w-]+)(.*)$", serve, re.MULTILINE)
        self.assertGreater(len(lines), 12)
        for flag, rest in lines:
            self.assertRegex(rest, r"\(Env:MILLRACE_[A-Z_]+\)", flag)

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

    def test_a_flag_wins(self):
        with mock.patch.dict(os.environ, {"MILLRACE_ACCOUNT_ID": "123456789012"}):
            with MillraceServer("--account-id", "999999999999", "--function", "one=in-process:echo") as server:
                listed = server.client("lambda").list_functions()["Functions"]
                self.assertIn(":999999999999:", listed[0]["FunctionArn"])


if __name__ == "__main__":
    unittest.main()
