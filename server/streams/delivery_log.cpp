#include "server/streams/delivery_log.hpp"

#include <fmt/format.h>

#include <limits>
#include <map>
#include <set>
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

  void add(Delivery delivery) {
    const Sequence sequence = delivery.sequence;
    if (sequence >= end_) return;
    bytes_ += delivery.data_json.size();
    records_.emplace(sequence, std::move(delivery));
    while (records_.size() > limit_ || (records_.size() > 1 && bytes_ > kMaxBytesPerPage)) {
      end_before(std::prev(records_.end())->first);
    }
  }
  /// A log has more behind `last`, of which the page knows nothing.
  void end_behind(Sequence last) { end_before(last + 1); }

  [[nodiscard]] DeliveryPage finish(Sequence after) {
    DeliveryPage page{.records = {}, .last = after, .more = end_ != kNoEnd};
    page.records.reserve(records_.size());
    for (auto& [sequence, delivery] : records_) {
      page.records.push_back(std::move(delivery));
      page.last = sequence;
    }
    return page;
  }

 private:
  static constexpr Sequence kNoEnd = std::numeric_limits<Sequence>::max();

  void end_before(Sequence end) {
    if (end >= end_) return;
    end_ = end;
    for (auto late = records_.lower_bound(end); late != records_.end(); late = records_.erase(late)) {
      bytes_ -= late->second.data_json.size();
    }
  }

  std::size_t limit_;
  std::size_t bytes_{0};
  Sequence end_{kNoEnd};
  std::map<Sequence, Delivery> records_;
};

Delivery to_delivery(const StoredRecord& record, std::string_view table_name, model::TimePrecision precision) {
  Delivery delivery{
      .sequence = record.content.sequence, .keys_json = std::string{record.content.keys_json}, .data_json = {}};
  append_kinesis_json(delivery.data_json, record, table_name, precision);
  return delivery;
}

/// Of documents: how far each destination is, by its ARN.
constexpr std::string_view kPositions = "kinesis_position";

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

std::string DeliveryPage::to_json() const {
  std::string json{"["};
  for (const auto& delivery : records) {
    if (json.size() > 1) json.push_back(',');
    json.append(R"({"sequenceNumber":")");
    append_sequence_number(json, delivery.sequence);
    json.append(R"(","data":)").append(delivery.data_json).push_back('}');
  }
  json.push_back(']');
  return json;
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
            page.add(to_delivery(record, stream->table_name, log->precision));
          });
      if (read.has_error()) return read.error();
      if (read->more) page.end_behind(last);
    }
  }
  return page.finish(query.after);
}

std::vector<std::string> delivery_destinations(const StreamCatalog& catalog) {
  std::set<std::string> arns;
  for (const auto* stream = catalog.next(kLogs); stream != nullptr; stream = catalog.next(stream->arn)) {
    const auto log = delivery_log_of(*stream);
    if (!log) break;
    arns.emplace(log->destination_arn);
  }
  return {arns.begin(), arns.end()};
}

StorageResult<Sequence> delivered_up_to(storage::Storage& storage, std::string_view destination_arn) {
  const auto text = storage.read_document(kPositions, destination_arn);
  if (text.has_error()) return text.error();
  if (!*text) return Sequence{0};
  const std::string_view quoted = **text;
  const auto sequence =
      parse_sequence_number(quoted.substr(1, quoted.size() - std::min<std::size_t>(quoted.size(), 2)));
  if (!sequence)
    return StorageError{StorageErrorKind::kCorrupt,
                        "the position of a Kinesis stream is no sequence number: " + **text};
  return *sequence;
}

StorageResult<void> set_delivered_up_to(storage::Storage& storage, std::string_view destination_arn, Sequence last) {
  return storage.write_document(kPositions, destination_arn, fmt::format("\"{}\"", to_sequence_number(last)));
}

}  // namespace millrace::streams
