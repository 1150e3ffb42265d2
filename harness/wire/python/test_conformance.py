"""The conformance cases over HTTP: those that move the clock among them."""

import subprocess
import unittest

from millrace_server import MillraceServer, conformance_binary


class Conformance(unittest.TestCase):
    def test_every_case_runs_and_passes_over_http(self):
        with MillraceServer() as server:
            run = subprocess.run([conformance_binary(), "--endpoint", server.url], stdout=subprocess.PIPE, text=True,
                                 check=False)
        self.assertEqual(run.returncode, 0, run.stdout[-4000:])
        self.assertNotIn("skipped", run.stdout)


if __name__ == "__main__":
    unittest.main()
