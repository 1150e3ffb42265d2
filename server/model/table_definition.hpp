// What a table is: everything CreateTable and UpdateTable decide, and what DescribeTable tells.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/base/clock.hpp"
#include "server/model/key_schema.hpp"
#include "server/model/replication.hpp"
#include "server/model/table_settings.hpp"

namespace millrace::model {

/// Number of a set of rows in storage: one for the items of a table, one for the entries of each index.
using KeyspaceId = std::int64_t;

enum class TableStatus : std::uint8_t { kCreating, kUpdating, kDeleting, kActive };
enum class BillingMode : std::uint8_t { kProvisioned, kPayPerRequest };
enum class ProjectionType : std::uint8_t { kAll, kKeysOnly, kInclude };
enum class StreamViewType : std::uint8_t { kNewImage, kOldImage, kNewAndOldImages, kKeysOnly };
enum class IndexKind : std::uint8_t { kLocal, kGlobal };
enum class DistanceFunction : std::uint8_t { kCosine, kDotProduct, kEuclidean };
enum class SearchRole : std::uint8_t { kHash, kInlineFilter };

struct Throughput {
  std::int64_t read_capacity_units{0};
  std::int64_t write_capacity_units{0};
  friend bool operator==(const Throughput&, const Throughput&) = default;
};

/// The ceilings an on-demand table or index may be given; an absent one is no ceiling.
struct OnDemandThroughput {
  std::optional<std::int64_t> max_read_request_units;
  std::optional<std::int64_t> max_write_request_units;
  friend bool operator==(const OnDemandThroughput&, const OnDemandThroughput&) = default;
};

struct Projection {
  ProjectionType type{ProjectionType::kAll};
  std::vector<std::string> non_key_attributes;  ///< only with kInclude
  friend bool operator==(const Projection&, const Projection&) = default;
};

struct IndexDefinition {
  std::string name;
  IndexKind kind{IndexKind::kGlobal};
  KeySchema key_schema;
  Projection projection;
  Throughput throughput;  ///< zeros for a local index and on demand
  KeyspaceId keyspace{0};
  OnDemandThroughput on_demand_limits{};
  Throughput warm_throughput{};  ///< of a global index, as the table's
  /// While the index is still being filled: the row key of the table at which that goes on.
  std::optional<std::string> backfill_from{};

  [[nodiscard]] bool is_backfilling() const { return backfill_from.has_value(); }
  friend bool operator==(const IndexDefinition&, const IndexDefinition&) = default;
};

/// An attribute that a search may ask for: one that parts the vectors of an index, or one that filters them.
struct SearchAttribute {
  KeyAttribute attribute;
  SearchRole role{SearchRole::kInlineFilter};
  friend bool operator==(const SearchAttribute&, const SearchAttribute&) = default;
};

/// An index over lists of numbers, in which the nearest are searched for (API reference, 3.13).
struct VectorIndexDefinition {
  static constexpr std::int64_t kMaxDimensions = 4096;

  std::string name;
  std::string vector_attribute;
  std::size_t dimensions{1};
  DistanceFunction distance{DistanceFunction::kCosine};
  std::vector<SearchAttribute> search_schema{};  ///< in the order the request gave; one kHash at most
  Projection projection{};
  KeyspaceId keyspace{0};
  /// Made, and not begun to be filled: the table is UPDATING. `backfill_from` is there, too.
  bool is_allocating{false};
  /// As that of IndexDefinition.
  std::optional<std::string> backfill_from{};

  [[nodiscard]] bool is_backfilling() const { return backfill_from.has_value(); }
  /// The attribute that parts the index, or null.
  [[nodiscard]] const KeyAttribute* hash() const;
  /// The attribute of that name in the search schema, or null.
  [[nodiscard]] const SearchAttribute* find_search_attribute(std::string_view name) const;

  friend bool operator==(const VectorIndexDefinition&, const VectorIndexDefinition&) = default;
};

/// Which attribute says when an item expires.
struct TimeToLive {
  std::string attribute;
  /// Of the rows that find items by their expiry (server/plan/context/expiry.hpp); 0 before there is one.
  KeyspaceId keyspace{0};
  /// While items of the table are still to get such a row: the row key at which that goes on.
  std::optional<std::string> fill_from{};

  [[nodiscard]] bool is_filling() const { return keyspace == 0 || fill_from.has_value(); }
  friend bool operator==(const TimeToLive&, const TimeToLive&) = default;
};

/// Since when a table can be restored as it was, and for how long what it was is kept.
struct PointInTimeRecovery {
  static constexpr int kLongestPeriod = 35;

  TimePoint since{};
  int period_in_days{kLongestPeriod};
  friend bool operator==(const PointInTimeRecovery&, const PointInTimeRecovery&) = default;
};

/// What a table was restored from.
struct Restore {
  /// The rows that are still to be copied: those of a keyspace as they were.
  struct Copy {
    KeyspaceId keyspace{0};
    std::uint64_t as_of{0};  ///< a storage::Sequence
    std::string from;        ///< the row key at which it goes on
    friend bool operator==(const Copy&, const Copy&) = default;
  };

