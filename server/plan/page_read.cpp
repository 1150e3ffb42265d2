#include "server/plan/page_read.hpp"

#include <algorithm>
#include <utility>

#include "server/json/attribute_value_json.hpp"
#include "server/model/attribute_name.hpp"
#include "server/plan/item_read.hpp"

namespace millrace::plan {
namespace {

using base::invalid_parameter_values;

constexpr std::size_t kMaxPageBytes = std::size_t{1} << 20U;

/// The top-level attributes that projection and filter look at and the index does not have.
std::vector<std::string_view> unprojected_attributes(const ReadTarget& target, const PageRead& read) {
  std::vector<std::string_view> missing;
  const auto collect = [&](const std::vector<std::string_view>& names) {
    for (const auto name : names) {
      if (target.shows(name) || std::find(missing.begin(), missing.end(), name) != missing.end()) continue;
      missing.push_back(name);
    }
  };
  if (read.projection) collect(expression::top_level_attributes(*read.projection));
  if (read.filter && !read.filters_entries) collect(expression::top_level_attributes(*read.filter));
  return missing;
}

bool is_partial(const ReadTarget& target, model::IndexKind kind) {
  return target.index != nullptr && target.index->kind == kind &&
         target.index->projection.type != model::ProjectionType::kAll;
}

/// A local index answers for attributes it does not have by reading the table.
bool must_fetch(const ReadTarget& target, const PageRead& read) {
  if (!is_partial(target, model::IndexKind::kLocal)) return false;
  return read.whole_items || !unprojected_attributes(target, read).empty();
}

/// A global index does not.
Result<void> check_projected(const ReadTarget& target, const PageRead& read) {
  if (!is_partial(target, model::IndexKind::kGlobal)) return {};
  if (read.whole_items) {
    return invalid_parameter_values("Select type ALL_ATTRIBUTES is not supported for global secondary index " +
                                    target.index->name + " because its projection type is not ALL");
  }
  const auto missing = unprojected_attributes(target, read);
  if (missing.empty()) return {};
  return invalid_parameter_values("Global secondary index " + target.index->name + " does not project " +
                                  model::bracketed(missing));
}

/// Whether items are filtered or cut before they are shown.
bool is_finished_later(const PageRead& read) { return read.filter || (read.shows_items && read.projection); }

// Most pages are no longer. A text that grows by doubling is copied each time.
constexpr std::size_t kUsualPageBytes = std::size_t{16} << 10U;

/// The array of what is shown.
class ShownItems {
 public:
  /// `count` items are in it already.
  ShownItems(std::string& items, bool shows, std::size_t& count) : items_{items}, shows_{shows}, count_{count} {}

  void add(std::string_view item_json) {
    if (std::string* const at = next()) at->append(item_json);
  }
  void add(const model::Item& item) {
    if (std::string* const at = next()) json::append_item(*at, item);
  }

 private:
  /// Counts one more; where its text goes, if it is shown.
  std::string* next() {
    if (count_++ > 0 && shows_) items_.push_back(',');
    return shows_ ? &items_ : nullptr;
  }

  std::string& items_;
  const bool shows_;
  std::size_t& count_;
};

/// Collects one page. The visitor of storage holds a pointer to it.
class PageBuilder {
 public:
  PageBuilder(const ReadContext& context, const PreparedPageRead& prepared, std::string& items)
      : context_{context},
        read_{prepared.read()},
        fetches_{must_fetch(prepared.target(), read_)},
        finished_later_{is_finished_later(read_)},
        page_{prepared.target()},
        shown_{items, read_.shows_items, page_.count} {
    if (!read_.shows_items) return;
    if (!finished_later_) items.reserve(items.size() + kUsualPageBytes);
    items.push_back('[');
  }

  storage::Visit visit(const storage::RowView& row);
  [[nodiscard]] bool ends_early() const { return page_.ends_early; }
  StorageResult<CollectedPage> finish();

 private:
  /// An entry of a local index whose item is read when the visitor is through: it must leave storage alone.
  struct Fetch {
    std::string entry_json;
    std::size_t entry_size{0};
  };

  void take(std::string_view item_json);
  StorageResult<void> fetch_items();
  void charge();

