#include "server/transfers/export_mover.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/json/attribute_value_json.hpp"
#include "server/transfers/format/checksum.hpp"
#include "server/transfers/format/ion_values.hpp"
#include "server/transfers/manifest.hpp"

namespace millrace::transfers {
namespace {

// Of a data file, before it is packed.
constexpr std::size_t kFileTextBytes = std::size_t{10} << 20U;

}  // namespace

ExportMover::ExportMover(const Surroundings& surroundings, ExportCatalog& exports, const ExportCatalog::Pointer& entry)
    : surroundings_{surroundings},
      exports_{exports},
      request_{entry->request},
      state_{entry->state},
      filter_{parse_export_filter(surroundings.expressions, request_->filter, request_->table.key_schema)} {}

storage::Access ExportMover::access(const StoreAnswer& answer) const {
  const bool writes = stage_ == Stage::kFileWritten || stage_ == Stage::kEnd || filter_.has_error() ||
                      std::holds_alternative<StoreFailure>(answer);
  return writes ? storage::Access::kWrite : storage::Access::kRead;
}

StorageResult<Wish> ExportMover::step(const storage::Budget& budget, StoreAnswer answer, storage::Ticket /*group*/) {
  const auto& request = *request_;
  if (filter_.has_error()) {
    return end(ExportState::Status::kFailed, Failure{"ValidationException", filter_.error().message});
  }
  if (auto* const failure = std::get_if<StoreFailure>(&answer)) {
    return end(ExportState::Status::kFailed, Failure{std::move(failure->code), std::move(failure->message)});
  }
  switch (stage_) {
    case Stage::kBegin:
      stage_ = Stage::kRead;
      return Wish{PutObject{request.place.bucket, request.folder() + "_started", {}}};
    case Stage::kRead: return read(budget);
    case Stage::kPacked:
      if (packed_.empty()) return read(budget);
      stage_ = Stage::kFileWritten;
      return Wish{PutObject{request.place.bucket, data_file_key(request, state_.files.size()), packed_}};
    case Stage::kFileWritten: return note_file();
    case Stage::kFilesManifest: {
      std::string text = files_manifest(state_);
      summary_ = checksum_text(text);
      return put_manifest("manifest-files.json", std::move(text), Stage::kFilesChecksum);
    }
    case Stage::kFilesChecksum: return put_manifest("manifest-files.md5", summary_, Stage::kSummary);
    case Stage::kSummary:
      ended_ = surroundings_.clock.now();
      summary_ = summary_manifest(request, state_, ended_);
      return put_manifest("manifest-summary.json", summary_, Stage::kSummaryChecksum);
    case Stage::kSummaryChecksum: return put_manifest("manifest-summary.md5", checksum_text(summary_), Stage::kEnd);
    case Stage::kEnd: break;
  }
  return end(ExportState::Status::kCompleted, std::nullopt);
}

Wish ExportMover::put_manifest(std::string name, std::string text, Stage next) {
  stage_ = next;
  return PutObject{request_->place.bucket, request_->folder().append(name), std::move(text)};
}

storage::KeyRange ExportMover::rest() const {
  storage::KeyRange rest = filter_->rows;
  if (!state_.next.empty()) rest.begin.assign(state_.next);
  return rest;
}

StorageResult<Wish> ExportMover::read(const storage::Budget& budget) {
  if (state_.all_read) {  // it was, before a restart
    stage_ = Stage::kFilesManifest;
    return Wish{Again{}};
  }
  changes_.clear();
  auto done = request_->increment ? read_changes(budget) : read_rows(budget);
  if (done.has_error()) return std::move(done).error();
  stage_ = Stage::kPacked;
  return Wish{Compute{[this] { pack(); }}};
}

StorageResult<void> ExportMover::read_rows(const storage::Budget& budget) {
  std::size_t bytes = 0;
  bool more = false;
  auto scanned = surroundings_.storage.scan_rows_as_of(request_->table.keyspace, rest(), storage::Direction::kAscending,
                                                       request_->as_of, [&](const storage::RowView& row) {
                                                         more = changes_.size() >= budget.rows || bytes >= budget.bytes;
                                                         if (more) {
                                                           state_.next.assign(row.key);
                                                           return storage::Visit::kStop;
                                                         }
                                                         bytes += row.item_json.size();
                                                         bytes_read_ += static_cast<std::int64_t>(row.item_size);
                                                         changes_.push_back({{}, {}, std::string{row.item_json}, 0});
                                                         return storage::Visit::kContinue;
                                                       });
  state_.all_read = !more;
  return scanned;
}

StorageResult<void> ExportMover::read_changes(const storage::Budget& budget) {
  auto& storage = surroundings_.storage;
  // Each is looked for as it was at the end, and at some seconds in between.
  const storage::Budget portion = budget.at_cost(20);
  std::size_t bytes = 0;
  bool more = false;
  std::vector<Change> found;
  auto scanned =
      storage.scan_changes(request_->table.keyspace, rest(), request_->increment->as_of,
                           [&](std::string_view key, const std::optional<storage::Row>& row) {
                             more = found.size() >= portion.rows || bytes >= portion.bytes;
                             if (more) {
                               state_.next.assign(key);
                               return storage::Visit::kStop;
                             }
                             found.push_back({std::string{key}, row ? row->item_json : std::string{}, {}, 0});
                             bytes += found.back().old_item.size();
                             if (row) bytes_read_ += static_cast<std::int64_t>(row->item_size);
                             return storage::Visit::kContinue;
                           });
  if (scanned.has_error()) return scanned;
  state_.all_read = !more;
  for (Change& change : found) {
    auto now = storage.read_row_as_of(request_->table.keyspace, change.key, request_->as_of);
    if (now.has_error()) return now.error();
    if (*now) {
      bytes_read_ += static_cast<std::int64_t>((*now)->item_size);
      change.new_item = std::move((*now)->item_json);
    }
    if (change.new_item == change.old_item) continue;  // also what was made and is gone again
    const auto second = second_of_last_write(change);
    if (second.has_error()) return second.error();
    change.written_second = *second;
    changes_.push_back(std::move(change));
  }
  return {};
}

/// Storage knows at which seconds rows can be asked for, and the first as of which the row is what it was in the end is
/// looked for by halving.
StorageResult<std::int64_t> ExportMover::second_of_last_write(const Change& change) const {
  using std::chrono::floor;
  using std::chrono::seconds;
  auto& storage = surroundings_.storage;
  std::int64_t first = floor<seconds>(request_->increment->from.time_since_epoch()).count();
  std::int64_t last = std::max(first, floor<seconds>(request_->increment->to.time_since_epoch()).count() - 1);
  while (first < last) {
    const std::int64_t middle = first + (last - first) / 2;
    const auto end = surroundings_.backups.time_marks.end_of(TimePoint{seconds{middle}});
    if (end.has_error()) return end.error();
    const auto as_of = std::clamp(end->value_or(request_->as_of), request_->increment->as_of, request_->as_of);
    const auto row = storage.read_row_as_of(request_->table.keyspace, change.key, as_of);
    if (row.has_error()) return row.error();
    const bool is_final = (*row ? (*row)->item_json : std::string{}) == change.new_item;
    if (is_final) {
      last = middle;
    } else {
      first = middle + 1;
    }
  }
  return first;
}

void ExportMover::append_item(std::string& text, std::string_view item_json) {
  if (!filter_->projection && !request_->ion) {
    text.append(item_json);
    return;
  }
  model::Item item = json::read_stored_item(parser_, item_json);
  if (filter_->projection) item = expression::project(*filter_->projection, item);
  request_->ion ? append_ion(text, item) : json::append_item(text, item);
}

void ExportMover::append_line(std::string& text, const Change& change) {
  const bool ion = request_->ion;
  const auto name = [&](std::string_view member) {
    if (text.back() != '{') text.push_back(',');
    if (!ion) text.push_back('"');
    text.append(member);
    if (!ion) text.push_back('"');
    text.push_back(':');
  };
  if (ion) text.append("$ion_1_0 ");
  text.push_back('{');
  if (!request_->increment) {
    name("Item");
    append_item(text, change.new_item);
    text.append("}\n");
    return;
  }
  if (ion) text.append("Record:{");
  const std::string micros = std::to_string(change.written_second * 1'000'000);
  const auto image = json::read_stored_item(parser_, change.new_item.empty() ? change.old_item : change.new_item);
  const auto key = model::key_of(request_->table.key_schema, image);
  name("Metadata");
  text.append(ion ? "{WriteTimestampMicros:" + micros + ".}" : R"({"WriteTimestampMicros":{"N":")" + micros + "\"}}");
  name("Keys");
  ion ? append_ion(text, key) : json::append_item(text, key);
  if (request_->increment->with_old_images && !change.old_item.empty()) {
    name("OldImage");
    append_item(text, change.old_item);
  }
  if (!change.new_item.empty()) {
    name("NewImage");
    append_item(text, change.new_item);
  }
  text.append(ion ? "}}\n" : "}\n");
}

