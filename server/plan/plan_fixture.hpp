// A database in memory with its catalogs, without a request: what plans are made of in tests.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/base/random.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/expression/condition.hpp"
#include "server/expression/syntax/parser.hpp"
#include "server/json/document.hpp"
#include "server/plan/context/context.hpp"
#include "server/storage/group_commit.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"
#include "server/streams/stream_catalog.hpp"
#include "server/streams/stream_writer.hpp"
#include "server/time/virtual_time.hpp"

namespace millrace::plan {

inline model::AttributeValue s(std::string text) { return {std::move(text)}; }
inline model::AttributeValue n(std::string_view digits) { return {*model::Number::parse(digits)}; }

inline model::Item item_of(std::initializer_list<std::pair<std::string, model::AttributeValue>> attributes) {
  model::Item item;
  for (const auto& [name, value] : attributes) item.set(name, value);
  return item;
}

inline expression::ResolvedCondition condition_of(
    std::string_view text, expression::ExpressionKind kind = expression::ExpressionKind::kCondition) {
  auto ast = expression::parse_condition(kind, text);
  expression::Placeholders none;
  return *expression::resolve_condition(std::make_shared<const expression::ConditionAst>(*std::move(ast)), none);
}

/// A transaction is open from the start.
class PlanFixture : public ::testing::Test {
 protected:
  PlanFixture() { EXPECT_FALSE(storage_->begin().has_error()); }

  model::IndexDefinition index_of(std::string name, model::IndexKind kind, model::KeySchema key,
                                  model::Projection projection) {
    return {.name = std::move(name),
            .kind = kind,
            .key_schema = std::move(key),
            .projection = std::move(projection),
            .throughput = {},
            .keyspace = *storage_->create_keyspace()};
  }

  ReadContext reading() { return {*storage_, parser_}; }
  WriteContext writing() { return {*storage_, stream_writer_, time_, parser_, vectors_, time_marks_, replicating_}; }

  std::unique_ptr<storage::Storage> storage_{*storage::sqlite::SqliteStorage::open({})};
  storage::GroupCommit gate_{*storage_, [] {}};
  Random random_{1};
  time::VirtualTime time_{TimePoint{}};
  streams::StreamCatalog streams_{*storage_, random_};
  streams::StreamWriter stream_writer_{gate_, random_};
  catalog::TableCatalog tables_{*storage_, streams_};
  json::Parser parser_;
  vectors::VectorCache vectors_;
  TimeMarks time_marks_{*storage_};
  Replicating replicating_{tables_};
};

}  // namespace millrace::plan
