// FilterCriteria: what it costs to hold a record against patterns, most of which do not match.

#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "harness/bench/core/bench_item.hpp"
#include "harness/esm/filter/pattern_filter.hpp"

namespace millrace::bench {
namespace {

esm::Record record() {
  return {.json = R"({"eventID":"0123456789abcdef0123456789abcdef","eventName":"MODIFY","eventVersion":"1.1",)"
                  R"("eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{)"
                  R"("ApproximateCreationDateTime":1733006400.0,"Keys":{"id":{"S":"a"}},"NewImage":)" +
                  item_json() + R"(,"OldImage":)" + item_json() +
                  R"(,"SequenceNumber":"100000000000000000001","SizeBytes":900,)"
                  R"("StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"arn:aws:dynamodb:us-east-1:)"
                  R"(000000000000:table/orders/stream/2026-11-25T15:53:08.123"})"};
}

/// `field_checks` a second: clauses that are decided.
void hold_against(benchmark::State& state, const std::vector<std::string>& patterns, bool passes, int clauses) {
  const auto parsed = esm::PatternFilter::parse(patterns);
  const auto& filter = *std::get<0>(parsed);
  const esm::Record held = record();
  if (filter.passes(held) != passes) throw std::runtime_error("the filter says something unexpected");
  for (auto _ : state) benchmark::DoNotOptimize(filter.passes(held));
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(held.json.size()));
  state.counters["field_checks"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * clauses, benchmark::Counter::kIsRate);
}

void BM_FilterByEventName(benchmark::State& state) { hold_against(state, {R"({"eventName":["INSERT"]})"}, false, 1); }
BENCHMARK(BM_FilterByEventName);

void BM_FilterByAttribute(benchmark::State& state) {
  hold_against(state, {R"({"dynamodb":{"NewImage":{"status":{"S":["shipped"]}}}})"}, false, 1);
}
BENCHMARK(BM_FilterByAttribute);

void BM_FilterByFiveAttributes(benchmark::State& state) {
  hold_against(
      state,
      {R"({"eventName":["MODIFY"],"dynamodb":{"NewImage":{"status":{"S":["shipped",{"prefix":"re"}]},)"
       R"("total":{"N":[{"anything-but":"0"}]},"id":{"S":[{"wildcard":"*-77"}]},"x":{"S":[{"exists":false}]}}}})"},
      false, 5);
}
BENCHMARK(BM_FilterByFiveAttributes);

void BM_FiveFilters(benchmark::State& state) {
  std::vector<std::string> patterns;
  for (const char* const name : {"a", "b", "c", "status", "customer"}) {
    patterns.push_back(std::string{R"({"eventName":["INSERT"],"dynamodb":{"NewImage":{")"} + name +
                       R"(":{"S":["x"]}},"OldImage":{")" + name + R"(":{"S":["y"]}}}})");
  }
  hold_against(state, patterns, false, 15);
}
BENCHMARK(BM_FiveFilters);

}  // namespace
}  // namespace millrace::bench
