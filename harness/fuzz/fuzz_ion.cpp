// Ion text of files that are imported. Oracle: however the text is cut, its values are the same; and an item that comes
// out is, written as Ion and read again, the same item.
#include <string>
#include <string_view>
#include <vector>

#include "harness/fuzz/fuzz_target.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/transfers/format/ion_values.hpp"
#include "server/transfers/format/value_splitter.hpp"

namespace {

using namespace millrace;

std::vector<std::string> split(std::string_view text, std::size_t portion) {
  transfers::ValueSplitter splitter{transfers::ValueLanguage::kIon};
  std::vector<std::string> values;
  for (bool more = true; more;) {
    more = !text.empty();
    const auto piece = text.substr(0, portion);
    text.remove_prefix(piece.size());
    splitter.append(piece);
    if (!more) splitter.end();
    while (splitter.next() == transfers::ValueSplitter::Found::kValue) values.emplace_back(splitter.value());
  }
  return values;
}

/// The item of a record, if it is one.
std::optional<model::Item> item_of(std::string_view record) {
  const auto json_text = transfers::ion_record_to_json(record);
  if (json_text.has_error() || json_text->empty()) return std::nullopt;
  json::Parser parser;
  const auto object = parser.parse_copy(*json_text);
  if (!object) return std::nullopt;  // its strings are no UTF-8
  json::Element element;
  fuzz::require(object->at_key("Item").get(element) == simdjson::SUCCESS, "a record has its item");
  auto input = json::read_item(element);
  if (input.has_error() || input->value_error) return std::nullopt;
  return std::move(input->item);
}

}  // namespace

void millrace::fuzz::try_input(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto values = split(text, size);
  require(split(text, 1 + data[0] % 8) == values, "a file is the same however it is cut");
  for (const auto& value : values) {
    const auto item = item_of(value);
    if (!item) continue;
    std::string written = "$ion_1_0 {Item:";
    transfers::append_ion(written, *item);
    written.push_back('}');
    const auto again = item_of(written);
    require(again && json::to_json(*again) == json::to_json(*item), "what is written is read");
  }
}
