// Deletes items that have expired (API reference, 3.15), a portion at a time, as the service does it: the deletion goes
// through the stream with the service as who made it. Until it comes, an item that has expired is there and is read.
#pragma once

#include "server/base/clock.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/document.hpp"
#include "server/plan/context/expiry.hpp"
#include "server/plan/context/replicating.hpp"
#include "server/plan/context/time_marks.hpp"
#include "server/storage/job.hpp"
#include "server/streams/stream_writer.hpp"
#include "server/vectors/vector_cache.hpp"

namespace millrace::jobs {

class ExpirySweep final : public storage::Job {
 public:
  /// What the sweep works with; all of it outlives the sweep.
  struct Parts {
    storage::Storage& storage;
    catalog::TableCatalog& tables;
    streams::StreamWriter& stream_writer;
    const Clock& clock;
    plan::EarliestExpiry& earliest;
    plan::TimeMarks& time_marks;
    vectors::VectorCache& vectors;
    plan::Replicating& replicating;
  };
  /// An item goes when it has been expired for `delay`.
  ExpirySweep(const Parts& parts, Duration delay) : parts_{parts}, delay_{delay} {}

  [[nodiscard]] bool is_pending() const override;
  [[nodiscard]] std::optional<TimePoint> due() const override;
  StorageResult<void> step(const storage::Budget& budget) override;

 private:
  /// Deletes some of the table's, and returns how many.
  StorageResult<std::size_t> sweep(const catalog::TablePointer& table, TimePoint now, std::size_t most);
  StorageResult<void> expire(const catalog::TablePointer& table, const plan::Expiring& expiring);
  StorageResult<void> find_earliest(TimePoint now);

  const Parts parts_;
  const Duration delay_;
  json::Parser parser_;
};

}  // namespace millrace::jobs
