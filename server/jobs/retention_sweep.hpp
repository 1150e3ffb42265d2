// Trims streams: records live 24 hours (server/streams/retention.hpp). A sweep is begun every now and then, and keeps
// nothing: after a restart the next one finds what is left.
#pragma once

#include <string>

#include "server/storage/job.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::jobs {

/// Handles to removed streams (never enabled ones) become invalid.
class RetentionSweep final : public storage::Job {
 public:
  /// Both outlive the sweep.
  RetentionSweep(storage::Storage& storage, streams::StreamCatalog& catalog) : storage_{storage}, catalog_{catalog} {}

  /// Begins a sweep as of `now`; one that runs goes on from where it is with the new time. Inside the gate.
  void begin(TimePoint now);

  [[nodiscard]] bool is_pending() const override { return pending_; }
  /// One stream, or a part of it. After an error (a damaged log) the sweep goes on with the next stream.
  StorageResult<void> step(const storage::Budget& budget) override;

 private:
  storage::Storage& storage_;
  streams::StreamCatalog& catalog_;
  bool pending_{false};
  TimePoint horizon_{};
  std::string after_arn_;  ///< the streams up to this one are done
};

}  // namespace millrace::jobs
