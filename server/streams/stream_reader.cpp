#include "server/streams/stream_reader.hpp"

#include <algorithm>

#include "server/model/arn.hpp"
#include "server/streams/record/stream_record.hpp"

namespace millrace::streams {
namespace {

ApiError invalid_arn(std::string_view member, std::string_view arn) {
  return base::validation_error("Invalid " + std::string{member} + ": " + std::string{arn});
}

ApiError not_found(std::string_view what) {
  return {ErrorKind::kResourceNotFound, "Requested resource not found: " + std::string{what}};
}

ApiError trimmed() { return {ErrorKind::kTrimmedDataAccess, "The data you are trying to access has been trimmed."}; }

std::string_view to_text(ShardIteratorType type) {
  switch (type) {
    case ShardIteratorType::kTrimHorizon: return "TRIM_HORIZON";
    case ShardIteratorType::kLatest: return "LATEST";
    case ShardIteratorType::kAtSequenceNumber: return "AT_SEQUENCE_NUMBER";
    case ShardIteratorType::kAfterSequenceNumber: return "AFTER_SEQUENCE_NUMBER";
  }
  return {};
}

/// The JSON array of a page, appended to a text in as few steps as its length allows: a text that grows by doubling is
/// copied each time, and one that is made for a whole page at once is much for a few records.
class RecordsArray {
 public:
  /// Of at most `limit` records. `out` outlives the array.
  RecordsArray(std::string& out, std::size_t limit) : out_{out}, begins_{out.size()}, limit_{limit} {
    out_.push_back('[');
  }

  void add(const StoredRecord& record) {
    make_room(json_bytes(record));
    if (count_ > 0) out_.push_back(',');
    append_get_records_json(out_, record);
    ++count_;
  }
  void finish() { out_.push_back(']'); }
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  void make_room(std::size_t bytes) {
    constexpr std::size_t kSmall = std::size_t{128} << 10U;
    constexpr std::size_t kAround = 512;  // the rest of the answer
    if (out_.capacity() - out_.size() > bytes + kAround) return;
    // Records vary little in their length, mostly by the digits of a number.
    const std::size_t written = out_.size() - begins_;
    const std::size_t expected = count_ == 0 ? bytes : (written / count_ + 16) * limit_;
    const std::size_t most = written < kSmall / 2 ? kSmall : kMaxBytesPerPage;
    out_.reserve(begins_ + std::max(std::min(expected, most), written + bytes) + kAround);
  }

