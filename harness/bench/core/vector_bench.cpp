// SearchVectors in the process, from the request's text to the answer's: 100,000 vectors of 256 dimensions, the ten
// nearest. The first search reads the index; those that are measured find it in memory.

#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include <random>
#include <stdexcept>
#include <string>

#include "server/api/api_fixture.hpp"

namespace millrace::bench {
namespace {

constexpr int kVectors = 100'000;
constexpr int kDimensions = 256;

/// `[{"N":"0.123"},…]`
std::string any_vector(std::mt19937& random) {
  std::uniform_int_distribution<int> draw{-999, 999};
  std::string text{"["};
  for (int at = 0; at < kDimensions; ++at) {
    text += fmt::format("{}{{\"N\":\"{:.3f}\"}}", at == 0 ? "" : ",", draw(random) / 1000.0);
  }
  return text + "]";
}

void require(const api::ApiFixture::Answer& answer) {
  if (answer.status != 200) throw std::runtime_error(answer.body);
}

void BM_SearchVectors(benchmark::State& state, const char* distance) {
  api::ApiFixture api;
  require(api.call("CreateTable", fmt::format(R"({{"TableName":"vectors","BillingMode":"PAY_PER_REQUEST",
    "AttributeDefinitions":[{{"AttributeName":"pk","AttributeType":"S"}}],
    "KeySchema":[{{"AttributeName":"pk","KeyType":"HASH"}}],
    "VectorIndexes":[{{"IndexName":"near","VectorAttribute":{{"AttributeName":"v"}},"Dimensions":{},
      "DistanceFunction":"{}","Projection":{{"ProjectionType":"KEYS_ONLY"}}}}]}})",
                                              kDimensions, distance)));
  std::mt19937 random{1};
  for (int number = 0; number < kVectors; ++number) {
    require(api.call_in_group(
        "PutItem", fmt::format(R"({{"TableName":"vectors","Item":{{"pk":{{"S":"{}"}},"v":{{"L":{}}}}}}})", number,
                               any_vector(random))));
    if (number % 1000 == 999 && !api.commit()) throw std::runtime_error("the commit failed");
  }
  const std::string request =
      fmt::format(R"({{"TableName":"vectors","IndexName":"near","TopK":10,"SearchVector":{}}})", any_vector(random));
  require(api.call("SearchVectors", request));
  for (auto _ : state) {
    const auto answer = api.call("SearchVectors", request);
    benchmark::DoNotOptimize(answer.body.data());
  }
}
BENCHMARK_CAPTURE(BM_SearchVectors, Cosine, "COSINE")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_SearchVectors, Euclidean, "EUCLIDEAN")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_SearchVectors, DotProduct, "DOT_PRODUCT")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace millrace::bench
