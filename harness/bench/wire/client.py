"""A small DynamoDB and REST client on http.client: for set-up and probes, never for the load."""

import http.client
import json

AUTHORIZATION = ("AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/aws4_request, "
                 "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=" + "0" * 64)


class RequestFailed(Exception):
    """The server answered with something else than success."""


class Client:
    """One keep-alive connection. Not for several threads."""

    def __init__(self, port: int, timeout: float = 30.0) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def connect(self) -> None:
        """Connects now rather than at the first request. Raises OSError when nobody listens."""
        self._connection.connect()

    def close(self) -> None:
        self._connection.close()

    def call(self, target: str, body: dict) -> dict:
        """A DynamoDB operation by its X-Amz-Target."""
        text = self.send(target, json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode())
        return json.loads(text)

    def send(self, target: str, body: bytes) -> bytes:
        return self._exchange("POST", "/", body, {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target, "X-Amz-Date": "20260101T000000Z",
            "Authorization": AUTHORIZATION})

    def rest(self, method: str, path: str, body: dict | None = None) -> dict:
        """A REST-JSON request, such as Lambda's or the admin routes."""
        payload = b"" if body is None else json.dumps(body).encode()
        text = self._exchange(method, path, payload, {"Content-Type": "application/json"})
        return json.loads(text) if text else {}

    def _exchange(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        text = response.read()
        if response.status >= 300:
            raise RequestFailed(f"{method} {path} {headers.get('X-Amz-Target', '')}: {response.status} "
                                f"{text[:300].decode(errors='replace')}")
        return text
