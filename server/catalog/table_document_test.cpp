#include "server/catalog/table_document.hpp"

#include <gtest/gtest.h>

namespace millrace::catalog {
namespace {

model::TableDefinition full_definition() {
  const model::KeyAttribute p{"p", model::AttributeType::kS};
  const model::KeyAttribute n{"n", model::AttributeType::kN};
  const model::KeyAttribute b{"b", model::AttributeType::kB};
  model::TableDefinition table;
  table.name = "Orders";
  table.id = "6a1e3c9e-0000-4000-8000-000000000000";
  table.arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Orders";
  table.created = TimePoint{std::chrono::microseconds{1'710'000'000'250'001}};
  table.key_schema = {{p}, {n}};
  table.attribute_definitions = {n, p, b};
  table.indexes = {{.name = "Local",
                    .kind = model::IndexKind::kLocal,
                    .key_schema = {{p}, {b}},
                    .projection = {model::ProjectionType::kKeysOnly, {}},
                    .throughput = {},
                    .keyspace = 2},
                   {.name = "Global",
                    .kind = model::IndexKind::kGlobal,
                    .key_schema = {{b, p}, {n}},
                    .projection = {model::ProjectionType::kInclude, {"x", "y"}},
                    .throughput = {3, 4},
                    .keyspace = 3,
                    .on_demand_limits = {7, {}},
                    .warm_throughput = {13000, 5000}}};
  const model::KeyAttribute tenant{"tenant", model::AttributeType::kS};
  table.vector_indexes = {{.name = "Near",
                           .vector_attribute = "v",
                           .dimensions = 4,
                           .distance = model::DistanceFunction::kEuclidean,
                           .search_schema = {{tenant, model::SearchRole::kHash}, {n, model::SearchRole::kInlineFilter}},
                           .projection = {model::ProjectionType::kInclude, {"x"}},
                           .keyspace = 4,
                           .is_allocating = true,
                           .backfill_from = std::string{"\x00\xFFkey", 5}},
                          {.name = "Far", .vector_attribute = "v", .dimensions = 4, .keyspace = 5}};
  table.throughput = {1, 2};
  table.was_on_demand = true;
  table.last_update_to_pay_per_request = table.created;
  table.last_throughput_increase = table.created;
  table.last_throughput_decrease = table.created;
  table.stream_view = model::StreamViewType::kNewImage;
  table.latest_stream_label = "2024-03-09T16:00:00.250";
  table.latest_stream_arn = table.arn + "/stream/2024-03-09T16:00:00.250";
  table.table_class = "STANDARD";
  table.deletion_protection = true;
  table.keyspace = 1;
  table.on_demand_limits = {{}, 9};
  table.warm_throughput = {12001, 4001};
  table.tags = {{"team", "orders"}, {"env", ""}};
  table.time_to_live = model::TimeToLive{"expires", 77, std::string{"\x00\xFFkey", 5}};
  table.kms_key_arn = "arn:aws:kms:us-east-1:000000000000:key/k";
  table.point_in_time_recovery = model::PointInTimeRecovery{TimePoint{std::chrono::microseconds{77}}, 7};
  table.restored_from = model::Restore{.backup_arn = table.arn + "/backup/01489602797149-73d8d5bc",
                                       .table_arn = table.arn,
                                       .time = TimePoint{std::chrono::microseconds{5}},
                                       .copy = model::Restore::Copy{3, 1234567890123, std::string{"\x00\xFFkey", 5}}};
  table.settings.policies = {{"", {R"({"Version":"2012-10-17"})", "1710000000250"}}, {"2024", {"", "1710000000251"}}};
  table.settings.contributor_insights["Global"] = {.enabled = true,
                                                   .mode = model::ContributorInsightsMode::kThrottledKeys,
                                                   .rules_made = table.created,
                                                   .changed = table.created + std::chrono::seconds{1}};
  using enum model::KinesisDestination::Status;
  table.settings.kinesis_destinations = {
      {"arn:aws:kinesis:us-east-1:000000000000:stream/a",
       kActive,
       {},
       {},
       model::TimePrecision::kMicrosecond,
       table.created},
      {"arn:aws:kinesis:us-east-1:000000000000:stream/b",
       kDisabled,
       {},
       "kinesis/log",
       model::TimePrecision::kMillisecond,
       {}},
      {"arn:aws:kinesis:us-east-1:000000000000:stream/c", kEnableFailed, "why", {}, {}, {}}};
  table.settings.auto_scaling[""].read = {1, 2, "role", "policy", 70.5, true, 60, 120};
  table.settings.auto_scaling["Global"].write = {3, 4, {}, {}, 10, {}, {}, {}};
  return table;
}

TEST(TableDocument, KeepsEveryMember) {
  const auto table = full_definition();
  const auto read = table_from_document(to_document(table));
  ASSERT_TRUE(read.has_value()) << read.error().detail;
  EXPECT_EQ(*read, table);
}

TEST(TableDocument, KeepsAbsentMembersAbsent) {
  auto table = full_definition();
  table.stream_view.reset();
  table.last_update_to_pay_per_request.reset();
  table.last_throughput_increase.reset();
  table.last_throughput_decrease.reset();
  table.time_to_live.reset();
  table.point_in_time_recovery.reset();
  table.restored_from->backup_arn.clear();
  table.restored_from->copy.reset();
  table.indexes.clear();
  table.billing_mode = model::BillingMode::kPayPerRequest;
  EXPECT_EQ(*table_from_document(to_document(table)), table);
}

TEST(TableDocument, ATableOfAFileThatKnewNoTimeToLiveAndNoTagsHasNone) {
  auto table = full_definition();
  table.time_to_live.reset();
  table.tags.clear();
  table.settings = {};
  const auto document = to_document(table);
  EXPECT_EQ(document.find("timeToLive"), std::string::npos);
  EXPECT_EQ(document.find("tags"), std::string::npos);
  EXPECT_EQ(document.find("settings"), std::string::npos);
  EXPECT_EQ(table_from_document(document)->time_to_live, std::nullopt);
}

TEST(TableDocument, DamageIsAnErrorNotACrash) {
  auto table = full_definition();
  auto damaged = to_document(table);
  damaged.replace(damaged.find("\"revisionId\""), 12, "\"revisioned\"");
  for (const auto& text : std::vector<std::string>{"", "{", "[]", "{}", R"({"name":7})", damaged}) {
    const auto read = table_from_document(text);
    ASSERT_TRUE(read.has_error()) << text;
    EXPECT_EQ(read.error().kind, StorageErrorKind::kCorrupt);
  }
}

}  // namespace
}  // namespace millrace::catalog
