// Bodies that are no DynamoDB operation: the first line names what is read, the rest is the text. Oracle: an error says
// something; what one reader of JSON takes, the other takes; an event is printed as it came; and how much a text is
// looked at is bounded before anything is made of it.
#include <algorithm>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "handler/dynamodb_event.hpp"
#include "harness/admin/clock_request.hpp"
#include "harness/admin/drain_request.hpp"
#include "harness/esm/control/mapping_request.hpp"
#include "harness/esm/delivery/batch_response.hpp"
#include "harness/fuzz/fuzz_target.hpp"
#include "harness/lambda/control/function_requests.hpp"
#include "server/json/raw_document.hpp"
#include "server/json/tree.hpp"

namespace {

using namespace millrace;

template <class Parsed>
void check_error(const Result<Parsed>& parsed) {
  if (parsed.has_error()) fuzz::require(!parsed.error().message.empty(), "an error says something");
}

void check_readers(std::string_view text) {
  const bool is_json = json::is_json(text);
  const auto document = json::RawDocument::parse(text);
  fuzz::require(document.has_value() == is_json, "building a document and checking a text agree");
  if (document) {
    const std::string line = json::without_blanks(document->root().text());
    fuzz::require(json::is_json(line), "a text without blanks is the same JSON");
  }
  const auto tree = json::parse_tree(text);
  if (tree.has_error()) {
    fuzz::require(!tree.error().reason.empty(), "a refusal has a reason");
    return;
  }
  fuzz::require(is_json, "what becomes a tree is JSON");
  fuzz::require(json::parse_tree(json::print_tree(*tree)).has_value(), "a printed tree is JSON");
}

void check_event(std::string_view text) {
  auto event = handler::parse_dynamodb_event(text);
  check_error(event);
  if (event.has_error()) return;
  fuzz::require(handler::to_json(*event) == json::without_byte_order_mark(text), "an event is printed as it came");
  event->received_json.clear();
  const auto again = handler::parse_dynamodb_event(handler::to_json(*event));
  fuzz::require(again.has_value(), "an event printed from its members is an event");
  fuzz::require(again->records.size() == event->records.size(), "no record is lost");
}

void check_answer(std::string_view text) {
  const auto verdict = esm::read_batch_response(text).verdict;
  if (const auto* failed = std::get_if<esm::ItemsFailed>(&verdict)) {
    fuzz::require(!failed->sequences.empty(), "a failure names records");
    fuzz::require(failed->sequences.size() <= text.size(), "as many as the text can hold");
  }
}

void check(std::string_view what, std::string_view text) {
  static const std::vector<std::string> uuid{"u"};
  check_readers(text);
  if (what == "CreateFunction")
    return check_error(lambda::parse_create_function(text, lambda::FunctionResolver{model::Caller{}}));
  if (what == "CreateEventSourceMapping") return check_error(esm::parse_create_request({.body = text}));
  if (what == "UpdateEventSourceMapping") return check_error(esm::parse_update_request({.path = uuid, .body = text}));
  if (what == "ListEventSourceMappings") return check_error(esm::parse_list_query({.query = text}));
  if (what == "drain") return check_error(admin::parse_drain_request(text));
  if (what == "clock") return check_error(admin::parse_clock_request(text));
  if (what == "event") return check_event(text);
  if (what == "answer") return check_answer(text);
}

}  // namespace

void millrace::fuzz::try_input(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const std::size_t line = std::min(input.find('\n'), size);
  check(input.substr(0, line), input.substr(std::min(line + 1, size)));
}
