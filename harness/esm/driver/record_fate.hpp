// Why a record was delivered, or was not: decides from what is known of the record and of the mapping, and says it in a
// sentence with the cure. A pure function; LiveMappings::why() gathers what it is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/esm/driver/mapping_report.hpp"
#include "harness/esm/filter/matcher.hpp"

namespace millrace::esm {

enum class Fate : std::uint8_t {
  kDelivered,      ///< the function has handled it
  kFiltered,       ///< no filter matches it: the mapping passes over it
  kGivenUp,        ///< retries used up, or too old
  kBeforeStart,    ///< a mapping with LATEST was made after it
  kDisabled,       ///< the mapping does not deliver
  kParentFirst,    ///< its shard waits until another one is read to its end
  kInvoking,       ///< the function has it and has not answered
  kRetrying,       ///< its batch has failed and waits for the next attempt
  kBehindFailing,  ///< a batch before it fails
  kBehind,         ///< batches before it are being delivered
  kCollecting,     ///< it is read and waits for its batch to be full or its window to be over
  kNotRead,        ///< the mapping has not come to it
  kTrimmed,        ///< it has left the stream, after 24 hours
  kOtherStream,    ///< it is of another stream of the table
  kNoRecord,       ///< there is none
};

/// `delivered`, `before-start`, …: a word for programs.
std::string_view to_text(Fate fate);

/// What is known of one record, without regard to what the mapping is doing.
struct RecordFacts {
  enum class Presence : std::uint8_t { kThere, kTrimmed, kOtherStream, kNever };

  Presence presence{Presence::kNever};
  std::string asked{};  ///< `record 100000…`, `record with the key {…}`: how sentences begin
  std::string shard{};
  storage::Sequence sequence{0};
  TimePoint created{};
  std::size_t lane{0};                        ///< which of the mapping's lanes its partition key belongs to
  std::string other_stream{};                 ///< ARN, of kOtherStream
  std::optional<ShardProgress> checkpoint{};  ///< of its shard
  std::vector<Explanation> filters{};         ///< what each filter says of it; empty: the mapping has none
};

struct RecordFate {
  Fate fate{Fate::kNoRecord};
  std::string sentence;
  std::optional<std::uint32_t> attempt{};
  std::optional<TimePoint> next_attempt{};
  std::vector<Explanation> filters{};  ///< of kFiltered
};

/// The first reason that applies. What a checkpoint has passed is done, whatever the mapping does now.
RecordFate fate_of(const MappingReport& mapping, const RecordFacts& record);

}  // namespace millrace::esm
