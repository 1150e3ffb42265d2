"""Records that a mapping gives up: kept, sent to queues, topics and buckets, and delivered again."""

import glob
import json
import os
import re
import tempfile
import unittest
import urllib.parse
import urllib.request

from aws_service import KEYS, AwsRequests, AwsService
from external_function import ExternalFunction, FunctionFailed
from millrace_server import REGION, MillraceServer
from tables import create_people, put
from test_functions import EXTERNAL, create_function

QUEUE = f"arn:aws:sqs:{REGION}:000000000000:failures"
TOPIC = f"arn:aws:sns:{REGION}:000000000000:failures"
BUCKET = "arn:aws:s3:::failures"


class Services(AwsService):
    """Stands for SQS (in JSON) and SNS at one address; `taken` are pairs of service and document, `refusals` statuses."""

    def __init__(self):
        super().__init__(ServiceRequests)


class ServiceRequests(AwsRequests):
    def service(self):
        return "sqs" if "X-Amz-Target" in self.headers else "sns"

    def answer(self, body):
        if self.server.refusals:
            return self.server.refusals.pop(0), '{"__type":"com.amazonaws.sqs#Refused","message":"not today"}'
        if self.service() == "sns":
            form = dict(urllib.parse.parse_qsl(body.decode()))
            if (form["Action"], form["TopicArn"]) != ("Publish", TOPIC):
                return 404, "<ErrorResponse><Error><Code>NotFound</Code></Error></ErrorResponse>"
            self.server.taken.append(("sns", form["Message"]))
            return 200, "<PublishResponse/>"
        request = json.loads(body)
        if self.headers["X-Amz-Target"] == "AmazonSQS.GetQueueUrl":
            if request["QueueName"] != "failures":
                return 400, '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The queue does not exist."}'
            return 200, json.dumps({"QueueUrl": f"{self.server.url}/000000000000/failures"})
        self.server.taken.append(("sqs", request["MessageBody"]))
        return 200, json.dumps({"MessageId": "1"})


class WithAMapping(unittest.TestCase):
    def start(self, *arguments):
        self.server = MillraceServer("--signing-key", f"{KEYS.access_key}:{KEYS.secret_key}", *arguments)
        self.server.start()
        self.addCleanup(self.server.__exit__)  # after the function's own
        self.dynamodb = self.server.client("dynamodb")
        self.lambda_client = self.server.client("lambda")
        self.fails = True

    def create_mapping(self, destination=None, **arguments):
        stream = create_people(self.dynamodb, stream="NEW_AND_OLD_IMAGES")["LatestStreamArn"]
        create_function(self.lambda_client, "orders", EXTERNAL)
        self.attach()
        if destination:
            arguments["DestinationConfig"] = {"OnFailure": {"Destination": destination}}
        self.uuid = self.lambda_client.create_event_source_mapping(
            EventSourceArn=stream, FunctionName="orders", StartingPosition="TRIM_HORIZON",
            **{"MaximumRetryAttempts": 0, **arguments})["UUID"]
        return self.uuid

    def attach(self):
        self.function = ExternalFunction(self.server.runtime_api_port, "orders", self.handle)
        self.addCleanup(self.function.close)

    def handle(self, event):
        if self.fails:
            raise FunctionFailed("Boom", "no")
        return None

    def letters(self, query=""):
        status, answer = self.server.request("GET", "/_millrace/dead-letters" + query)
        self.assertEqual(status, 200, answer)
        return answer

    def counted(self, name):
        """A metric of the mapping, as Prometheus gets it."""
        with urllib.request.urlopen(self.server.url + "/metrics") as answer:
            [value] = re.findall(rf"^millrace_esm_{name}_total{{[^}}]*{self.uuid}[^}}]*}} (\d+)$",
                                 answer.read().decode(), re.MULTILINE)
        return int(value)

    def redrive(self, **what):
        return self.server.request("POST", "/_millrace/dead-letters/redrive", what)


