"""The cases of fixtures/mappings: what a function is sent, through AWS's public APIs only."""

import os
import pathlib
import re
import subprocess
import unittest

from millrace_server import REGION, MillraceServer

RUNNER = pathlib.Path(__file__).resolve().parents[2] / "conformance" / "mappings" / "run.py"
LEAST_CASES = 180


class MappingCases(unittest.TestCase):
    def test_every_case_passes(self):
        log = self.enterContext(open(os.devnull, "w"))  # functions fail where they are told to
        with MillraceServer("--clock", "2026-01-01T00:00:00Z", "--freeze-clock", log=log) as server:
            ran = subprocess.run(
                ["/usr/bin/python3", "-W", "ignore", "-B", RUNNER, "--endpoint-url", server.url, "--region", REGION,
                 "--millrace-clock"], capture_output=True, text=True, timeout=300)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        passed, failed = map(int, re.search(r"^(\d+) passed, (\d+) failed$", ran.stdout, re.MULTILINE).groups())
        self.assertEqual(failed, 0)
        self.assertGreaterEqual(passed, LEAST_CASES)


if __name__ == "__main__":
    unittest.main()
