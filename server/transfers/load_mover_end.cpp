// How a load ends: the reports of a bulk put, and what becomes of an imported table.
#include <fmt/format.h>

#include <utility>

#include "server/json/object_writer.hpp"
#include "server/transfers/load_mover.hpp"

namespace millrace::transfers {
namespace {

constexpr std::size_t kReportFileBytes = std::size_t{1} << 20U;

}  // namespace

Wish LoadMover::finish(Outcome outcome) {
  outcome_ = std::move(outcome);
  object_.reset();
  records_.clear();
  stage_ = state_.report == 0 || outcome_->status == LoadState::Status::kFailed ? Stage::kEnd : Stage::kReport;
  return Again{};
}

std::string LoadMover::report_folder() const {
  std::string folder = request_->bulk->output.prefix;
  while (folder.ends_with('/')) folder.pop_back();
  if (!folder.empty()) folder.push_back('/');
  return folder.append("AWSDynamoDB/")
      .append(request_->arn, request_->arn.rfind('/') + 1, std::string::npos)
      .append("/");
}

StorageResult<Wish> LoadMover::put_report() {
  std::string text;
  char kind = '\0';
  bool more = false;
  storage::KeyRange rest;
  rest.begin.assign(report_from_);
  const auto scanned = surroundings_.storage.scan_rows(
      state_.report, rest, storage::Direction::kAscending, [&](const storage::RowView& row) {
        if (kind == '\0') kind = row.key.front();
        more = kind != row.key.front() || text.size() >= kReportFileBytes;
        if (more) {
          report_from_.assign(row.key);
          return storage::Visit::kStop;
        }
        text.append(row.item_json).push_back('\n');
        return storage::Visit::kContinue;
      });
  if (scanned.has_error()) return scanned.error();
  stage_ = more ? Stage::kReported : Stage::kManifest;
  const std::string key = fmt::format("{}{}/{:06}.json", report_folder(),
                                      kind == 'C' ? "condition-check-failures" : "errors", report_files_++);
  return Wish{PutObject{request_->bulk->output.bucket, key, std::move(text)}};
}

Wish LoadMover::put_report_manifest() {
  std::string text;
  json::ObjectWriter writer{text};
  writer.string("bulkOperationArn", request_->arn);
  writer.string("bulkOperationStatus", to_text(outcome_->status));
  writer.string("tableArn", request_->table_arn);
  writer.integer("processedItemCount", state_.processed);
  writer.integer("failedItemCount", state_.errors);
  writer.integer("conditionCheckFailureCount", state_.conditions_failed);
  writer.integer("fileCount", report_files_);
  writer.finish();
  stage_ = Stage::kEnd;
  return PutObject{request_->bulk->output.bucket, report_folder() + "manifest-summary.json", std::move(text)};
}

StorageResult<Wish> LoadMover::end() {
  state_.status = outcome_->status;
  state_.failure = outcome_->failure;
  state_.ended = surroundings_.clock.now();
  if (const auto report = std::exchange(state_.report, 0); report != 0) {
    if (auto dropped = surroundings_.storage.drop_keyspace(report); dropped.has_error()) {
      return std::move(dropped).error();
    }
  }
  if (request_->is_import()) {
    const auto table = find_table();
    const bool all_read = !state_.failure || state_.failure->code == "ItemValidationError";
    if (auto done = end_import(table, all_read || state_.written > 0); done.has_error()) return std::move(done).error();
  }
  if (auto noted = loads_.update(request_->arn, state_); noted.has_error()) return noted.error();
  return Wish{Over{}};
}

/// A table into which nothing could be read is none, as on AWS.
StorageResult<void> LoadMover::end_import(const catalog::TablePointer& table, bool keeps_table) {
  if (table == nullptr) return {};
  if (keeps_table) {
    auto definition = table->definition;
    definition.imported_by.clear();
    const auto stored = surroundings_.tables.put(std::move(definition));
    if (stored.has_error()) return stored.error();
    return {};
  }
  for (const auto& index : table->definition.indexes) {
    if (auto dropped = surroundings_.storage.drop_keyspace(index.keyspace); dropped.has_error()) return dropped;
  }
  for (const auto& index : table->definition.vector_indexes) {
    if (auto dropped = surroundings_.storage.drop_keyspace(index.keyspace); dropped.has_error()) return dropped;
    surroundings_.vectors.forget(index.keyspace);
  }
  if (auto dropped = surroundings_.storage.drop_keyspace(table->definition.keyspace); dropped.has_error()) {
    return dropped;
  }
  return surroundings_.tables.remove(table->definition);
}

}  // namespace millrace::transfers
