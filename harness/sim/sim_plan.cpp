#include "harness/sim/sim_plan.hpp"

#include <array>

namespace millrace::sim {

std::string_view to_text(Fault fault) {
  constexpr std::array<std::string_view, 9> kTexts{"fail",          "fail after effect", "throttle",
                                                   "service error", "function missing",  "malformed reply",
                                                   "crash before",  "crash after",       "damage"};
  return kTexts[static_cast<std::size_t>(fault)];
}

Knobs Knobs::from_seed(std::uint64_t seed) {
  Random random{seed};
  const auto one_of = [&](auto... choices) {
    const std::array options{choices...};
    return options[random.below(options.size())];
  };
  Knobs knobs;
  knobs.seed = seed;
  knobs.settings.batch_size = one_of(std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{10}, std::size_t{100});
  knobs.settings.page.records = one_of(std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{1000});
  knobs.settings.batching_window = std::chrono::seconds{one_of(0, 0, 0, 2)};
  knobs.settings.bisect_on_function_error = random.below(3) == 0;
  knobs.settings.report_item_failures = random.below(3) == 0;
  knobs.settings.payload_limit = one_of(std::size_t{60}, std::size_t{6'291'456}, std::size_t{6'291'456});
  if (random.below(3) == 0) {
    knobs.settings.maximum_retry_attempts = static_cast<std::uint32_t>(random.below(4));
  }
  if (random.below(5) == 0) knobs.settings.maximum_record_age = std::chrono::seconds{20};
  // So that no run takes a day of reads to give up a damaged record.
  knobs.settings.retention = std::chrono::minutes{10};
  knobs.lineages = 1 + random.below(3);
  knobs.keys = 1 + random.below(6);
  knobs.records = 6 + random.below(14);
  knobs.roll_overs = random.below(3);
  knobs.updates = random.below(3);
  knobs.failing_records = random.below(3);
  knobs.handler_reports = knobs.settings.report_item_failures && random.below(2) == 0;
  knobs.starts_at_latest = random.below(4) == 0;
  knobs.pauses = random.below(3) == 0 ? 1 : 0;
  knobs.orderly_ends = random.below(2);
  knobs.made_later = random.below(3) == 0;
  knobs.deleted = random.below(4) == 0;
  knobs.made_again = knobs.deleted && random.below(2) == 0;
  knobs.settings.lanes = one_of(std::size_t{1}, std::size_t{1}, std::size_t{1}, std::size_t{2}, std::size_t{3});
  if (random.below(4) == 0) knobs.settings.filter = std::make_shared<const EveryThirdIsUnwanted>();
  if (random.below(4) == 0) {
    knobs.settings.tumbling_window = std::chrono::seconds{one_of(1, 2, 5, 30)};
    knobs.settings.lanes = 1;
    if (random.below(2) == 0) knobs.settings.window_state_limit = 15;
  }
  knobs.splits = random.below(3);
  knobs.merges = random.below(3);
  return knobs;
}

esm::PollerSettings Knobs::updated(const esm::PollerSettings& before, Random& random) const {
  esm::PollerSettings changed = before;
  changed.batch_size = std::size_t{1} + random.below(10);
  changed.batching_window = std::chrono::seconds{random.below(2)};
  changed.bisect_on_function_error = random.below(2) == 0;
  if (before.maximum_retry_attempts) changed.maximum_retry_attempts = static_cast<std::uint32_t>(random.below(4));
  return changed;
}

}  // namespace millrace::sim