class Destinations(WithAMapping):
    def setUp(self):
        self.services = self.enterContext(Services())
        self.directory = self.enterContext(tempfile.TemporaryDirectory())
        self.start("--db-path", os.path.join(self.directory, "data"), "--sqs-endpoint", self.services.url,
                   "--sns-endpoint", self.services.url, "--buckets", os.path.join(self.directory, "buckets"))

    def give_up(self, destination):
        self.create_mapping(destination)
        put(self.dynamodb, "people", "a")
        self.server.drain(self.uuid)
        [letter] = self.letters()["letters"]
        return letter

    def check_document(self, document):
        context = document["requestContext"]
        self.assertEqual((context["condition"], context["approximateInvokeCount"]), ("RetryAttemptsExhausted", 1))
        self.assertEqual(document["responseContext"],
                         {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"})
        [record] = self.function.records
        self.assertEqual(document["DDBStreamBatchInfo"]["startSequenceNumber"], record["dynamodb"]["SequenceNumber"])

    def test_a_queue_gets_the_document(self):
        letter = self.give_up(QUEUE)
        [(service, text)] = self.services.taken
        self.assertEqual((service, json.loads(text)), ("sqs", letter["document"]))
        self.check_document(json.loads(text))
        self.assertEqual(letter["destination"], {"arn": QUEUE, "state": "delivered", "delivered": True})
        self.assertEqual(self.counted("on_failure_destination_delivered_events"), 1)
        self.assertEqual(self.counted("dropped_events"), 0)
        for signature, expected in self.services.signatures:
            self.assertEqual(signature, expected)

    def test_a_topic_gets_the_document(self):
        letter = self.give_up(TOPIC)
        [(service, text)] = self.services.taken
        self.assertEqual((service, json.loads(text)), ("sns", letter["document"]))
        for signature, expected in self.services.signatures:
            self.assertEqual(signature, expected)

    def test_a_bucket_gets_the_event_too(self):
        letter = self.give_up(BUCKET)
        [path] = glob.glob(os.path.join(self.directory, "buckets", "failures", "aws", "lambda", "**", "*"),
                           recursive=True)[-1:]
        with open(path) as file:
            document = json.load(file)
        payload = json.loads(document.pop("payload"))
        self.assertEqual(document, letter["document"])
        self.assertEqual(payload, self.function.events[0])
        shard = document["DDBStreamBatchInfo"]["shardId"]
        key = os.path.relpath(path, os.path.join(self.directory, "buckets", "failures"))
        self.assertRegex(key, rf"^aws/lambda/{self.uuid}/{shard}/\d{{4}}/\d\d/\d\d/"
                              r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$")

    def test_what_is_refused_for_a_while_arrives(self):
        self.services.refusals = [503, 503]
        self.assertTrue(self.give_up(QUEUE)["destination"]["delivered"])

    def test_a_queue_that_is_not_there_is_named_and_holds_nothing_up(self):
        letter = self.give_up(QUEUE.replace("failures", "nowhere"))
        self.assertEqual(letter["destination"]["problem"], "400 QueueDoesNotExist: The queue does not exist.")
        [report] = self.server.drain(self.uuid)["mappings"]
        self.assertEqual(report["destinationDeliveryFailures"], 1)
        self.assertEqual(report["discarded"], 1)

    def test_a_server_that_never_answers_does_not_hold_up_the_end(self):
        self.services.holds.set()
        self.create_mapping(QUEUE)
        put(self.dynamodb, "people", "a")
        self.assertTrue(self.services.asked.wait(30))
        self.server.stop()
        self.services.holds.clear()
        self.server.start()  # and the next process sends it
        self.services.wait_for(1)
        self.assertTrue(self.letters()["letters"])

    def test_a_kill_loses_nothing(self):
        self.services.holds.set()
        self.create_mapping(QUEUE)
        put(self.dynamodb, "people", "a")
        self.assertTrue(self.services.asked.wait(30))  # kept, and perhaps not yet in a checkpoint
        self.server.kill()
        self.services.holds.clear()
        self.server.start()
        self.attach()
        self.services.wait_for(1)
        self.server.drain(self.uuid)
        [letter] = self.letters()["letters"]
        self.assertTrue(letter["destination"]["delivered"])
        self.assertEqual(letter["event"]["Records"][0]["dynamodb"]["Keys"], {"pk": {"S": "a"}})

    def test_the_mapping_shows_keeps_and_drops_its_destination(self):
        self.create_mapping(QUEUE)
        shown = lambda: self.lambda_client.get_event_source_mapping(UUID=self.uuid)["DestinationConfig"]
        self.assertEqual(shown(), {"OnFailure": {"Destination": QUEUE}})
        self.server.drain(self.uuid)
        self.lambda_client.update_event_source_mapping(UUID=self.uuid, BatchSize=7)
        self.assertEqual(shown(), {"OnFailure": {"Destination": QUEUE}})
        self.server.drain(self.uuid)
        self.lambda_client.update_event_source_mapping(UUID=self.uuid,
                                                       DestinationConfig={"OnFailure": {"Destination": ""}})
        self.assertEqual(shown(), {"OnFailure": {}})


class DeadLetters(WithAMapping):
    """With no server but Millrace."""

    def setUp(self):
        self.start()

    def give_up(self, *keys, **arguments):
        self.create_mapping(BatchSize=1, **arguments)
        put(self.dynamodb, "people", *keys)
        self.server.drain(self.uuid)

    def keys_of(self, letters):
        return [letter["event"]["Records"][0]["dynamodb"]["Keys"]["pk"]["S"] for letter in letters]

    def test_they_are_listed_newest_first_and_in_pages(self):
        self.give_up("a", "b", "c")
        answer = self.letters()
        self.assertEqual((answer["kept"], answer["dropped"], answer["more"]), (3, 0, False))
        self.assertEqual(self.keys_of(answer["letters"]), ["c", "b", "a"])
        first = self.letters(f"?mapping={self.uuid}&limit=2")
        self.assertTrue(first["more"])
        rest = self.letters(f"?mapping={self.uuid}&limit=2&before={first['next']}")
        self.assertEqual(self.keys_of(first["letters"] + rest["letters"]), ["c", "b", "a"])
        self.assertEqual(self.letters("?mapping=nobody")["letters"], [])
        self.assertNotIn("destination", answer["letters"][0])
        self.assertEqual(answer["letters"][0]["document"]["DDBStreamBatchInfo"]["batchSize"], 1)

    def test_a_destination_without_a_server_is_kept_with_the_cure(self):
        self.give_up("a", DestinationConfig={"OnFailure": {"Destination": QUEUE}})
        [letter] = self.letters()["letters"]
        self.assertEqual(letter["destination"], {
            "arn": QUEUE, "state": "failed", "delivered": False,
            "problem": "no server stands for SQS (start Millrace with --sqs-endpoint URL)"})
        self.assertEqual(self.counted("destination_delivery_failures"), 1)
        self.assertEqual(self.counted("dropped_events"), 1)
        self.assertEqual(self.counted("on_failure_destination_delivered_events"), 0)

    def test_a_redrive_delivers_them_again(self):
        self.give_up("a", "b")
        status, answer = self.redrive(mapping=self.uuid)
        self.assertEqual((status, answer["redriven"]), (200, []))
        self.assertEqual([failure["problem"] for failure in answer["failed"]], ["the function failed: Boom: no"] * 2)
        self.assertEqual([letter["redrives"] for letter in self.letters()["letters"]], [1, 1])
        self.fails = False
        before = len(self.function.events)
        [_, oldest] = self.letters()["letters"]
        self.assertEqual(self.redrive(id=oldest["id"]), (200, {"redriven": [oldest["id"]], "failed": []}))
        self.assertEqual(self.function.events[before:], [oldest["event"]])
        self.assertEqual(len(self.redrive(mapping=self.uuid)[1]["redriven"]), 1)
        self.assertEqual(self.letters()["letters"], [])
        self.assertEqual(self.function.keys()[before:], ["a", "b"])

    def test_a_disk_that_takes_no_writes_holds_the_checkpoint_back(self):
        faults = {"points": {"storage.commit": {"times": 2}}}

        def handle(_):
            self.server.request("PUT", "/_millrace/faults", faults)
            raise FunctionFailed("Boom", "no")

        self.handle = handle
        self.give_up("a")
        [letter] = self.letters()["letters"]
        self.assertEqual(self.keys_of([letter]), ["a"])
        self.assertEqual(self.function.keys(), ["a"])
        _, answer = self.server.request("GET", "/_millrace/faults")
        self.assertEqual(answer["points"]["storage.commit"]["fired"], 2)
        [report] = self.server.drain(self.uuid)["mappings"]
        self.assertEqual((report["discarded"], report["deadLetters"]), (1, 1))

    def test_they_go_after_a_fortnight(self):
        self.give_up("a")
        self.server.clock(advance="13d")
        self.assertEqual(len(self.letters()["letters"]), 1)
        self.server.clock(advance="25h")
        answer = self.letters()
        self.assertEqual((answer["letters"], answer["kept"], answer["dropped"]), ([], 0, 1))

    def test_they_can_be_removed(self):
        self.give_up("a", "b", "c")
        newest = self.letters()["letters"][0]["id"]
        self.assertEqual(self.server.request("DELETE", f"/_millrace/dead-letters/{newest}"), (200, {"deleted": 1}))
        self.assertEqual(self.server.request("DELETE", f"/_millrace/dead-letters?mapping={self.uuid}"),
                         (200, {"deleted": 2}))
        self.assertEqual(self.letters()["letters"], [])

    def test_mistakes_are_sentences(self):
        for method, path, body, message in [
            ("GET", "?limit=0", None, "limit must be a number from 1 to 1000."),
            ("GET", "?before=x", None, "before must be the id of a dead letter, not 'x'."),
            ("DELETE", "?maping=x", None, "There is no parameter 'maping'; there is mapping."),
            ("DELETE", "/7", None, "There is no dead letter '7'."),
            ("POST", "/redrive", {"id": "7"}, "There is no dead letter '7'."),
            ("POST", "/redrive", {}, 'A redrive is of one dead letter, {"id":"…"}, or of all of a mapping, '
                                     '{"mapping":"<uuid>"}.'),
            ("POST", "/redrive", {"uuid": "7"}, "A redrive has no member 'uuid'; it has mapping and id."),
            ("POST", "/redrive", {"mapping": "7"}, "There is no event source mapping with the UUID '7', and its dead "
                                                   "letters can be delivered by no other."),
        ]:
            status, answer = self.server.request(method, "/_millrace/dead-letters" + path, body)
            self.assertIn(status, (400, 404))
            self.assertEqual(answer.get("message", answer.get("Message")), message)

    def test_a_fifo_destination_is_refused(self):
        with self.assertRaises(self.lambda_client.exceptions.InvalidParameterValueException) as caught:
            self.create_mapping(QUEUE + ".fifo")
        self.assertIn("FIFO", str(caught.exception))


class Tags(WithAMapping):
    def setUp(self):
        self.start()

    def test_mappings_and_functions_are_tagged(self):
        self.create_mapping()  # Debian's boto3 is older than its Tags
        mapping = f"arn:aws:lambda:{REGION}:000000000000:event-source-mapping:{self.uuid}"
        function = self.lambda_client.get_function(FunctionName="orders")["Configuration"]["FunctionArn"]
        for arn in (mapping, function):
            tags = lambda: self.lambda_client.list_tags(Resource=arn)["Tags"]
            self.assertEqual(tags(), {})
            self.lambda_client.tag_resource(Resource=arn, Tags={"a": "1", "b": "2", "c d": "3"})
            self.assertEqual(tags(), {"a": "1", "b": "2", "c d": "3"})
            self.lambda_client.untag_resource(Resource=arn, TagKeys=["b", "c d", "unknown"])
            self.assertEqual(tags(), {"a": "1"})
        self.fails = False
        put(self.dynamodb, "people", "x")
        self.server.drain(self.uuid)
        self.assertEqual(self.function.keys(), ["x"])  # a tag has restarted nothing

    def test_what_is_not_there_has_no_tags(self):
        unknown = f"arn:aws:lambda:{REGION}:000000000000:event-source-mapping:14e0db71-0000-4000-8000-000000000000"
        with self.assertRaises(self.lambda_client.exceptions.ResourceNotFoundException) as caught:
            self.lambda_client.list_tags(Resource=unknown)
        self.assertEqual(caught.exception.response["Error"]["Message"], f"Event source mapping not found: {unknown}")
        with self.assertRaises(self.lambda_client.exceptions.ResourceNotFoundException):
            self.lambda_client.tag_resource(Resource=f"arn:aws:lambda:{REGION}:000000000000:function:nobody",
                                            Tags={"a": "b"})

    def test_a_recursion_config_is_kept(self):
        create_function(self.lambda_client, "orders", EXTERNAL)
        path = "/2024-08-31/functions/orders/recursion-config"  # Debian's boto3 is older than it
        self.assertEqual(self.server.request("GET", path), (200, {"RecursiveLoop": "Terminate"}))
        self.assertEqual(self.server.request("PUT", path, {"RecursiveLoop": "Allow"}),
                         (200, {"RecursiveLoop": "Allow"}))
        self.assertEqual(self.server.request("GET", path), (200, {"RecursiveLoop": "Allow"}))


if __name__ == "__main__":
    unittest.main()
