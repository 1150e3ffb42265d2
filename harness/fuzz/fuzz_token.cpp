// What clients are given to hand back: shard iterators, the NextToken of statements, table references that may be ARNs.
// Oracle: what reads comes back as it was when it is written and read again.
#include <string>
#include <string_view>

#include "harness/fuzz/fuzz_target.hpp"
#include "server/api/statements/next_token.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/model/base64.hpp"
#include "server/model/table_reference.hpp"
#include "server/streams/shard_iterator.hpp"

namespace {

using namespace millrace;

constexpr std::string_view kRequest = "0123456789abcdef";

void try_iterator(std::string_view text) {
  const auto iterator = streams::parse_shard_iterator(text);
  if (iterator.has_error()) return;
  const auto again = streams::parse_shard_iterator(streams::to_text(*iterator));
  fuzz::require(again.has_value() && *again == *iterator, "an iterator is what it was");
  const TimePoint now{std::chrono::hours{500'000}};
  static_cast<void>(streams::check_not_expired(*iterator, now));
}

void try_token(std::string_view token) {
  json::Parser parser;
  const auto position = api::read_next_token(parser, kRequest, token);
  if (position.has_error()) return;
  const auto again = api::read_next_token(parser, kRequest, api::make_next_token(kRequest, json::to_json(*position)));
  fuzz::require(again.has_value() && *again == *position, "a position is what it was");
}

void try_reference(std::string_view text) {
  const model::TableReference reference{std::string{text}};
  fuzz::require(reference.text() == text, "a reference keeps its text");
  fuzz::require(text.find(reference.name()) != std::string_view::npos, "a name is part of its reference");
}

}  // namespace

void millrace::fuzz::try_input(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  try_iterator(text);
  try_token(text);
  try_token(api::make_next_token(kRequest, text));  // what is wrong within the base64
  const std::size_t bar = text.find('|');
  if (bar != std::string_view::npos) {
    try_iterator(std::string{text.substr(0, bar)} + "|1|" + model::encode_base64(text.substr(bar + 1)));
  }
  try_reference(text);
}
