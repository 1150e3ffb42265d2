"""The status as server-sent events: one at once, one whenever something has changed, and an end with the server."""

import http.client
import json
import threading
import unittest

from millrace_server import MillraceServer
from tables import create_people, put

WAIT_SECONDS = 20


class Events:
    """Reads the events of a stream, one after another."""

    def __init__(self, server):
        host, port = server.url.removeprefix("http://").split(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=WAIT_SECONDS)
        self.connection.request("GET", "/_millrace/status", headers={"Accept": "text/event-stream"})
        self.answer = self.connection.getresponse()

    def next(self):
        """Name and data of the next event; nothing at the end."""
        name = None
        while line := self.answer.readline().decode():
            if line.startswith("event: "):
                name = line.removeprefix("event: ").strip()
            elif line.startswith("data: "):
                data = json.loads(line.removeprefix("data: "))
                self.answer.readline()
                return name, data
        return None

    def close(self):
        self.connection.close()


class StatusStream(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(MillraceServer("--function", "orders=in-process:echo"))
        self.dynamodb = self.server.client("dynamodb")
        stream = create_people(self.dynamodb, stream="KEYS_ONLY")["LatestStreamArn"]
        self.server.client("lambda").create_event_source_mapping(
            EventSourceArn=stream, FunctionName="orders", StartingPosition="TRIM_HORIZON", BatchSize=10)
        self.server.drain()

    def test_tells_of_each_delivery_as_it_happens(self):
        events = Events(self.server)
        self.addCleanup(events.close)
        self.assertEqual(events.answer.getheader("Content-Type"), "text/event-stream")
        name, status = events.next()
        self.assertEqual(name, "status")
        self.assertEqual(status, self.server.request("GET", "/_millrace/status")[1])
        [mapping] = status["mappings"]
        delivered = mapping["recordsDelivered"]
        put(self.dynamodb, "people", "a")
        put(self.dynamodb, "people", "b")
        while delivered < 2:
            [mapping] = events.next()[1]["mappings"]
            self.assertGreaterEqual(mapping["recordsDelivered"], delivered)
            delivered = mapping["recordsDelivered"]
        self.assertEqual(delivered, 2)

    def test_ends_with_the_server_and_does_not_hold_it_up(self):
        events = Events(self.server)
        events.next()
        stopping = threading.Thread(target=self.server.stop)
        stopping.start()
        while events.next():
            pass
        stopping.join(WAIT_SECONDS)
        self.assertFalse(stopping.is_alive())


if __name__ == "__main__":
    unittest.main()
