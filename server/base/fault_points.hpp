// Every place where a fault can be injected: the one list that refusals, GET /_millrace/faults and tests read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace millrace::base {

/// In the order of the list in fault_points.cpp. Code asks Faults about one of these, so it cannot ask about one that
/// nobody knows; a test holds that each is asked somewhere.
enum class FaultPoint : std::uint8_t {
  kStorageBegin,
  kStorageWrite,
  kStorageCommit,
  kStorageCheckpoint,
  kDynamodbThrottle,
  kDynamodbConflict,
  kDynamodbTransactionInProgress,
  kStreamsThrottle,
  kHttpAnswerLost,
  kEsmRead,
  kEsmSave,
  kLambdaInvokeThrottle,
  kLambdaInvokeError,
  kLambdaInvokeTimeoutAfter,
  kLambdaRuntimeAnswerLost,
};
inline constexpr std::size_t kFaultPointCount = static_cast<std::size_t>(FaultPoint::kLambdaRuntimeAnswerLost) + 1;

struct FaultPointTraits {
  FaultPoint point{};
  std::string_view name;     ///< a dotted path of layer and place, `storage.commit`; the enumerator without its dots
  std::string_view meaning;  ///< what happens when it fires, as a clause for people
};

/// All there are, in the order of FaultPoint.
std::span<const FaultPointTraits> fault_points();

/// The name of `point`.
std::string_view name_of(FaultPoint point);
/// The point that is called `name`, if there is one.
std::optional<FaultPoint> find_fault_point(std::string_view name);
/// The names of all, for refusals: `storage.begin, storage.write, …`.
std::string list_fault_points();

}  // namespace millrace::base

namespace millrace {
using base::FaultPoint;
}  // namespace millrace
