// The read of one page of a table or an index: Query's and Scan's. Which rows are evaluated, where the page ends and
// what it shows (API reference, 3.9 and 3.10). Three steps: prepare() makes every check; read_page(), in the gate,
// collects rows and has nothing left to refuse; finish_page(), after it, filters and cuts what was collected, since
// that is the same whoever writes meanwhile and may cost much.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/expression/condition.hpp"
#include "server/json/document.hpp"
#include "server/plan/context/capacity.hpp"
#include "server/plan/context/context.hpp"
#include "server/plan/item_projection.hpp"
#include "server/plan/read_target.hpp"
#include "server/storage/key_encoding.hpp"
#include "server/storage/storage.hpp"

namespace millrace::plan {

/// What is wanted of the rows. A value of its own.
struct PageRead {
  std::optional<expression::ResolvedCondition> filter{};
  ItemProjection projection{};
  bool filters_entries{false};         ///< the filter is content with what an index has
  bool shows_items{true};              ///< false: they are only counted
  bool whole_items{false};             ///< Select ALL_ATTRIBUTES
  std::optional<std::size_t> limit{};  ///< of rows that are evaluated
  storage::Direction direction{storage::Direction::kAscending};
  Consistency consistency{Consistency::kEventual};
};

/// A page that nothing speaks against. Holds in the entry into the gate in which it was made. Refers to its PageRead,
/// which outlives it and stays in place.
class PreparedPageRead {
 public:
  PreparedPageRead(PreparedPageRead&&) noexcept = default;
  PreparedPageRead& operator=(PreparedPageRead&&) noexcept = default;
  PreparedPageRead(const PreparedPageRead&) = delete;
  PreparedPageRead& operator=(const PreparedPageRead&) = delete;
  ~PreparedPageRead() = default;

  [[nodiscard]] const PageRead& read() const { return *read_; }
  [[nodiscard]] const ReadTarget& target() const { return target_; }
  [[nodiscard]] const std::vector<storage::KeyRange>& ranges() const { return ranges_; }

 private:
  friend Result<PreparedPageRead> prepare_ranges(const ReadContext& context, ReadTarget target,
                                                 std::vector<storage::KeyRange> ranges, const PageRead& read);
  PreparedPageRead(ReadTarget target, std::vector<storage::KeyRange> ranges, const PageRead& read)
      : read_{&read}, target_{std::move(target)}, ranges_{std::move(ranges)} {}

  const PageRead* read_;
  ReadTarget target_;
  std::vector<storage::KeyRange> ranges_;
};

/// A page of the rows of `range`, which begins behind the start key, if there is one. Errors: a global index does not
/// have what is asked for; there is no throughput left.
[[nodiscard]] Result<PreparedPageRead> prepare(const ReadContext& context, ReadTarget target, storage::KeyRange range,
                                               const PageRead& read);
/// The same of several ranges, one after the other.
[[nodiscard]] Result<PreparedPageRead> prepare_ranges(const ReadContext& context, ReadTarget target,
                                                      std::vector<storage::KeyRange> ranges, const PageRead& read);
// It would be gone before the page is read.
Result<PreparedPageRead> prepare(const ReadContext& context, ReadTarget target, storage::KeyRange range,
                                 PageRead&& read) = delete;

/// Stored items, one behind the other.
struct RowTexts {
  std::string text;
  std::vector<std::size_t> ends;  ///< behind each of them

  void add(std::string_view item_json) {
    text.append(item_json);
    ends.push_back(text.size());
  }
};

/// What the gate was needed for.
struct CollectedPage {
  ReadTarget target;
  std::size_t count{0};          ///< of rows that are shown already
  std::size_t scanned_count{0};  ///< of rows that were evaluated
  RowTexts to_finish{};          ///< those that are filtered or cut first
  bool ends_early{false};        ///< behind the row that was evaluated last; one of the next two says which, or it is
                                 ///< the last to finish
  std::string end_json{};
  std::string last_evaluated_key{};
  ConsumedCapacity capacity{};
};

struct Page {
  std::size_t count{0};              ///< after the filter
  std::size_t scanned_count{0};      ///< before it
  std::string last_evaluated_key{};  ///< JSON; empty: there is nothing behind the page
  ConsumedCapacity capacity{};
};

/// Begins the JSON array of the page's items at the end of `items`, unless they are only counted, with the text of each
/// row that is shown as it is.
[[nodiscard]] StorageResult<CollectedPage> read_page(const ReadContext& context, const PreparedPageRead& prepared,
                                                     std::string& items);

/// How often finish_page() looks at each byte of `to_finish`, at most: a measure of its cost.
[[nodiscard]] std::size_t looks_of(const PageRead& read);

/// Filters, cuts and adds what was collected, and ends the array. `items` is as read_page() has left it; `parser` is
/// only a place to work in.
[[nodiscard]] Page finish_page(json::Parser& parser, const PageRead& read, CollectedPage collected, std::string& items);

}  // namespace millrace::plan
