#include "harness/esm/delivery/batch_response.hpp"

#include <optional>

#include "server/json/raw_document.hpp"
#include "server/streams/record/sequence_number.hpp"

namespace millrace::esm {
namespace {

using json::RawKind;
using json::RawValue;

/// The bound of what is looked at: more failures than a batch can have records are nonsense.
constexpr std::size_t kMaxItems = 10'000;

bool is_empty_list(RawValue list) {
  bool empty = true;
  list.each_element([&empty](RawValue) { empty = false; });
  return empty;
}

std::optional<storage::Sequence> sequence_of(RawValue failure) {
  const auto identifier = failure.find("itemIdentifier");
  if (!identifier || identifier->kind() != RawKind::kString) return std::nullopt;
  return streams::parse_sequence_number(identifier->string());
}

BatchVerdict read_failures(RawValue failures) {
  if (failures.kind() == RawKind::kNull) return AllSucceeded{};
  if (failures.kind() != RawKind::kArray) return AllFailed{};
  if (is_empty_list(failures)) return AllSucceeded{};
  ItemsFailed failed;
  bool understood = true;
  failures.each_element([&](RawValue failure) {
    if (!understood) return;
    const auto sequence = sequence_of(failure);
    understood = sequence.has_value() && failed.sequences.size() < kMaxItems;
    if (understood) failed.sequences.push_back(*sequence);
  });
  return understood ? BatchVerdict{std::move(failed)} : AllFailed{};
}

std::optional<std::string> state_of(RawValue answer) {
  const auto state = answer.find("state");
  if (!state || state->kind() != RawKind::kObject) return std::nullopt;
  return std::string{state->text()};
}

}  // namespace

BatchAnswer read_batch_response(std::string_view response) {
  if (response.empty()) return {AllSucceeded{}};
  const auto document = json::RawDocument::parse(response);
  if (!document) return {AllFailed{}};
  const RawValue answer = document->root();
  switch (answer.kind()) {
    case RawKind::kNull: return {AllSucceeded{}};
    case RawKind::kString: return {answer.string().empty() ? BatchVerdict{AllSucceeded{}} : AllFailed{}};
    case RawKind::kArray: return {is_empty_list(answer) ? BatchVerdict{AllSucceeded{}} : AllFailed{}};
    case RawKind::kObject: {
      const auto failures = answer.find("batchItemFailures");
      return {failures ? read_failures(*failures) : AllSucceeded{}, state_of(answer)};
    }
    case RawKind::kNumber:
    case RawKind::kBoolean: break;
  }
  return {AllFailed{}};
}

}  // namespace millrace::esm
