// The event source mapping without storage or a function: what the poller itself costs for each record.

#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "harness/bench/core/bench_item.hpp"
#include "harness/esm/delivery/shard_poller.hpp"

namespace millrace::bench {
namespace {

constexpr std::size_t kBatchSize = 1000;

std::string record_json() {
  return R"({"eventID":"0123456789abcdef0123456789abcdef","eventName":"INSERT","eventVersion":"1.1",)"
         R"("eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{"NewImage":)" +
         item_json() + R"(,"SequenceNumber":"100000000000000000001","StreamViewType":"NEW_IMAGE"}})";
}

template <class Expected>
void expect(const esm::Actions& actions) {
  if (actions.size() != 1 || !std::holds_alternative<Expected>(actions.front().what))
    throw std::runtime_error("the poller did something unexpected");
}

/// Read 1000 records, invoke, checkpoint: one turn of the cycle, everything succeeding at once.
void BM_PollerBatchOf1000(benchmark::State& state) {
  const std::string json = record_json();
  esm::PollerSettings settings;
  settings.batch_size = kBatchSize;
  settings.page = {.records = kBatchSize, .bytes = std::size_t{16} << 20U};
  esm::ShardPoller poller{settings, 0};
  const TimePoint now{std::chrono::hours{1}};
  esm::Actions actions = poller.resume(now, {esm::LaneId::kReader, esm::Started{}});
  storage::Sequence sequence = 0;
  for (auto _ : state) {
    expect<esm::ReadRecords>(actions);
    state.PauseTiming();
    esm::Page page;
    page.more = true;
    for (std::size_t index = 0; index < kBatchSize; ++index) page.records.push_back({++sequence, now, json});
    state.ResumeTiming();
    actions = poller.resume(now, {esm::LaneId::kReader, esm::RecordsRead{std::move(page)}});
    expect<esm::Invoke>(actions);
    actions = poller.resume(now, {esm::LaneId::kFirst, esm::Invoked{lambda::Outcome::kSuccess, {}}});
    expect<esm::Checkpoint>(actions);
    actions = poller.resume(now, {esm::LaneId::kProgress, esm::Saved{}});
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(kBatchSize));
}
BENCHMARK(BM_PollerBatchOf1000);

}  // namespace
}  // namespace millrace::bench
