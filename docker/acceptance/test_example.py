#!/usr/bin/env python3
"""What must hold of docker/compose.example.yaml once it is up: its own tests have passed. Run by docker/check.sh."""

import unittest

from compose_project import compose, inspect, wait_until


class Example(unittest.TestCase):
    def test_its_tests_pass(self):
        wait_until("the tests are done", lambda: inspect("tests")["State"]["Status"] == "exited")
        output = compose("logs", "--no-color", "tests")
        self.assertEqual(inspect("tests")["State"]["ExitCode"], 0, output)
        self.assertRegex(output, r"Ran [1-9]\d* test")
        print(output)


if __name__ == "__main__":
    unittest.main(verbosity=2)
