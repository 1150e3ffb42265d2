// Reads what a function answered to a batch when the mapping asked for ReportBatchItemFailures (reference, 4.8), or has
// a tumbling window (4.9).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/storage/storage.hpp"

namespace millrace::esm {

/// Every record was handled.
struct AllSucceeded {};
/// The answer cannot be understood, so no record counts as handled.
struct AllFailed {};
/// These records failed, in the order of the answer; at least one. Whether they are in the batch is not known here.
struct ItemsFailed {
  std::vector<storage::Sequence> sequences;
};

using BatchVerdict = std::variant<AllSucceeded, AllFailed, ItemsFailed>;

struct BatchAnswer {
  BatchVerdict verdict{};
  /// The member `state`, as it is spelt, if it is an object: what a tumbling window keeps.
  std::optional<std::string> state{};
};

/// AWS leaves open what happens with an answer that is not JSON, or a JSON number, string or array with members; it is
/// taken as a failure here, so that a test notices. An absent or empty answer is a success.
BatchAnswer read_batch_response(std::string_view response);

}  // namespace millrace::esm
