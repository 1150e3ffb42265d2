#include "harness/esm/driver/pending_counter.hpp"

#include <algorithm>

#include "harness/esm/driver/mapping_report.hpp"

namespace millrace::esm {

std::uint64_t PendingCounter::count(const std::string& stream_arn, const std::string& shard_id, Sequence position) {
  const auto [known, is_new] = counted_.try_emplace({stream_arn, shard_id, position}, 0);
  std::uint64_t& pending = known->second;
  bool more = is_new;
  Sequence after = position;
  while (more && pending < kMaxPendingCounted) {
    const auto entry = gate_.enter(storage::Access::kRead);
    const auto page = streams_.count(stream_arn, shard_id, after, ReadLimits{});
    if (page.has_error()) break;
    pending = std::min(pending + page->records, kMaxPendingCounted);
    more = page->more;
    after = page->last;
  }
  return pending;
}

}  // namespace millrace::esm
