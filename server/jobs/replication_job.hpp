// Keeps the replicas of global tables alike: fills new ones, and brings the changes of each region to the others, a
// portion at a time. What is to be copied stands in the definition of the new one, what is to be sent lies in a log of
// each: a restart goes on there.
#pragma once

#include "server/json/document.hpp"
#include "server/replication/replication.hpp"
#include "server/storage/job.hpp"

namespace millrace::jobs {

class ReplicationJob final : public storage::Job {
 public:
  explicit ReplicationJob(const replication::Parts& parts) : parts_{parts} {}

  [[nodiscard]] bool is_pending() const override;
  StorageResult<void> step(const storage::Budget& budget) override;

 private:
  const replication::Parts parts_;
  json::Parser parser_;
};

}  // namespace millrace::jobs
