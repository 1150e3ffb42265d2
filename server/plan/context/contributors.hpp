// Contributor insights: which keys of a table, or of a global index, take most of its traffic, and which are throttled
// most. Counted while UpdateContributorInsights has it ENABLED, in memory: a restart begins anew
// (AWS: "contributorinsights_HowItWorks").
//
// Accessed keys are weighed by the capacity units they consumed, throttled ones by how often. Each rule keeps at most
// kMostKeys keys; a new key takes the place of the one with the least, and its count (Metwally's "Space-Saving"), so
// a key that is really among the first is never missing, and its count is too high by the least one at most.
//
// Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/model/attribute_value.hpp"
#include "server/model/table_definition.hpp"
#include "server/plan/context/capacity.hpp"

namespace millrace::plan {

class Contributors {
 public:
  static constexpr std::size_t kMostKeys = 1000;

  /// What a rule is about; AWS's names of rules have these two letters.
  enum class Rule : std::uint8_t {
    kPartitionKeyConsumed,  ///< PKC
    kSortKeyConsumed,       ///< SKC: both keys together
    kPartitionKeyThrottled,
    kSortKeyThrottled,
  };

  struct Key {
    std::string json;  ///< `{"pk": …}`, with the sort key in the rules that have both
    double count{0};   ///< units, or how often
  };

  /// Whether anything is counted of the table at all. Costs next to nothing.
  [[nodiscard]] static bool counts(const model::TableDefinition& table) {
    return !table.settings.contributor_insights.empty();
  }

  /// `item` has the keys of the table, or the partition key alone.
  void consumed(const model::TableDefinition& table, const model::IndexDefinition* index, const model::Item& item,
                double units);
  /// Of a write: its table and its indexes. `item` is what there is then, or was.
  void consumed(const ConsumedCapacity& capacity, const model::Item& item);
  void throttled(const model::TableDefinition& table, const model::IndexDefinition* index, const model::Item& item);

  /// The first `limit` keys of a rule, those with most first; equal ones in the order of their texts.
  [[nodiscard]] std::vector<Key> top(const model::TableDefinition& table, std::string_view index_name, Rule rule,
                                     std::size_t limit) const;

 private:
  using Counts = std::unordered_map<std::string, double>;
  /// By the id of the table, which is another one for the next table of that name, and the name of an index.
  using Resource = std::pair<std::string, std::string>;

  void count(const model::TableDefinition& table, const model::IndexDefinition* index, const model::Item& item,
             double units, bool is_throttled);
  static void add(Counts& counts, std::string key, double units);

  mutable std::mutex mutex_;
  std::map<Resource, std::array<Counts, 4>> rules_;
};

}  // namespace millrace::plan