  std::string& out_;
  const std::size_t begins_;
  const std::size_t limit_;
  std::size_t count_{0};
};

/// Where a page ended.
struct PageEnd {
  Sequence position{0};
  bool more{false};
};

/// Hands the records after `after` to `take`, as many as `limits` allow.
StorageResult<PageEnd> read_page(storage::Storage& storage, LogId log, Sequence after, const ReadLimits& limits,
                                 const RecordTaker& take) {
  PageEnd end{after, false};
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::optional<StorageError> damaged;
  const auto read = storage.read_records(log, after, [&](const storage::RecordView& record) {
    const auto stored = read_payload(record);
    if (stored.has_error()) {
      damaged = stored.error();
      damaged->damaged_through = record.sequence;
      return storage::Visit::kStop;
    }
    bytes += json_bytes(*stored);
    if (count == limits.records || (count > 0 && bytes > limits.bytes)) {
      end.more = true;
      return storage::Visit::kStop;
    }
    take(*stored);
    ++count;
    end.position = record.sequence;
    return storage::Visit::kContinue;
  });
  if (!damaged && read.has_value()) return end;
  StorageError error = damaged ? *std::move(damaged) : read.error();
  if (error.kind != StorageErrorKind::kCorrupt || count == 0) return error;
  end.more = true;  // the damage is told by the page that begins with it
  return end;
}

StorageResult<bool> has_record(storage::Storage& storage, LogId log, Sequence sequence) {
  bool found = false;
  const auto read = storage.read_records(log, sequence - 1, [&](const storage::RecordView& record) {
    found = record.sequence == sequence;
    return storage::Visit::kStop;
  });
  if (read.has_error()) return read.error();
  return found;
}

/// The position that `query`'s sequence number stands for in `shard`.
Result<Sequence> numbered_position(storage::Storage& storage, const Shard& shard, const ShardIteratorQuery& query) {
  if (!query.sequence_number) {
    return base::validation_error("SequenceNumber is required for ShardIteratorType " +
                                  std::string{to_text(query.type)});
  }
  const ApiError foreign = base::validation_error("Invalid SequenceNumber: " + std::string{*query.sequence_number});
  const auto sequence = parse_sequence_number(*query.sequence_number);
  if (!sequence || *sequence < shard.starting_sequence) return foreign;
  if (*sequence == shard.starting_sequence) return shard.trim_horizon();
  if (*sequence <= shard.trimmed_through) return trimmed();
  if (shard.ending_sequence && *sequence == *shard.ending_sequence) return *sequence;
  TRY_ASSIGN(const bool found, has_record(storage, shard.log, *sequence));
  if (!found) return foreign;
  return query.type == ShardIteratorType::kAtSequenceNumber ? *sequence - 1 : *sequence;
}

Result<Sequence> position_of(storage::Storage& storage, const Shard& shard, const ShardIteratorQuery& query) {
  switch (query.type) {
    case ShardIteratorType::kAtSequenceNumber:
    case ShardIteratorType::kAfterSequenceNumber: return numbered_position(storage, shard, query);
    case ShardIteratorType::kTrimHorizon:
    case ShardIteratorType::kLatest: break;
  }
  if (query.sequence_number) {
    return base::validation_error("SequenceNumber is not allowed for ShardIteratorType " +
                                  std::string{to_text(query.type)});
  }
  if (query.type == ShardIteratorType::kTrimHorizon) return shard.trim_horizon();
  TRY_ASSIGN(const Sequence latest, latest_position(storage, shard));
  return latest;
}

}  // namespace

Result<const StreamDescriptor*> require_stream(const CallerStreams& streams, std::string_view arn) {
  const auto parts = model::parse_stream_arn(arn);
  if (!parts) return invalid_arn("StreamArn", arn);
  const auto& [catalog, caller] = streams;
  const StreamDescriptor* stream = nullptr;
  if (caller.shares_all) {
    stream = catalog.find(model::stream_arn(model::table_arn(caller.account, parts->table_name), parts->label));
  } else if (caller.is_meant_by(parts->region, parts->account_id)) {
    stream = catalog.find(arn);
  }
  if (stream != nullptr) return stream;
  std::string what = "Stream: " + std::string{arn} + " not found";
  if (!caller.shares_all) what += model::stream_elsewhere_hint(arn, caller.account);
  return not_found(what);
}

Result<StreamPage> list_streams(const CallerStreams& streams, const ListStreamsQuery& query) {
  const std::string_view start = query.exclusive_start_stream_arn;
  if (!start.empty() && !model::parse_stream_arn(start)) return invalid_arn("ExclusiveStartStreamArn", start);
  return streams.catalog.list(streams.caller.account, query.table_name, start, query.limit);
}

Result<StreamDescription> describe_stream(const CallerStreams& streams, const DescribeStreamQuery& query) {
  StreamDescription description;
  TRY_ASSIGN(description.stream, require_stream(streams, query.stream_arn));
  // A start that is no shard of the stream is no error; nothing follows it.
  bool started = query.exclusive_start_shard_id.empty();
  for (const Shard& shard : description.stream->shards) {
    if (!started) {
      started = shard.shard_id == query.exclusive_start_shard_id;
      continue;
    }
    if (!query.children_of.empty() && !shard.is_child_of(query.children_of)) continue;
    if (description.shards.size() == query.limit) {
      description.more = true;
      break;
    }
    description.shards.push_back(&shard);
  }
  return description;
}

Result<std::string> get_shard_iterator(storage::Storage& storage, const CallerStreams& streams, const Clock& clock,
                                       const ShardIteratorQuery& query) {
  TRY_ASSIGN(const StreamDescriptor* const stream, require_stream(streams, query.stream_arn));
  const Shard* const shard = stream->find_shard(query.shard_id);
  if (shard == nullptr) return not_found("Shard does not exist");
  TRY_ASSIGN(const Sequence after, position_of(storage, *shard, query));
  return streams::to_text(ShardIterator{stream->arn, shard->shard_id, after, clock.now()});
}

Result<RecordsPage> get_records(storage::Storage& storage, const CallerStreams& streams, const Clock& clock,
                                std::string_view iterator_text, std::size_t limit, std::string& out) {
  TRY_ASSIGN(ShardIterator iterator, parse_shard_iterator(iterator_text));
  TRY_ASSIGN(const StreamDescriptor* const stream, require_stream(streams, iterator.stream_arn));
  const TimePoint now = clock.now();
  TRY(check_not_expired(iterator, now));
  const Shard* const shard = stream->find_shard(iterator.shard_id);
  // Iterators are made for existing shards only; this one has left the list with all its records.
  if (shard == nullptr || iterator.after < shard->trimmed_through) return trimmed();

  RecordsArray records{out, limit};
  TRY_ASSIGN(const PageEnd end, read_page(storage, shard->log, iterator.after, ReadLimits{limit, kMaxBytesPerPage},
                                          [&records](const StoredRecord& record) { records.add(record); }));
  records.finish();
  RecordsPage page{.count = records.count(), .next_iterator = {}};
  if (end.more || shard->is_open()) {
    iterator.after = end.position;
    iterator.created = now;
    page.next_iterator = streams::to_text(iterator);
  }
  return page;
}

StorageResult<ShardPage> read_shard(storage::Storage& storage, const Shard& shard, Sequence after,
                                    const ReadLimits& limits, const RecordTaker& take) {
  ShardPage page;
  const auto end = read_page(storage, shard.log, after, limits, take);
  if (end.has_error()) return end.error();
  page.more = end->more;
  page.at_end = !end->more && !shard.is_open();
  return page;
}

StorageResult<Sequence> latest_position(storage::Storage& storage, const Shard& shard) {
  const auto latest = storage.latest_record(shard.log);
  if (latest.has_error()) return latest.error();
  return std::max(latest->value_or(0), shard.trim_horizon());
}

}  // namespace millrace::streams