  const ReadContext& context_;
  const PageRead& read_;
  const bool fetches_;
  const bool finished_later_;
  std::vector<Fetch> to_fetch_;
  std::size_t evaluated_bytes_{0};
  double fetched_units_{0};
  CollectedPage page_;
  ShownItems shown_;
};

storage::Visit PageBuilder::visit(const storage::RowView& row) {
  ++page_.scanned_count;
  evaluated_bytes_ += row.item_size;
  if (fetches_) {
    to_fetch_.push_back({std::string{row.item_json}, row.item_size});
  } else {
    take(row.item_json);
  }
  if (page_.scanned_count != read_.limit && evaluated_bytes_ <= kMaxPageBytes) return storage::Visit::kContinue;
  page_.ends_early = true;
  if (!fetches_ && !finished_later_) page_.end_json = row.item_json;
  return storage::Visit::kStop;
}

void PageBuilder::take(std::string_view item_json) {
  if (finished_later_) {
    page_.to_finish.add(item_json);
  } else {
    shown_.add(item_json);
  }
}

/// The items count as read, too: a page of small entries could otherwise be gigabytes of items.
StorageResult<void> PageBuilder::fetch_items() {
  std::size_t fetched_bytes = 0;
  std::size_t entry_bytes = 0;
  for (std::size_t at = 0; at < to_fetch_.size(); ++at) {
    const auto entry = json::read_stored_item(context_.stored_parser, to_fetch_[at].entry_json);
    const auto row = read_item(context_, PreparedItemRead::of_entry(page_.target.table, entry));
    if (row.has_error()) return row.error();
    entry_bytes += to_fetch_[at].entry_size;
    if (*row) {
      fetched_units_ += read_units((*row)->item_size, read_.consistency);
      take((*row)->item_json);
      fetched_bytes += (*row)->item_size;
    }
    const bool is_last = at + 1 == to_fetch_.size();
    if (!is_last && fetched_bytes > kMaxPageBytes) {
      page_.ends_early = true;
      page_.scanned_count = at + 1;
      evaluated_bytes_ = entry_bytes;
    } else if (!is_last) {
      continue;
    }
    if (page_.ends_early) page_.last_evaluated_key = json::to_json(page_.target.position_of(entry));
    break;
  }
  return {};
}

void PageBuilder::charge() {
  auto& capacity = page_.capacity;
  capacity.table = page_.target.table;
  const double units = read_units(evaluated_bytes_, read_.consistency);
  if (page_.target.index != nullptr) {
    capacity.table_units = fetched_units_;
    capacity.charge(*page_.target.index, units);
  } else {
    capacity.table_units = units;
  }
}

StorageResult<CollectedPage> PageBuilder::finish() {
  if (auto fetched = fetch_items(); fetched.has_error()) return std::move(fetched).error();
  charge();
  return std::move(page_);
}

}  // namespace

Result<PreparedPageRead> prepare(const ReadContext& context, ReadTarget target, storage::KeyRange range,
                                 const PageRead& read) {
  std::vector<storage::KeyRange> ranges;
  ranges.push_back(std::move(range));
  return prepare_ranges(context, std::move(target), std::move(ranges), read);
}

Result<PreparedPageRead> prepare_ranges(const ReadContext& context, ReadTarget target,
                                        std::vector<storage::KeyRange> ranges, const PageRead& read) {
  TRY(check_projected(target, read));
  TRY(admit_read(context, *target.table, target.index));
  return PreparedPageRead{std::move(target), std::move(ranges), read};
}

StorageResult<CollectedPage> read_page(const ReadContext& context, const PreparedPageRead& prepared,
                                       std::string& items) {
  PageBuilder page{context, prepared, items};
  for (const auto& range : prepared.ranges()) {
    auto scanned = context.storage.scan_rows(prepared.target().keyspace(), range, prepared.read().direction,
                                             [&page](const storage::RowView& row) { return page.visit(row); });
    if (scanned.has_error()) return std::move(scanned).error();
    if (page.ends_early()) break;
  }
  return page.finish();
}

std::size_t looks_of(const PageRead& read) {
  std::size_t looks = 0;
  if (read.filter) looks += expression::operators_of(*read.filter);
  if (read.projection) looks += read.projection->ast->paths.size();
  return looks;
}

Page finish_page(json::Parser& parser, const PageRead& read, CollectedPage collected, std::string& items) {
  Page page{collected.count, collected.scanned_count, std::move(collected.last_evaluated_key),
            std::move(collected.capacity)};
  const bool ends_behind_row = collected.ends_early && collected.end_json.empty() && page.last_evaluated_key.empty();
  ShownItems shown{items, read.shows_items, page.count};
  const auto& rows = collected.to_finish;
  std::size_t begin = 0;
  for (const std::size_t end : rows.ends) {
    const auto item_json = std::string_view{rows.text}.substr(begin, end - begin);
    begin = end;
    const auto item = json::read_stored_item(parser, item_json);
    if (ends_behind_row && end == rows.text.size()) {
      page.last_evaluated_key = json::to_json(collected.target.position_of(item));
    }
    if (read.filter && !expression::evaluate(*read.filter, &item)) continue;
    if (read.projection) {
      shown.add(expression::project(*read.projection, item));
    } else {
      shown.add(item_json);
    }
  }
  if (!collected.end_json.empty()) {
    const auto last = json::read_stored_item(parser, collected.end_json);
    page.last_evaluated_key = json::to_json(collected.target.position_of(last));
  }
  if (read.shows_items) items.push_back(']');
  return page;
}

}  // namespace millrace::plan
