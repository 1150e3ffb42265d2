// What is set about a table beside the table, through the AWS SDK for JavaScript, where that of Python is too old to know it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MillraceServer, dynamodbSdk as sdk } from "./millrace_server.js";
import { createPeople } from "./tables.js";

let server;
let dynamodb;
let table;
const send = (command) => dynamodb.send(command);

before(async () => {
  server = await MillraceServer.start();
  dynamodb = server.dynamodb();
  table = await createPeople(dynamodb);
});
after(() => server.stop());

test("keeps a resource policy, until it is removed", async () => {
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "111122223333" }, Action: ["dynamodb:GetItem"], Resource: "*" }],
  });
  const ResourceArn = table.TableArn;
  const { RevisionId } = await send(new sdk.PutResourcePolicyCommand({ ResourceArn, Policy }));
  const found = await send(new sdk.GetResourcePolicyCommand({ ResourceArn }));
  assert.equal(found.RevisionId, RevisionId);
  assert.deepEqual(JSON.parse(found.Policy).Statement[0].Principal, { AWS: "arn:aws:iam::111122223333:root" });
  await assert.rejects(
    send(new sdk.PutResourcePolicyCommand({ ResourceArn, Policy, ExpectedRevisionId: "NO_POLICY" })),
    sdk.PolicyNotFoundException);
  assert.equal((await send(new sdk.DeleteResourcePolicyCommand({ ResourceArn }))).RevisionId, RevisionId);
  await assert.rejects(send(new sdk.GetResourcePolicyCommand({ ResourceArn })), sdk.PolicyNotFoundException);
});

test("tells the precision of times for a Kinesis stream", async () => {
  const region = table.TableArn.split(":")[3];
  const destination = { TableName: "people", StreamArn: `arn:aws:kinesis:${region}:000000000000:stream/changes` };
  const microseconds = { ApproximateCreationDateTimePrecision: "MICROSECOND" };
  await send(new sdk.EnableKinesisStreamingDestinationCommand(destination));
  const update = new sdk.UpdateKinesisStreamingDestinationCommand(
    { ...destination, UpdateKinesisStreamingConfiguration: microseconds });
  assert.equal((await send(update)).DestinationStatus, "UPDATING");
  const { KinesisDataStreamDestinations: shown } =
    await send(new sdk.DescribeKinesisStreamingDestinationCommand({ TableName: "people" }));
  assert.deepEqual(shown, [{ StreamArn: destination.StreamArn, DestinationStatus: "ACTIVE", ...microseconds }]);
  await assert.rejects(send(update), /Precision is already set to the desired value of MICROSECOND/);
});

test("keeps the auto scaling of a table", async () => {
  const TableName = "scaled";
  await send(new sdk.CreateTableCommand({
    TableName, AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
  }));
  const target = { TargetTrackingScalingPolicyConfiguration: { TargetValue: 70.5, ScaleInCooldown: 60 } };
  await send(new sdk.UpdateTableReplicaAutoScalingCommand({
    TableName,
    ProvisionedWriteCapacityAutoScalingUpdate: { MinimumUnits: 1, MaximumUnits: 10, ScalingPolicyUpdate: target },
  }));
  const { TableAutoScalingDescription: description } =
    await send(new sdk.DescribeTableReplicaAutoScalingCommand({ TableName }));
  const [replica] = description.Replicas;
  assert.equal(replica.ReplicaProvisionedReadCapacityAutoScalingSettings.AutoScalingDisabled, true);
  const { MaximumUnits, ScalingPolicies: [policy] } = replica.ReplicaProvisionedWriteCapacityAutoScalingSettings;
  assert.equal(MaximumUnits, 10);
  assert.deepEqual(policy, { PolicyName: "DynamoDBWriteCapacityUtilization:table/scaled", ...target });
});
