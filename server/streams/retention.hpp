// Retention: records live 24 hours, and so does what is left of a disabled stream (reference, 1.5 and 1.12).
#pragma once

#include <string>

#include "server/storage/job.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::streams {

/// Removes all records created more than kRetention before the time of a sweep, closed shards that have been empty and
/// closed that long, and streams disabled that long: in steps of one stream, and of a bounded number of its records.
/// AWS promises no more than that records "may" go. Handles to removed streams (never enabled ones) become invalid.
class RetentionSweep final : public storage::Job {
 public:
  /// Both outlive the sweep.
  RetentionSweep(storage::Storage& storage, StreamCatalog& catalog) : storage_{storage}, catalog_{catalog} {}

  /// Begins a sweep as of `now`; one that runs goes on from where it is with the new time. Inside the gate.
  void begin(TimePoint now);

  [[nodiscard]] bool is_pending() const override { return pending_; }
  /// After an error (a damaged log) the sweep goes on with the next stream.
  StorageResult<void> step() override;

 private:
  storage::Storage& storage_;
  StreamCatalog& catalog_;
  bool pending_{false};
  TimePoint horizon_{};
  std::string after_arn_;  ///< the streams up to this one are done
};

/// A whole sweep in the caller's transaction.
StorageResult<void> trim_expired(storage::Storage& storage, StreamCatalog& catalog, TimePoint now);

}  // namespace millrace::streams
