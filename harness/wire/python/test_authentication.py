"""`--auth sigv4` through boto3: who does not know the secret is refused."""

import os
import tempfile
import unittest

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from millrace_server import REGION, MillraceServer


class Authentication(unittest.TestCase):
    def client(self, server, key, secret, token=None, region=REGION):
        client = boto3.client("dynamodb", endpoint_url=server.url, region_name=region, aws_access_key_id=key,
                              aws_secret_access_key=secret, aws_session_token=token,
                              config=Config(retries={"max_attempts": 0}))
        self.addCleanup(client.close)
        return client

    def assert_refused(self, client, code):
        with self.assertRaises(ClientError) as refused:
            client.list_tables()
        self.assertEqual(refused.exception.response["Error"]["Code"], code)

    def test_only_who_knows_the_secret_is_served(self):
        with MillraceServer("--auth", "sigv4", "--access-key", "AKID:right/+=", "--access-key", "111122223333:other") as server:
            client = self.client(server, "AKID", "right/+=")
            client.create_table(TableName="people", BillingMode="PAY_PER_REQUEST",
                                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
            client.put_item(TableName="people", Item={"pk": {"S": "Zoë €"}})
            self.assertEqual(client.scan(TableName="people")["Count"], 1)
            self.assertEqual(self.client(server, "111122223333", "other").list_tables()["TableNames"], [],
                             "an account of its own")
            self.assert_refused(self.client(server, "AKID", "wrong"), "InvalidSignatureException")
            self.assert_refused(self.client(server, "NOBODY", "right"), "UnrecognizedClientException")
            self.assert_refused(self.client(server, "AKID", "right/+=", token="t"), "UnrecognizedClientException")

    def test_keys_come_from_a_credentials_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "credentials")
            with open(path, "w", encoding="utf-8") as file:
                file.write("[default]\naws_access_key_id = A\naws_secret_access_key = s\n"
                           "[session]\naws_access_key_id = B\naws_secret_access_key = t\naws_session_token = u\n")
            with MillraceServer("--auth", "sigv4", "--access-keys-file", path) as server:
                self.assertEqual(self.client(server, "A", "s").list_tables()["TableNames"], [])
                self.assertEqual(self.client(server, "B", "t", token="u").list_tables()["TableNames"], [])
                self.assert_refused(self.client(server, "B", "t"), "UnrecognizedClientException")


if __name__ == "__main__":
    unittest.main()
