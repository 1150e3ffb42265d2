"""A consumer of a stream that keeps AWS's rules: a parent is read to its end before its children, pages are read until
there is no next iterator, and what is kept between two polls is a sequence number, as iterators live a quarter of an
hour only."""


class LineageConsumer:
    def __init__(self, streams, stream_arn):
        self._streams = streams
        self._stream_arn = stream_arn
        self._positions = {}  # shard -> sequence number of the last record that was read
        self._finished = set()
        self.records = []
        self.shards_read = []  # in the order of their first record or end

    def shards(self):
        """All shards that are listed, over all pages."""
        found, arguments = [], {}
        while True:
            page = self._streams.describe_stream(StreamArn=self._stream_arn, **arguments)["StreamDescription"]
            found += page["Shards"]
            if "LastEvaluatedShardId" not in page:
                return found
            arguments = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}

    def poll(self):
        """Reads what there is."""
        listed = self.shards()
        ids = {shard["ShardId"] for shard in listed}
        for shard in listed:  # by id: parents before children
            parent = shard.get("ParentShardId")
            if shard["ShardId"] in self._finished:
                continue
            if parent in ids and parent not in self._finished:
                continue
            self._read(shard["ShardId"])

    def _read(self, shard_id):
        iterator = self._iterator(shard_id)
        while iterator is not None:
            page = self._streams.get_records(ShardIterator=iterator, Limit=7)
            for record in page["Records"]:
                self.records.append(record)
                self._positions[shard_id] = record["dynamodb"]["SequenceNumber"]
            if shard_id not in self.shards_read:
                self.shards_read.append(shard_id)
            iterator = page.get("NextShardIterator")
            if iterator is not None and not page["Records"]:
                return
        self._finished.add(shard_id)

    def _iterator(self, shard_id):
        position = self._positions.get(shard_id)
        place = ({"ShardIteratorType": "TRIM_HORIZON"} if position is None else
                 {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": position})
        return self._streams.get_shard_iterator(StreamArn=self._stream_arn, ShardId=shard_id, **place)["ShardIterator"]
