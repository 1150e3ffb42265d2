"""The service under test: PUT and DELETE /orders/CUSTOMER/NUMBER, GET /customers/CUSTOMER."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aws import CUSTOMERS, ORDERS, client

dynamodb = client("dynamodb")


class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        kind, *rest = self.path.strip("/").split("/")
        if kind == "health":
            return self.answer({"status": "healthy"})
        found = dynamodb.get_item(TableName=CUSTOMERS, Key={"customer": {"S": rest[0]}}).get("Item", {})
        self.answer({"orders": sorted(int(number) for number in found.get("orders", {"NS": []})["NS"])})

    def do_PUT(self):
        dynamodb.put_item(TableName=ORDERS, Item=self.order_key())
        self.answer({})

    def do_DELETE(self):
        dynamodb.delete_item(TableName=ORDERS, Key=self.order_key())
        self.answer({})

    def order_key(self):
        _, customer, number = self.path.strip("/").split("/")
        return {"customer": {"S": customer}, "number": {"N": number}}

    def answer(self, document):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())


ThreadingHTTPServer(("", 8080), Service).serve_forever()
