#include "harness/esm/control/mapping_members.hpp"

#include <algorithm>
#include <array>

#include "harness/esm/control/mapping.hpp"
#include "harness/lambda/control/function_reference.hpp"

namespace millrace::esm {
namespace {

using rest::Member;
using rest::Place;
using enum rest::MemberType;
using enum rest::Presence;
using enum rest::Emulation;

constexpr std::string_view kSourceArn =
    R"(arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*))";
constexpr std::string_view kDestinationArn =
    R"($|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:)"
    R"(((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*))";
constexpr std::string_view kKeyArn = R"((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())";

/// Looser than AWS in region and account: Millrace lets its user choose both.
bool looks_like_arn(std::string_view text) {
  return text.starts_with("arn:aws") && std::count(text.begin(), text.end(), ':') >= 5;
}
bool looks_like_destination(std::string_view text) {
  return looks_like_arn(text) || rest::matches_pattern(text, kDestinationArn);
}

constexpr std::array<std::string_view, 3> kStartingPositions{"LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"};
constexpr std::array<std::string_view, 1> kResponseTypes{"ReportBatchItemFailures"};
constexpr std::array<std::string_view, 3> kMetrics{"EventCount", "ErrorCount", "KafkaMetrics"};
constexpr std::array<std::string_view, 3> kLogLevels{"DEBUG", "INFO", "WARN"};
constexpr std::array<std::string_view, 2> kFullDocument{"UpdateLookup", "Default"};

constexpr std::array kFilter{Member{.name = "Pattern", .type = kString, .bounds = {0, 4096}}};
constexpr std::array kFilterCriteria{
    Member{.name = "Filters", .type = kStructureList, .bounds = {0, 10}, .members = kFilter}};
constexpr std::array kDestination{Member{.name = "Destination",
                                         .type = kString,
                                         .bounds = {0, 350},
                                         .pattern = kDestinationArn,
                                         .matches = looks_like_destination}};
constexpr std::array kDestinationConfig{
    // Not for streams, and refused in AWS's words before the function is looked at.
    Member{.name = "OnSuccess", .type = kStructure, .members = kDestination},
    Member{.name = "OnFailure", .type = kStructure, .members = kDestination},
};
constexpr std::array kMetricsConfig{
    Member{.name = "Metrics", .type = kStringList, .bounds = {0, 3}, .values = kMetrics}};
constexpr std::array kLoggingConfig{Member{.name = "SystemLogLevel", .type = kString, .values = kLogLevels}};
constexpr std::array kScalingConfig{Member{.name = "MaximumConcurrency", .type = kInteger, .bounds = {2, 1000}}};
constexpr std::array kDocumentDb{
    Member{.name = "DatabaseName", .type = kString, .bounds = {1, 63}},
    Member{.name = "CollectionName", .type = kString, .bounds = {1, 57}},
    Member{.name = "FullDocument", .type = kString, .values = kFullDocument},
};
constexpr std::array kPollerConfig{
    Member{.name = "MinimumPollers", .type = kInteger, .bounds = {1, 200}},
    Member{.name = "MaximumPollers", .type = kInteger, .bounds = {1, 10'000}},
    Member{.name = "PollerGroupName", .type = kString, .bounds = {0, 128}},
};

/// What both requests have, in the order of the model.
constexpr std::array kShared{
    Member{.name = "Enabled", .type = kBoolean},
    Member{.name = "BatchSize", .type = kInteger, .bounds = {1, kMaxBatchSize}},
    Member{.name = "FilterCriteria", .type = kStructure, .members = kFilterCriteria},
    Member{.name = "MaximumBatchingWindowInSeconds", .type = kInteger, .bounds = {0, kMaxBatchingWindowSeconds}},
    Member{.name = "ParallelizationFactor", .type = kInteger, .bounds = {1, kMaxParallelizationFactor}},
    Member{.name = "DestinationConfig", .type = kStructure, .members = kDestinationConfig},
    Member{.name = "MaximumRecordAgeInSeconds", .type = kInteger, .bounds = {kUnlimited, kMaxRecordAgeSeconds}},
    Member{.name = "BisectBatchOnFunctionError", .type = kBoolean},
    Member{.name = "MaximumRetryAttempts", .type = kInteger, .bounds = {kUnlimited, kMaxRetryAttempts}},
    Member{.name = "TumblingWindowInSeconds", .type = kInteger, .bounds = {0, kMaxTumblingWindowSeconds}},
    Member{.name = "FunctionResponseTypes",
           .type = kStringList,
           .bounds = {0, 1},
           .values = kResponseTypes,
           .elements = kOptional},
    Member{.name = "KMSKeyArn", .type = kString, .pattern = kKeyArn},
    Member{.name = "MetricsConfig", .type = kStructure, .members = kMetricsConfig},
    // Of other event sources, or of features that are not here.
    Member{.name = "LoggingConfig", .type = kStructure, .emulation = kDefaultOnly, .members = kLoggingConfig},
    Member{.name = "ScalingConfig", .type = kStructure, .emulation = kDefaultOnly, .members = kScalingConfig},
    Member{.name = "SourceAccessConfigurations", .type = kStructureList, .emulation = kDefaultOnly, .bounds = {0, 22}},
    Member{.name = "AmazonManagedKafkaEventSourceConfig", .type = kStructure, .emulation = kDefaultOnly},
    Member{.name = "SelfManagedKafkaEventSourceConfig", .type = kStructure, .emulation = kDefaultOnly},
    Member{
        .name = "DocumentDBEventSourceConfig", .type = kStructure, .emulation = kDefaultOnly, .members = kDocumentDb},
    Member{.name = "ProvisionedPollerConfig", .type = kStructure, .emulation = kDefaultOnly, .members = kPollerConfig},
};

constexpr std::array kCreateFirst{
    Member{.name = "EventSourceArn", .type = kString, .pattern = kSourceArn, .matches = looks_like_arn},
    lambda::kFunctionNameMember,
};
constexpr std::array kCreateLast{
    // Mandatory for streams, but AWS says so only after it has looked for the function.
    Member{.name = "StartingPosition", .type = kString, .values = kStartingPositions},
    Member{.name = "StartingPositionTimestamp", .type = kTimestamp, .emulation = kDefaultOnly},
    Member{.name = "Tags", .type = kStringMap, .bounds = {0, 50}},
    Member{.name = "Topics", .type = kStringList, .emulation = kDefaultOnly, .bounds = {0, 1}},
    Member{.name = "Queues", .type = kStringList, .emulation = kDefaultOnly, .bounds = {0, 1}},
    Member{.name = "SelfManagedEventSource", .type = kStructure, .emulation = kDefaultOnly},
};

constexpr Member kUuid{.name = "UUID", .type = kString, .presence = kRequired, .place = Place::kPath};

constexpr Member optional_function_name() {
  Member member = lambda::kFunctionNameMember;
  member.presence = kOptional;
  return member;
}
constexpr std::array kUpdateFirst{kUuid, optional_function_name()};

template <std::size_t... Sizes>
constexpr auto joined(const std::array<Member, Sizes>&... parts) {
  std::array<Member, (Sizes + ...)> whole{};
  auto at = whole.begin();
  ((at = std::copy(parts.begin(), parts.end(), at)), ...);
  return whole;
}
constexpr auto kCreate = joined(kCreateFirst, kShared, kCreateLast);
constexpr auto kUpdate = joined(kUpdateFirst, kShared);

constexpr Member function_name_in_query() {
  Member member = optional_function_name();
  member.place = Place::kQuery;
  return member;
}
constexpr std::array kList{
    Member{.name = "EventSourceArn",
           .type = kString,
           .place = Place::kQuery,
           .pattern = kSourceArn,
           .matches = looks_like_arn},
    function_name_in_query(),
    Member{.name = "Marker", .type = kString, .place = Place::kQuery},
    Member{.name = "MaxItems", .type = kInteger, .place = Place::kQuery, .bounds = {1, 10'000}},
};
constexpr std::array kNamed{kUuid};

}  // namespace

std::span<const Member> create_mapping_members() { return kCreate; }
std::span<const Member> update_mapping_members() { return kUpdate; }
std::span<const Member> list_mappings_members() { return kList; }
std::span<const Member> named_mapping_members() { return kNamed; }

}  // namespace millrace::esm
