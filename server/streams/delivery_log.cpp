#include "server/streams/delivery_log.hpp"

#include <fmt/format.h>

#include <limits>
#include <map>
#include <utility>

#include "server/streams/record/sequence_number.hpp"
#include "server/streams/record/stream_record.hpp"
#include "server/streams/stream_reader.hpp"

namespace millrace::streams {
namespace {

// The ARN of a log: kinesis/<precision>/<ARN of the Kinesis stream>/<table>/<label>. No other ARN begins so.
constexpr std::string_view kLogs = "kinesis/";
constexpr std::string_view kMicroseconds = "MICROSECOND";
constexpr std::string_view kMilliseconds = "MILLISECOND";

bool is_meant(std::string_view destination_arn, std::string_view wanted) {
  if (destination_arn == wanted) return true;
  return destination_arn.substr(destination_arn.rfind('/') + 1) == wanted;
}

/// The earliest records of several logs, as many as a page has: whatever is left out is later than all that is in it.
class PageInOrder {
 public:
  explicit PageInOrder(std::size_t limit) : limit_{limit} {}

  void add(Sequence sequence, std::string json) {
    if (sequence >= end_) return;
    bytes_ += json.size();
    records_.emplace(sequence, std::move(json));
    while (records_.size() > limit_ || (records_.size() > 1 && bytes_ > kMaxBytesPerPage)) {
      end_before(std::prev(records_.end())->first);
    }
  }
  /// A log has more behind `last`, of which the page knows nothing.
  void end_behind(Sequence last) { end_before(last + 1); }

  [[nodiscard]] DeliveryPage finish(Sequence after) const {
    DeliveryPage page{.records_json = "[", .count = records_.size(), .last = after, .more = end_ != kNoEnd};
    for (const auto& [sequence, json] : records_) {
      if (page.records_json.size() > 1) page.records_json.push_back(',');
      page.records_json.append(json);
      page.last = sequence;
    }
    page.records_json.push_back(']');
    return page;
  }

 private:
  static constexpr Sequence kNoEnd = std::numeric_limits<Sequence>::max();

  void end_before(Sequence end) {
    if (end >= end_) return;
    end_ = end;
    for (auto late = records_.lower_bound(end); late != records_.end(); late = records_.erase(late)) {
      bytes_ -= late->second.size();
    }
  }

  std::size_t limit_;
  std::size_t bytes_{0};
  Sequence end_{kNoEnd};
  std::map<Sequence, std::string> records_;
};

std::string to_json(const StoredRecord& record, std::string_view table_name, model::TimePrecision precision) {
  std::string json{R"({"sequenceNumber":")"};
  append_sequence_number(json, record.content.sequence);
  json.append(R"(","data":)");
  append_kinesis_json(json, record, table_name, precision);
  json.push_back('}');
  return json;
}

}  // namespace

std::optional<DeliveryLog> delivery_log_of(const StreamDescriptor& stream) {
  std::string_view rest = stream.arn;
  if (!rest.starts_with(kLogs)) return std::nullopt;
  rest.remove_prefix(kLogs.size());
  DeliveryLog log;
  log.precision =
      rest.starts_with(kMicroseconds) ? model::TimePrecision::kMicrosecond : model::TimePrecision::kMillisecond;
  rest.remove_prefix(rest.find('/') + 1);
  rest = rest.substr(0, rest.rfind('/'));                 // the label
  log.destination_arn = rest.substr(0, rest.rfind('/'));  // the table
  return log;
}

StorageResult<const StreamDescriptor*> create_delivery_log(StreamCatalog& catalog, const model::TableDefinition& table,
                                                           const DeliveryLog& log, TimePoint now) {
  const auto precision = log.precision == model::TimePrecision::kMicrosecond ? kMicroseconds : kMilliseconds;
  return catalog.create({.table_arn = table.arn,
                         .table_name = table.name,
                         .table_id = table.id,
                         .view = model::StreamViewType::kNewAndOldImages,
                         .key_schema = table.key_schema,
                         .shard_count = 1,
                         .arn_base = fmt::format("{}{}/{}/{}", kLogs, precision, log.destination_arn, table.name)},
                        now);
}

StorageResult<DeliveryPage> read_deliveries(storage::Storage& storage, const StreamCatalog& catalog,
                                            const DeliveryQuery& query) {
  PageInOrder page{query.limit};
  for (const auto* stream = catalog.next(kLogs); stream != nullptr; stream = catalog.next(stream->arn)) {
    const auto log = delivery_log_of(*stream);
    if (!log) break;
    if (!is_meant(log->destination_arn, query.destination)) continue;
    for (const Shard& shard : stream->shards) {
      Sequence last = query.after;
      const auto read =
          read_shard(storage, shard, query.after, {.records = query.limit}, [&](const StoredRecord& record) {
            last = record.content.sequence;
            page.add(last, to_json(record, stream->table_name, log->precision));
          });
      if (read.has_error()) return read.error();
      if (read->more) page.end_behind(last);
    }
  }
  return page.finish(query.after);
}

}  // namespace millrace::streams
