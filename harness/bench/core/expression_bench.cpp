// Expressions: what the cache saves, and what remains for every request.

#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "harness/bench/core/bench_item.hpp"
#include "server/expression/condition.hpp"
#include "server/expression/syntax/expression_cache.hpp"
#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/placeholders.hpp"
#include "server/expression/update.hpp"

namespace millrace::bench {
namespace {

using expression::ExpressionCache;
using expression::ExpressionKind;
using expression::Placeholders;

constexpr std::string_view kUpdate =
    "SET #status = :status, version = :version, address.visits = address.visits + :one";
constexpr std::string_view kCondition =
    "attribute_exists(pk) AND (#status = :placed OR version BETWEEN :low AND :high) AND size(customerName) > :zero";

void BM_ParseUpdate(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(expression::parse_update(kUpdate));
}
BENCHMARK(BM_ParseUpdate);

void BM_CachedUpdate(benchmark::State& state) {
  ExpressionCache cache;
  for (auto _ : state) benchmark::DoNotOptimize(cache.update(kUpdate));
}
BENCHMARK(BM_CachedUpdate);

void BM_ParseCondition(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(expression::parse_condition(ExpressionKind::kCondition, kCondition));
}
BENCHMARK(BM_ParseCondition);

void BM_CachedCondition(benchmark::State& state) {
  ExpressionCache cache;
  for (auto _ : state) benchmark::DoNotOptimize(cache.condition(ExpressionKind::kCondition, kCondition));
}
BENCHMARK(BM_CachedCondition);

Placeholders placeholders() {
  model::AttributeMap values;
  values.set(":status", {std::string{"ORDER_SHIPPED"}});
  values.set(":placed", {std::string{"ORDER_PLACED"}});
  values.set(":version", {model::Number::from_integer(2)});
  values.set(":one", {model::Number::from_integer(1)});
  values.set(":low", {model::Number::from_integer(100)});
  values.set(":high", {model::Number::from_integer(200)});
  values.set(":zero", {model::Number::from_integer(0)});
  return {expression::AttributeNames{{"#status", "status"}}, std::move(values)};
}

template <class T>
T require(Result<T> result) {
  if (result.has_error()) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

/// Binding and checking, which every request does anew.
void BM_ResolveUpdate(benchmark::State& state) {
  ExpressionCache cache;
  const auto ast = require(cache.update(kUpdate));
  Placeholders table = placeholders();
  for (auto _ : state) benchmark::DoNotOptimize(expression::resolve_update(ast, table));
}
BENCHMARK(BM_ResolveUpdate);

void BM_ApplyUpdate(benchmark::State& state) {
  Placeholders table = placeholders();
  const auto update = require(expression::resolve_update(require(ExpressionCache{}.update(kUpdate)), table));
  const model::Item before = make_item(0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(expression::apply(update, before, expression::ItemState::kExists));
  }
}
BENCHMARK(BM_ApplyUpdate);

void BM_EvaluateCondition(benchmark::State& state) {
  Placeholders table = placeholders();
  const auto ast = require(ExpressionCache{}.condition(ExpressionKind::kCondition, kCondition));
  const auto condition = require(expression::resolve_condition(ast, table));
  const model::Item item = make_item(0);
  for (auto _ : state) benchmark::DoNotOptimize(expression::evaluate(condition, &item));
}
BENCHMARK(BM_EvaluateCondition);

}  // namespace
}  // namespace millrace::bench
