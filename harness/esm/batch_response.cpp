#include "harness/esm/batch_response.hpp"

#include <string>

#include "server/json/tree.hpp"
#include "server/streams/sequence_number.hpp"

namespace millrace::esm {
namespace {

using Json = nlohmann::json;

/// The bound of what is looked at: more failures than a batch can have records are nonsense.
constexpr std::size_t kMaxItems = 10'000;

}  // namespace

BatchVerdict read_batch_response(std::string_view response) {
  if (response.empty() || response == "null") return AllSucceeded{};
  const auto tree = json::parse_tree(response);
  if (tree.has_error()) return AllFailed{};
  const Json& answer = *tree;
  if (answer.is_array()) return answer.empty() ? BatchVerdict{AllSucceeded{}} : AllFailed{};
  if (answer.is_string()) {
    return answer.get_ref<const std::string&>().empty() ? BatchVerdict{AllSucceeded{}} : AllFailed{};
  }
  if (answer.is_null()) return AllSucceeded{};
  if (!answer.is_object()) return AllFailed{};
  const auto failures = answer.find("batchItemFailures");
  if (failures == answer.end() || failures->is_null()) return AllSucceeded{};
  if (!failures->is_array() || failures->size() > kMaxItems) return AllFailed{};
  if (failures->empty()) return AllSucceeded{};
  ItemsFailed failed;
  failed.sequences.reserve(failures->size());
  for (const Json& failure : *failures) {
    if (!failure.is_object()) return AllFailed{};
    const auto identifier = failure.find("itemIdentifier");
    if (identifier == failure.end() || !identifier->is_string()) return AllFailed{};
    const auto sequence = streams::parse_sequence_number(identifier->get_ref<const std::string&>());
    if (!sequence) return AllFailed{};
    failed.sequences.push_back(*sequence);
  }
  return failed;
}

}  // namespace millrace::esm
