// What is set about a table beside what it is: kept with it, gone with it, and described by operations of their own
// instead of DescribeTable.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/base/clock.hpp"

namespace millrace::model {

/// Who may do what with a table or a stream. It is stored and shown; nothing is refused for it.
struct ResourcePolicy {
  std::string document;     ///< in AWS's canonical form; empty after it was deleted
  std::string revision_id;  ///< of its last change, a deletion too

  friend bool operator==(const ResourcePolicy&, const ResourcePolicy&) = default;
};

/// Which keys are counted.
enum class ContributorInsightsMode : std::uint8_t { kAccessedAndThrottledKeys, kThrottledKeys };

/// Of a table or a global index.
struct ContributorInsights {
  bool enabled{false};
  ContributorInsightsMode mode{ContributorInsightsMode::kAccessedAndThrottledKeys};
  TimePoint rules_made{};  ///< which the names of their rules say
  TimePoint changed{};

  friend bool operator==(const ContributorInsights&, const ContributorInsights&) = default;
};

enum class TimePrecision : std::uint8_t { kMillisecond, kMicrosecond };

/// A Kinesis stream that gets the table's changes, or got them, or was to get them.
struct KinesisDestination {
  enum class Status : std::uint8_t { kActive, kDisabled, kEnableFailed };

  std::string stream_arn;
  Status status{Status::kActive};
  std::string why_failed;                  ///< with kEnableFailed
  std::string log_arn;                     ///< of the changes it gets, or got last (streams/delivery_log.hpp)
  std::optional<TimePrecision> precision;  ///< absent: milliseconds, and nothing is shown
  TimePoint changed{};

  friend bool operator==(const KinesisDestination&, const KinesisDestination&) = default;
};

/// How the provisioned units of one kind, of a table or a global index, are to follow what is used. Nothing does.
struct AutoScaling {
  std::int64_t minimum_units{1};
  std::int64_t maximum_units{1};
  std::string role_arn;     ///< empty: the role that AWS makes
  std::string policy_name;  ///< empty: the name that AWS makes
  double target_value{0};   ///< percent of what is provisioned
  std::optional<bool> disable_scale_in;
  std::optional<std::int64_t> scale_in_cooldown;  ///< seconds
  std::optional<std::int64_t> scale_out_cooldown;

  friend bool operator==(const AutoScaling&, const AutoScaling&) = default;
};
struct ReadWriteAutoScaling {
  std::optional<AutoScaling> read;
  std::optional<AutoScaling> write;

  friend bool operator==(const ReadWriteAutoScaling&, const ReadWriteAutoScaling&) = default;
};

struct TableSettings {
  std::map<std::string, ResourcePolicy> policies;  ///< by the label of a stream; that of the table itself by ""
  std::map<std::string, ContributorInsights> contributor_insights;  ///< by the name of an index; the table's by ""
  std::vector<KinesisDestination> kinesis_destinations;             ///< one at most is active; the newest first
  std::map<std::string, ReadWriteAutoScaling> auto_scaling;         ///< by the name of an index; the table's by ""

  friend bool operator==(const TableSettings&, const TableSettings&) = default;
};

}  // namespace millrace::model
