// The changes of a table on their way to a Kinesis stream. There is no Kinesis here, so they end in a log that can be
// read: a stream of the catalog with both images, which no request for streams sees, since its ARN is none. Retention
// takes its records after a day, and the log a day after it was closed, as it does with other streams.
//
// What a log is for stands in its ARN, and never changes: another precision of times is another log.
//
// Threads: as Storage, only inside a storage::GroupCommit entry.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::streams {

struct DeliveryLog {
  std::string_view destination_arn;  ///< of the Kinesis stream
  model::TimePrecision precision{};
};
/// What `stream` is for, with views into its ARN; empty when it is a table's stream and no log.
std::optional<DeliveryLog> delivery_log_of(const StreamDescriptor& stream);

/// Makes an open log for the changes of `table` from now on.
StorageResult<const StreamDescriptor*> create_delivery_log(StreamCatalog& catalog, const model::TableDefinition& table,
                                                           const DeliveryLog& log, TimePoint now);

inline constexpr std::size_t kMaxDeliveriesPerPage = 1000;

struct DeliveryQuery {
  std::string_view destination;  ///< the ARN of a Kinesis stream, or the name of those in any account and region
  Sequence after{0};
  std::size_t limit{kMaxDeliveriesPerPage};
};
struct Delivery {
  Sequence sequence{0};
  std::string keys_json;
  std::string data_json;  ///< AWS's record
};
struct DeliveryPage {
  std::vector<Delivery> records;
  Sequence last{0};  ///< of the page; where it was asked from when that is empty
  bool more{false};  ///< records followed when the page was full

  /// `[{"sequenceNumber": …, "data": {…}}, …]`
  [[nodiscard]] std::string to_json() const;
};
/// What was delivered to one destination, from all tables, in the order of the changes: at most `limit` records and,
/// beyond the first, kMaxBytesPerPage of them.
StorageResult<DeliveryPage> read_deliveries(storage::Storage& storage, const StreamCatalog& catalog,
                                            const DeliveryQuery& query);

/// The ARNs of all Kinesis streams that there are logs for, ascending.
std::vector<std::string> delivery_destinations(const StreamCatalog& catalog);
/// Up to where a destination has got its records, elsewhere than in its log; 0 for none.
StorageResult<Sequence> delivered_up_to(storage::Storage& storage, std::string_view destination_arn);
/// In the caller's transaction.
StorageResult<void> set_delivered_up_to(storage::Storage& storage, std::string_view destination_arn, Sequence last);

}  // namespace millrace::streams
