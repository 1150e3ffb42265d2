"""Tests of the service through its own API. What the function does happens later: drain(), then look."""

import json
import os
import unittest
import urllib.error
import urllib.request

# Long for a test that waits for milliseconds; short for a container network whose name server has just been restarted.
PATIENCE_SECONDS = 60


def call(method, url, body=None):
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=2 * PATIENCE_SECONDS) as answer:
        return json.load(answer)


def orders(method, path):
    return call(method, os.environ["ORDERS_URL"] + path)


def drain():
    """Waits until every change has reached the function; fails, with the reason, when one does not."""
    try:
        call("POST", os.environ["AWS_ENDPOINT"] + "/_millrace/drain", {"timeoutSeconds": PATIENCE_SECONDS})
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode()) from error


class Orders(unittest.TestCase):
    def test_a_customer_has_the_orders_that_were_placed(self):
        for number in (3, 1, 2):
            orders("PUT", f"/orders/ada/{number}")
        drain()
        self.assertEqual(orders("GET", "/customers/ada"), {"orders": [1, 2, 3]})

    def test_a_cancelled_order_is_gone(self):
        orders("PUT", "/orders/grace/1")
        orders("PUT", "/orders/grace/2")
        orders("DELETE", "/orders/grace/1")
        drain()
        self.assertEqual(orders("GET", "/customers/grace"), {"orders": [2]})


if __name__ == "__main__":
    unittest.main()