  std::string backup_arn;  ///< empty when it was restored to a point in time
  std::string table_arn;
  TimePoint time{};  ///< as of which the table was restored
  std::optional<Copy> copy{};

  friend bool operator==(const Restore&, const Restore&) = default;
};

/// A change that takes its time, as changes do on AWS (--delay-transient-statuses). What it comes to is there already.
struct Transition {
  TableStatus status{TableStatus::kCreating};  ///< any but kActive
  TimePoint until{};
  std::string created_index{};                     ///< which is shown as being created, and not read; empty for none
  std::optional<IndexDefinition> deleted_index{};  ///< which is gone, and shown as being deleted

  friend bool operator==(const Transition&, const Transition&) = default;
};

struct TableDefinition {
  std::string name;
  std::string id;  ///< UUID
  std::string arn;
  TableStatus status{TableStatus::kActive};
  TimePoint created{};
  KeySchema key_schema;
  std::vector<KeyAttribute> attribute_definitions;  ///< in the order the request gave
  std::vector<IndexDefinition> indexes;
  std::vector<VectorIndexDefinition> vector_indexes;
  BillingMode billing_mode{BillingMode::kProvisioned};
  bool was_on_demand{false};  ///< BillingModeSummary is shown only for a table that is or was on demand
  std::optional<TimePoint> last_update_to_pay_per_request;
  Throughput throughput;
  std::optional<TimePoint> last_throughput_increase;
  std::optional<TimePoint> last_throughput_decrease;
  std::optional<StreamViewType> stream_view;  ///< present while a stream is enabled
  std::string latest_stream_label;            ///< stays after the stream is disabled
  std::string latest_stream_arn;
  std::string table_class;  ///< empty unless the request named one
  bool deletion_protection{false};
  KeyspaceId keyspace{0};
  OnDemandThroughput on_demand_limits;
  /// What it was asked to take at once, or could take before: at least what its billing mode gives counts as well.
  Throughput warm_throughput;
  std::optional<TimeToLive> time_to_live;  ///< while its items expire
  std::map<std::string, std::string> tags;
  std::string kms_key_arn;  ///< empty unless the request asked for encryption with a KMS key
  std::optional<PointInTimeRecovery> point_in_time_recovery;
  std::optional<Restore> restored_from;
  std::string imported_by;  ///< the ARN of the import that fills it, while it does
  std::optional<Transition> transition;
  std::optional<Replication> replication;  ///< while it is a replica of a global table
  std::string settings_replication_mode;   ///< as it was asked for while the table was no replica; else empty

  [[nodiscard]] bool is_being_restored() const { return restored_from && restored_from->copy; }
  [[nodiscard]] bool is_being_replicated() const { return replication && replication->copy; }
  /// While its items are being copied or imported it is CREATING, and nobody reads or writes it.
  [[nodiscard]] bool is_being_filled() const {
    return is_being_restored() || is_being_replicated() || !imported_by.empty();
  }
  /// Whether its items may be read and written: it is neither being made nor deleted.
  [[nodiscard]] bool is_usable() const {
    return !is_being_filled() && (!transition || transition->status == TableStatus::kUpdating);
  }
  /// Whether an index is still being made, whatever is in it.
  [[nodiscard]] bool is_creating(const IndexDefinition& index) const {
    return index.is_backfilling() || (transition && transition->created_index == index.name);
  }
  /// What DescribeTable tells.
  [[nodiscard]] TableStatus status_now() const;
  TableSettings settings;

  /// The index called `index_name`, or null. Valid until the definition changes.
  [[nodiscard]] const IndexDefinition* find_index(std::string_view index_name) const;

  [[nodiscard]] const VectorIndexDefinition* find_vector_index(std::string_view index_name) const;
  /// Whether an index of any kind is still being filled.
  [[nodiscard]] bool has_backfilling_index() const;
  /// Whether items have entries anywhere.
  [[nodiscard]] bool has_indexes() const { return !indexes.empty() || !vector_indexes.empty(); }
  /// Appends the names of all attributes that are keys of the table or of an index, or stand in a search schema.
  void add_defined_names(std::vector<std::string_view>& names) const;

  friend bool operator==(const TableDefinition&, const TableDefinition&) = default;
};

/// AWS's spellings, in the order of the enumerations above.
std::string_view to_text(TableStatus status);
std::string_view to_text(BillingMode mode);
std::string_view to_text(ProjectionType type);
std::string_view to_text(StreamViewType view);
std::string_view to_text(DistanceFunction function);
std::string_view to_text(SearchRole role);

std::optional<StreamViewType> stream_view_type_from(std::string_view text);
std::optional<ProjectionType> projection_type_from(std::string_view text);
std::optional<DistanceFunction> distance_function_from(std::string_view text);
std::optional<SearchRole> search_role_from(std::string_view text);

}  // namespace millrace::model