void ExportMover::pack() {
  if (!file_) file_.emplace();
  std::string text;
  for (const Change& change : changes_) {
    if (filter_->condition) {
      const auto item = json::read_stored_item(parser_, change.new_item.empty() ? change.old_item : change.new_item);
      if (!expression::evaluate(*filter_->condition, &item)) continue;
    }
    append_line(text, change);
    ++file_->items;
  }
  changes_.clear();
  file_->text_bytes += text.size();
  file_->writer.add(text);
  if (!state_.all_read && file_->text_bytes < kFileTextBytes) return;
  packed_ = file_->writer.finish();
  sum_ = md5(packed_);
}

StorageResult<Wish> ExportMover::note_file() {
  state_.files.push_back({data_file_key(*request_, state_.files.size()), file_->items, std::move(sum_)});
  state_.bytes += std::exchange(bytes_read_, 0);
  file_.reset();
  packed_.clear();
  packed_.shrink_to_fit();
  if (auto noted = exports_.update(request_->arn, state_); noted.has_error()) return noted.error();
  stage_ = state_.all_read ? Stage::kFilesManifest : Stage::kRead;
  return Wish{Again{}};
}

StorageResult<Wish> ExportMover::end(ExportState::Status status, std::optional<Failure> failure) {
  state_.status = status;
  state_.failure = std::move(failure);
  state_.ended = status == ExportState::Status::kCompleted ? ended_ : surroundings_.clock.now();
  if (auto noted = exports_.update(request_->arn, state_); noted.has_error()) return noted.error();
  const auto released = surroundings_.backups.row_keeping.release(request_->table.keyspace, surroundings_.clock.now());
  if (released.has_error()) return released.error();
  return Wish{Over{}};
}

}  // namespace millrace::transfers
