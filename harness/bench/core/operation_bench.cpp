// Whole operations in the process, from the request's text to the answer's text: what is left of a request when HTTP,
// sockets and threads are taken away. The argument is the number of operations that share a commit.

#include <benchmark/benchmark.h>

#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/bench/core/bench_item.hpp"
#include "server/api/api_fixture.hpp"
#include "server/json/attribute_value_json.hpp"

namespace millrace::bench {
namespace {

enum class Stream : std::uint8_t { kOff, kOn };

/// A table with the bench items, and a way to send requests to it as the dispatcher does.
class Service {
 public:
  explicit Service(Stream stream) {
    std::string request = R"({"TableName":"bench","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[)"
                          R"({"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"}],)"
                          R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},)"
                          R"({"AttributeName":"sk","KeyType":"RANGE"}])";
    if (stream == Stream::kOn) {
      request += R"(,"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"})";
    }
    const auto answer = fixture_.call("CreateTable", request + "}");
    if (answer.status != 200) throw std::runtime_error(answer.body);
    // The table becomes active when virtual time has passed.
    fixture_.time().advance(std::chrono::seconds{60});
  }

  void run(const api::Operation& operation, std::string& body) {
    const auto document = parser_.parse_object(body);
    if (!document) throw std::runtime_error("the bench body cannot be read");
    api::OperationContext context{.services = fixture_.services(), .caller = {}, .stored_parser = stored_parser_};
    answer_.clear();
    if (const auto outcome = operation.run(context, *document, answer_); outcome.has_error()) {
      throw std::runtime_error(outcome.error().message);
    }
    benchmark::DoNotOptimize(answer_.data());
  }

  void commit() {
    if (fixture_.gate().flush().outcome.has_error()) throw std::runtime_error("the commit failed");
  }

 private:
  api::ApiFixture fixture_;
  json::Parser parser_;
  json::Parser stored_parser_;
  std::string answer_;
};

/// Request bodies for all keys, visited in an order that jumps over the table. Ten digits of each can be overwritten,
/// so that no write repeats what is stored.
class Bodies {
 public:
  static constexpr std::string_view kVersion = "1000000000";

  template <class MakeBody>
  explicit Bodies(const MakeBody& make_body) {
    for (int index = 0; index < kKeys; ++index) {
      bodies_.push_back(make_body(make_item(index)));
      version_at_.push_back(bodies_.back().find(kVersion));
    }
  }

  std::string& next() {
    position_ = (position_ + 7919) % bodies_.size();
    std::string& body = bodies_[position_];
    if (const auto at = version_at_[position_]; at != std::string::npos) {
      std::to_chars(body.data() + at, body.data() + at + kVersion.size(), ++version_);
    }
    return body;
  }
  [[nodiscard]] std::vector<std::string>& all() { return bodies_; }

 private:
  std::vector<std::string> bodies_;
  std::vector<std::size_t> version_at_;
  std::size_t position_{0};
  std::uint64_t version_{1'000'000'001};
};

std::string key_json(const model::Item& item) { return json::to_json(model::key_of(key_schema(), item)); }

std::string put_body(const model::Item& item) { return R"({"TableName":"bench","Item":)" + json::to_json(item) + "}"; }

std::string get_body(const model::Item& item) { return R"({"TableName":"bench","Key":)" + key_json(item) + "}"; }

std::string update_body(const model::Item& item) {
  return R"({"TableName":"bench","Key":)" + key_json(item) +
         R"(,"UpdateExpression":"SET #status = :status, version = :version, address.visits = address.visits + :one",)"
         R"("ExpressionAttributeNames":{"#status":"status"},"ExpressionAttributeValues":{":status":)"
         R"({"S":"ORDER_SHIPPED"},":version":{"N":"1000000000"},":one":{"N":"1"}}})";
}

std::string query_body(const model::Item& item) {
  return R"({"TableName":"bench","KeyConditionExpression":"pk = :pk","ExpressionAttributeValues":{":pk":{"S":")" +
         *item.find("pk")->as_string() + R"("}}})";
}

template <class MakeBody>
void measure(benchmark::State& state, std::string_view target, Stream stream, const MakeBody& make_body) {
  const api::Operation* put = api::find_operation("DynamoDB_20120810.PutItem");
  const api::Operation* operation = api::find_operation(target);
  if (put == nullptr || operation == nullptr) {
    state.SkipWithError("not served");
    return;
  }
  Service service{stream};
  Bodies items{put_body};
  for (std::string& body : items.all()) service.run(*put, body);
  service.commit();

  Bodies bodies{make_body};
  const auto group = state.range(0);
  std::int64_t in_group = 0;
  for (auto _ : state) {
    service.run(*operation, bodies.next());
    if (++in_group == group) {
      in_group = 0;
      service.commit();
    }
  }
  service.commit();
}

void BM_PutItem(benchmark::State& state) { measure(state, "DynamoDB_20120810.PutItem", Stream::kOff, put_body); }
BENCHMARK(BM_PutItem)->Arg(1)->Arg(32);

void BM_PutItem_Stream(benchmark::State& state) { measure(state, "DynamoDB_20120810.PutItem", Stream::kOn, put_body); }
BENCHMARK(BM_PutItem_Stream)->Arg(1)->Arg(32);

void BM_GetItem(benchmark::State& state) { measure(state, "DynamoDB_20120810.GetItem", Stream::kOff, get_body); }
BENCHMARK(BM_GetItem)->Arg(1);

void BM_UpdateItem(benchmark::State& state) {
  measure(state, "DynamoDB_20120810.UpdateItem", Stream::kOff, update_body);
}
BENCHMARK(BM_UpdateItem)->Arg(1)->Arg(32);

void BM_QueryOf20(benchmark::State& state) { measure(state, "DynamoDB_20120810.Query", Stream::kOff, query_body); }
BENCHMARK(BM_QueryOf20)->Arg(1);

}  // namespace
}  // namespace millrace::bench
