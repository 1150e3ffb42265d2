// Items: from and to text, their size, their keys.

#include <benchmark/benchmark.h>

#include <string>

#include "harness/bench/core/bench_item.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/model/number.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::bench {
namespace {

void BM_ReadStoredItem(benchmark::State& state) {
  const std::string text = json::to_json(make_item(0));
  json::Parser parser;
  for (auto _ : state) benchmark::DoNotOptimize(json::read_stored_item(parser, text));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(BM_ReadStoredItem);

void BM_AppendItem(benchmark::State& state) {
  const model::Item item = make_item(0);
  std::string out;
  for (auto _ : state) {
    out.clear();
    json::append_item(out, item);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(BM_AppendItem);

void BM_SizeOfItem(benchmark::State& state) {
  const model::Item item = make_item(0);
  for (auto _ : state) benchmark::DoNotOptimize(model::size_of(item));
}
BENCHMARK(BM_SizeOfItem);

void BM_ParseNumber(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(model::Number::parse("12345.6789"));
}
BENCHMARK(BM_ParseNumber);

void BM_EncodeKey(benchmark::State& state) {
  const model::Item item = make_item(12'345);
  for (auto _ : state) benchmark::DoNotOptimize(storage::encode_key(key_schema(), item));
}
BENCHMARK(BM_EncodeKey);

}  // namespace
}  // namespace millrace::bench
