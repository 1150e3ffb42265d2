// The seam between reading and delivering: which records of a shard a mapping wants. A mapping without one gets them
// all. PatternFilter (harness/esm/filter) is FilterCriteria.
#pragma once

#include "harness/esm/source/stream_source.hpp"

namespace millrace::esm {

class RecordFilter {
 public:
  RecordFilter() = default;
  RecordFilter(const RecordFilter&) = delete;
  RecordFilter& operator=(const RecordFilter&) = delete;
  virtual ~RecordFilter() = default;

  /// A record that does not pass is done: it is never delivered, takes no place in a batch, and the checkpoint moves
  /// over it. Same record, same answer.
  [[nodiscard]] virtual bool passes(const Record& record) const = 0;
};

}  // namespace millrace::esm
