// The decision behind server/json/document.hpp: which reader takes a PutItem body to a model::Item in the least time.
// All three build the same Item, which is checked before anything is measured.

#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "harness/bench/core/bench_item.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/json/document.hpp"

namespace millrace::bench {
namespace {

using nlohmann::json;

model::Number number_from(const std::string& text) {
  auto number = model::Number::parse(text);
  if (number.has_error()) throw std::runtime_error(number.error().message);
  return *number;
}

// --- nlohmann's DOM: a tree of variants, then a walk over it. Only the types of the bench item are read.
// --------------

model::AttributeMap map_from_dom(json& node);

model::AttributeValue value_from_dom(json& node) {
  auto member = node.begin();
  const std::string& type = member.key();
  if (type == "S") return {std::move(member->get_ref<std::string&>())};
  if (type == "N") return {number_from(member->get_ref<std::string&>())};
  if (type == "BOOL") return {member->get<bool>()};
  if (type == "M") return {map_from_dom(*member)};
  if (type != "L") throw std::runtime_error("the bench item has no " + type);
  model::List list;
  list.reserve(member->size());
  for (auto& element : *member) list.push_back(value_from_dom(element));
  return {std::move(list)};
}

model::AttributeMap map_from_dom(json& node) {
  model::AttributeMap map;
  for (auto member = node.begin(); member != node.end(); ++member) map.set(member.key(), value_from_dom(*member));
  return map;
}

model::Item read_with_dom(const std::string& body) {
  json document = json::parse(body);
  return map_from_dom(document["Item"]);
}

// --- nlohmann's SAX interface: the item grows while the text is read. ------------------------------------------------

class ItemBuilder final : public nlohmann::json_sax<json> {
 public:
  [[nodiscard]] model::Item take() { return std::move(item_); }

  bool null() override { return false; }
  bool boolean(bool value) override { return assign({value}); }
  bool number_integer(number_integer_t) override { return false; }
  bool number_unsigned(number_unsigned_t) override { return false; }
  bool number_float(number_float_t, const string_t&) override { return false; }
  bool binary(binary_t&) override { return false; }
  bool string(string_t& text) override {
    Frame& top = frames_.back();
    if (top.kind == Kind::kRequest) return true;  // TableName
    if (top.key == "N") return assign({number_from(text)});
    return assign({std::move(text)});
  }
  bool key(string_t& name) override {
    frames_.back().key = std::move(name);
    return true;
  }
  bool start_object(std::size_t) override {
    if (frames_.empty()) {
      frames_.emplace_back(Kind::kRequest);
    } else {
      const Kind parent = frames_.back().kind;
      const bool holds_values = parent == Kind::kAttributes || parent == Kind::kList;
      frames_.emplace_back(holds_values ? Kind::kDescriptor : Kind::kAttributes);
    }
    return true;
  }
  bool start_array(std::size_t) override {
    frames_.emplace_back(Kind::kList);
    return true;
  }
  bool end_object() override {
    Frame done = pop();
    if (done.kind == Kind::kAttributes && frames_.back().kind == Kind::kRequest) item_ = std::move(done.map);
    if (done.kind == Kind::kAttributes && frames_.back().kind == Kind::kDescriptor) assign({std::move(done.map)});
    if (done.kind == Kind::kDescriptor) add(std::move(done.value));
    return true;
  }
  bool end_array() override {
    Frame done = pop();
    return assign({std::move(done.list)});
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  enum class Kind : std::uint8_t { kRequest, kAttributes, kDescriptor, kList };
  struct Frame {
    explicit Frame(Kind frame_kind) : kind{frame_kind} {}
    Kind kind;
    std::string key;
    model::AttributeMap map;
    model::List list;
    model::AttributeValue value;
  };

  Frame pop() {
    Frame done = std::move(frames_.back());
    frames_.pop_back();
    return done;
  }
  bool assign(model::AttributeValue value) {
    frames_.back().value = std::move(value);
    return true;
  }
  void add(model::AttributeValue value) {
    Frame& parent = frames_.back();
    if (parent.kind == Kind::kList) {
      parent.list.push_back(std::move(value));
    } else {
      parent.map.set(std::move(parent.key), std::move(value));
    }
  }

  std::vector<Frame> frames_;
  model::Item item_;
};

model::Item read_with_sax(const std::string& body) {
  ItemBuilder builder;
  if (!json::sax_parse(body, &builder)) throw std::runtime_error("the bench body cannot be read");
  return builder.take();
}

// --- simdjson, as the server uses it. --------------------------------------------------------------------------------

model::Item read_with_simdjson(millrace::json::Parser& parser, std::string& body) {
  const auto document = parser.parse_object(body);
  if (!document) throw std::runtime_error("the bench body cannot be read");
  auto input = millrace::json::read_item((*document)["Item"].value_unsafe());
  if (input.has_error() || input->value_error) throw std::runtime_error("the bench item is invalid");
  return std::move(input->item);
}

void finish(benchmark::State& state, const std::string& body) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(body.size()));
}

/// Refuses to measure a reader that reads something else.
bool reads_the_item(benchmark::State& state, const model::Item& item) {
  millrace::json::Parser parser;
  if (item == millrace::json::read_stored_item(parser, item_json())) return true;
  state.SkipWithError("this reader builds another item");
  return false;
}

void BM_ReadPutItem_NlohmannDom(benchmark::State& state) {
  const std::string body = put_item_body();
  if (!reads_the_item(state, read_with_dom(body))) return;
  for (auto _ : state) benchmark::DoNotOptimize(read_with_dom(body));
  finish(state, body);
}
BENCHMARK(BM_ReadPutItem_NlohmannDom);

void BM_ReadPutItem_NlohmannSax(benchmark::State& state) {
  const std::string body = put_item_body();
  if (!reads_the_item(state, read_with_sax(body))) return;
  for (auto _ : state) benchmark::DoNotOptimize(read_with_sax(body));
  finish(state, body);
}
BENCHMARK(BM_ReadPutItem_NlohmannSax);

void BM_ReadPutItem_Simdjson(benchmark::State& state) {
  std::string body = put_item_body();
  millrace::json::Parser parser;
  if (!reads_the_item(state, read_with_simdjson(parser, body))) return;
  for (auto _ : state) benchmark::DoNotOptimize(read_with_simdjson(parser, body));
  finish(state, body);
}
BENCHMARK(BM_ReadPutItem_Simdjson);

// What of the above is the parser's own work, and what is building the Item.

void BM_ParseOnly_NlohmannDom(benchmark::State& state) {
  const std::string body = put_item_body();
  for (auto _ : state) benchmark::DoNotOptimize(json::parse(body));
  finish(state, body);
}
BENCHMARK(BM_ParseOnly_NlohmannDom);

void BM_ParseOnly_Simdjson(benchmark::State& state) {
  std::string body = put_item_body();
  millrace::json::Parser parser;
  for (auto _ : state) benchmark::DoNotOptimize(parser.parse_object(body));
  finish(state, body);
}
BENCHMARK(BM_ParseOnly_Simdjson);

}  // namespace
}  // namespace millrace::bench
