#include "harness/bench/core/bench_item.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "server/json/attribute_value_json.hpp"

namespace millrace::bench {
namespace {

std::string read_item_json() {
  std::ifstream file{MILLRACE_SOURCE_DIR "/harness/bench/item.json"};
  if (!file) throw std::runtime_error("harness/bench/item.json cannot be read");
  // The order of the file is kept: SDKs do not sort.
  return nlohmann::ordered_json::parse(file).dump();
}

model::AttributeValue string_value(std::string text) { return {std::move(text)}; }
model::AttributeValue number_value(int number) { return {model::Number::from_integer(number)}; }

}  // namespace

const std::string& item_json() {
  static const std::string kText = read_item_json();
  return kText;
}

const std::string& put_item_body() {
  static const std::string kBody = R"({"TableName":"bench","Item":)" + item_json() + "}";
  return kBody;
}

model::Item make_item(int index) {
  static const model::Item kShape = [] {
    json::Parser parser;
    return json::read_stored_item(parser, item_json());
  }();
  model::Item item = kShape;
  item.set("pk", string_value("customer#" + std::to_string(index / kKeysPerPartition)));
  item.set("sk", number_value(index % kKeysPerPartition));
  return item;
}

const model::KeySchema& key_schema() {
  static const model::KeySchema kSchema{{{"pk", model::AttributeType::kS}}, {{"sk", model::AttributeType::kN}}};
  return kSchema;
}

}  // namespace millrace::bench
