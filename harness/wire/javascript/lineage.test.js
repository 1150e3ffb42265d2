// A consumer that follows the shards of a stream through rollover, split and merge, with the SDK for JavaScript.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MillraceServer, streamsSdk } from "./millrace_server.js";
import { createPeople, put } from "./tables.js";

const keys = ["a", "b", "c", "d", "e", "f"];

async function post(server, path, body) {
  const answer = await fetch(server.url + path, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text);
}

/** Reads parents to their ends before their children, and keeps sequence numbers between two polls. */
class LineageConsumer {
  #positions = new Map();
  #finished = new Set();
  records = [];

  constructor(streams, streamArn) {
    this.streams = streams;
    this.streamArn = streamArn;
  }

  async shards() {
    const found = [];
    let start;
    do {
      const { StreamDescription } = await this.streams.send(new streamsSdk.DescribeStreamCommand({
        StreamArn: this.streamArn, ExclusiveStartShardId: start, Limit: 2 }));
      found.push(...StreamDescription.Shards);
      start = StreamDescription.LastEvaluatedShardId;
    } while (start);
    return found;
  }

  async poll() {
    const listed = await this.shards();
    const ids = new Set(listed.map(({ ShardId }) => ShardId));
    for (const { ShardId, ParentShardId } of listed) {
      if (this.#finished.has(ShardId)) continue;
      if (ids.has(ParentShardId) && !this.#finished.has(ParentShardId)) continue;
      await this.#read(ShardId);
    }
  }

  async #read(shardId) {
    const position = this.#positions.get(shardId);
    const place = position
      ? { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: position }
      : { ShardIteratorType: "TRIM_HORIZON" };
    let { ShardIterator: iterator } = await this.streams.send(new streamsSdk.GetShardIteratorCommand({
      StreamArn: this.streamArn, ShardId: shardId, ...place }));
    while (iterator) {
      const page = await this.streams.send(new streamsSdk.GetRecordsCommand({ ShardIterator: iterator, Limit: 5 }));
      for (const record of page.Records) {
        this.records.push(record);
        this.#positions.set(shardId, record.dynamodb.SequenceNumber);
      }
      iterator = page.NextShardIterator;
      if (iterator && page.Records.length === 0) return;
    }
    this.#finished.add(shardId);
  }
}

test("a consumer reads each record once and in order while shards roll over, split and merge", async () => {
  const server = await MillraceServer.start("--clock", "2026-01-01T00:00:00Z", "--freeze-clock");
  try {
    const dynamodb = server.dynamodb();
    const { LatestStreamArn } = await createPeople(dynamodb, "people", "NEW_IMAGE");
    const consumer = new LineageConsumer(server.streams(), LatestStreamArn);
    const steps = 10;
    for (let step = 0; step < steps; step += 1) {
      await put(dynamodb, "people", keys, { n: { N: String(step) } });
      if (step === 2) await post(server, "/_millrace/streams/people", { action: "split" });
      if (step === 6) await post(server, "/_millrace/streams/people", { action: "merge" });
      if (step % 4 === 3) await consumer.poll();
      await post(server, "/_millrace/clock", { advance: "3h" });
    }
    await consumer.poll();
    for (const key of keys) {
      const seen = consumer.records.map(({ dynamodb: { NewImage } }) => NewImage).filter(({ pk }) => pk.S === key);
      assert.deepEqual(seen.map(({ n }) => Number(n.N)), [...Array(steps).keys()], key);
    }
    assert.equal(consumer.records.length, steps * keys.length);
    assert.ok((await consumer.shards()).length > 4);
  } finally {
    await server.stop();
  }
});
