// Whole requests: the first line names the operation, the rest is the body. Oracle: the answer is JSON, an error has a
// type and is the caller's fault; what is kept in memory is what is stored; and the table can still be read.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "harness/fuzz/fuzz_target.hpp"
#include "server/api/api_fixture.hpp"

namespace {

using namespace millrace;

constexpr std::string_view kTable = R"({
  "TableName": "Tab",
  "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"},
                           {"AttributeName": "g", "AttributeType": "B"}],
  "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
  "LocalSecondaryIndexes": [{"IndexName": "local", "Projection": {"ProjectionType": "KEYS_ONLY"}, "KeySchema":
    [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "g", "KeyType": "RANGE"}]}],
  "GlobalSecondaryIndexes": [{"IndexName": "global", "Projection": {"ProjectionType": "ALL"}, "KeySchema":
    [{"AttributeName": "g", "KeyType": "HASH"}]}],
  "BillingMode": "PAY_PER_REQUEST",
  "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"}})";

constexpr std::string_view kItem =
    R"({"TableName": "Tab", "Item": {"pk": {"S": "a"}, "sk": {"N": "1"}, "g": {"B": "AQ=="},
  "n": {"N": "5"}, "m": {"M": {"l": {"L": [{"NULL": true}, {"BOOL": false}]}}}, "ss": {"SS": ["x", "y"]},
  "ns": {"NS": ["1", "2.5"]}, "bs": {"BS": ["AA=="]}}})";

/// Most of what a fuzzer makes of the first line is none; those inputs need no world.
bool is_operation(std::string_view target) {
  const std::string name{target};
  return api::find_operation("DynamoDB_20120810." + name) != nullptr ||
         api::find_operation("DynamoDBStreams_20120810." + name) != nullptr;
}

nlohmann::json read_everything(api::ApiFixture& world) {
  auto everything = nlohmann::json::array({world.call("ListTables", "{}").json()});
  const nlohmann::json names = everything.front().at("TableNames");
  for (const auto& name : names) {
    const std::string named = nlohmann::json{{"TableName", name}}.dump();
    for (const auto* operation : {"DescribeTable", "Scan"}) everything.push_back(world.call(operation, named).json());
  }
  return everything;
}

void check(std::string_view target, std::string_view body) {
  api::ApiFixture world;
  fuzz::require(world.call("CreateTable", kTable).status == 200, "the table is made");
  world.time().advance(std::chrono::seconds{1});
  fuzz::require(world.call("PutItem", kItem).status == 200, "the item is put");

  const auto answer = world.call(target, body);
  const bool is_empty = answer.status == 200 && answer.body.empty();  // of TagResource and UntagResource
  fuzz::require(is_empty || nlohmann::json::accept(answer.body), "the answer is JSON");
  if (answer.status != 200) {
    fuzz::require(answer.status == 400, "a bad request is the caller's fault");
    fuzz::require(answer.json().at("__type").is_string(), "an error has a type");
  }
  const auto before = read_everything(world);
  world.reload();
  fuzz::require(read_everything(world) == before, "what is in memory is what is stored");
}

}  // namespace

void millrace::fuzz::try_input(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const std::size_t line = input.find('\n');
  if (line != std::string_view::npos && is_operation(input.substr(0, line))) {
    check(input.substr(0, line), input.substr(line + 1));
  }
}
