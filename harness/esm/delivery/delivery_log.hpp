// What the log says of attempts that did not succeed: which mapping, function, shard and records, why, and what
// follows. Texts only; mapping_driver.cpp writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/esm/delivery/lane.hpp"
#include "server/base/clock.hpp"

namespace millrace::esm {

/// One attempt at a batch.
struct DeliveryAttempt {
  std::string_view mapping;  ///< UUID
  std::string_view function;
  std::string_view shard;
  std::uint32_t number{1};  ///< 1 for the first time this very batch is sent
  std::size_t records{0};
  Sequence first{0};
  Sequence last{0};
  bool ends_window{false};  ///< of a tumbling window: there are no records
};

/// `mapping <uuid> function echo shard <id> attempt 2 at 10 record(s) 100…001 to 100…010`
std::string to_text(const DeliveryAttempt& attempt);

/// What follows a failed attempt of a lane, as a clause: `next attempt at 2025-11-25T15:53:08.123Z, in 0.5 s`.
std::string next_step(Judgement judgement, const Actions& actions, LaneId lane, TimePoint now);

/// Type and first words of what a function answered: `Trouble: it never works`. A text that is no error document is cut
/// short; line breaks and other control characters become blanks.
std::string first_words(std::string_view error_document);

}  // namespace millrace::esm
