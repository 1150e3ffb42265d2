// FilterCriteria of a mapping: a record passes when one of up to ten patterns matches it (reference, 4.10).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "harness/esm/filter/matcher.hpp"
#include "harness/esm/source/record_filter.hpp"

namespace millrace::esm {

class PatternFilter final : public RecordFilter {
 public:
  /// Why there is no filter, for people: `filter 2: "x" must be an object or an array, at dynamodb.x`.
  struct Problem {
    std::string text;
  };

  /// The filter of patterns as a request has them. Null when there are none: everything passes.
  static std::variant<std::shared_ptr<const PatternFilter>, Problem> parse(const std::vector<std::string>& patterns);

  [[nodiscard]] bool passes(const Record& record) const override { return matcher_.matches(record.json); }

  /// What each pattern says of a record, in their order.
  [[nodiscard]] std::vector<Explanation> explain(const Record& record) const { return matcher_.explain(record.json); }

  explicit PatternFilter(std::vector<Pattern> patterns)
      : matcher_{std::move(patterns), Matcher::Events::kStreamRecords} {}

 private:
  Matcher matcher_;
};

}  // namespace millrace::esm
