#include "server/transfers/load_mover.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "server/json/attribute_value_json.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/arn.hpp"

namespace millrace::transfers {
namespace {

constexpr std::size_t kGotAtOnce = std::size_t{256} * 1024;
constexpr std::size_t kUnpackedAtOnce = std::size_t{64} * 1024;
// What is parsed and waits to be written, in bytes of its text.
constexpr std::size_t kParsedAtOnce = std::size_t{1} << 20U;
constexpr std::int64_t kMostObjects = 50'000;  // AWS's quota
constexpr std::int64_t kMostErrorsTold = 20;

}  // namespace

LoadMover::LoadMover(const Surroundings& surroundings, LoadCatalog& loads, const LoadCatalog::Pointer& entry)
    : surroundings_{surroundings},
      loads_{loads},
      request_{entry->request},
      state_{entry->state},
      stage_{request_->is_import() || state_.total_input_bytes ? Stage::kNext : Stage::kMeasure} {
  if (state_.object.empty() || state_.object_done) return;
  open(state_.object, state_.records);
  if (stage_ == Stage::kNext) stage_ = Stage::kGet;
}

storage::Access LoadMover::access(const StoreAnswer& /*answer*/) const {
  return stage_ == Stage::kWrite || stage_ == Stage::kEnd ? storage::Access::kWrite : storage::Access::kRead;
}

StorageResult<Wish> LoadMover::step(const storage::Budget& budget, StoreAnswer answer, storage::Ticket group) {
  const auto& source = request_->source;
  if (!outcome_) {
    if (auto* const failure = std::get_if<StoreFailure>(&answer)) {
      return finish({LoadState::Status::kFailed, Failure{std::move(failure->code), std::move(failure->message)}});
    }
    const auto entry = loads_.find(request_->arn);
    if (entry != nullptr && entry->state.status == LoadState::Status::kCancelling) {
      return finish(
          {LoadState::Status::kCancelled, Failure{"Cancelled", "The operation was cancelled by CancelBulkOperation"}});
    }
  } else if (auto* const failure = std::get_if<StoreFailure>(&answer)) {  // of the report
    outcome_ = {LoadState::Status::kFailed, Failure{std::move(failure->code), std::move(failure->message)}};
    stage_ = Stage::kEnd;
    return Wish{Again{}};
  }
  switch (stage_) {
    case Stage::kMeasure:
      stage_ = Stage::kMeasured;
      return Wish{ListObjects{source.bucket, source.prefix, measured_to_}};
    case Stage::kMeasured: {
      const auto& found = std::get<FoundObjects>(answer);
      for (const auto& object : found) measured_ += static_cast<std::int64_t>(object.size);
      stage_ = Stage::kMeasure;
      if (!found.empty()) {
        measured_to_ = found.back().key;
        return Wish{Again{}};
      }
      state_.total_input_bytes = measured_;
      stage_ = object_ ? Stage::kGet : Stage::kNext;
      return Wish{Again{}};
    }
    case Stage::kNext: return open_next();
    case Stage::kListed: return take_listed(std::move(std::get<FoundObjects>(answer)));
    case Stage::kGet:
      stage_ = Stage::kGot;
      return Wish{GetObject{source.bucket, state_.object, object_->offset, kGotAtOnce}};
    case Stage::kGot:
      object_->raw = std::move(std::get<std::string>(answer));
      object_->raw_used = 0;
      object_->offset += object_->raw.size();
      object_->raw_is_last = object_->raw.size() < kGotAtOnce;
      stage_ = Stage::kWrite;
      return Wish{Compute{[this] { parse(); }}};
    case Stage::kWrite: return write(budget, group);
    case Stage::kReport:
    case Stage::kReported: return put_report();
    case Stage::kManifest: return Wish{put_report_manifest()};
    case Stage::kEnd: break;
  }
  return end();
}

// --- Objects ---------------------------------------------------------------------------------------------------------

Wish LoadMover::open_next() {
  if (listed_.empty()) {
    stage_ = Stage::kListed;
    return ListObjects{request_->source.bucket, request_->source.prefix, state_.object};
  }
  std::string key = std::move(listed_.front());
  listed_.pop_front();
  if (++state_.objects > kMostObjects) {
    return finish({LoadState::Status::kFailed,
                   Failure{"ValidationException", "There are more than 50,000 objects with that prefix"}});
  }
  open(std::move(key), 0);
  stage_ = Stage::kGet;
  return Again{};
}

StorageResult<Wish> LoadMover::take_listed(FoundObjects found) {
  if (found.empty()) {
    const bool failed = state_.errors > 0;
    if (!request_->is_import()) {
      return finish({failed ? LoadState::Status::kCompletedWithErrors : LoadState::Status::kCompleted, std::nullopt});
    }
    if (!failed) return finish({});
    return finish({LoadState::Status::kFailed,
                   Failure{"ItemValidationError",
                           "Some of the items failed validation checks and were not imported. Please check CloudWatch "
                           "error logs for more details."}});
  }
  for (auto& object : found) listed_.push_back(std::move(object.key));
  stage_ = Stage::kNext;
  return Wish{Again{}};
}

void LoadMover::open(std::string key, std::int64_t to_pass) {
  state_.object = std::move(key);
  state_.object_done = false;
  state_.records = to_pass;
  object_.emplace();
  object_->unpacker = Unpacker::make(request_->compression);
  object_->texts = RecordTexts::make(request_->format, request_->csv);
  object_->to_pass = to_pass;
}

bool LoadMover::unpack_more(OpenObject& object) const {
  auto packed = std::string_view{object.raw}.substr(object.raw_used);
  std::string text;
  const auto unpacked = object.unpacker->unpack(packed, text, kUnpackedAtOnce);
  const bool moved = !text.empty() || object.raw.size() - packed.size() != object.raw_used;
  object.raw_used = object.raw.size() - packed.size();
  if (unpacked.has_error()) {
    object.broken = unpacked.error();
    return false;
  }
  if (moved) {
    object.texts->append(text);
    return true;
  }
  if (!object.raw_is_last || object.texts_ended) return false;
  if (!object.unpacker->may_end()) {
    object.broken = Malformed{"it ends too early"};
    return false;
  }
  object.texts->end();
  object.texts_ended = true;
  return true;
}

void LoadMover::parse() {
  auto& object = *object_;
  std::size_t bytes = 0;
  auto* const expressions = request_->is_import() ? nullptr : &surroundings_.expressions;
  while (bytes < kParsedAtOnce && !object.broken) {
    auto text = object.texts->next();
    if (text.has_error()) {
      object.broken = text.error();
      return;
    }
    if (!*text) {
      if (unpack_more(object)) continue;
      object.is_read = object.texts_ended;
      return;
    }
    if (object.to_pass > 0) {
      --object.to_pass;
      continue;
    }
    bytes += (*text)->json.size();
    auto record = read_record_write(parser_, expressions, **std::move(text));
    if (record.has_error()) {
      object.broken = record.error();
      return;
    }
    records_.push_back(*std::move(record));
  }
}

/// When everything that was parsed has been dealt with.
Wish LoadMover::go_on() {
  auto& object = *object_;
  if (object.broken || object.is_read) {
    state_.object_done = true;
    state_.input_bytes += static_cast<std::int64_t>(object.offset);
    object_.reset();
    stage_ = Stage::kNext;
    return Again{};
  }
  if (object.raw_used == object.raw.size() && !object.raw_is_last) {
    stage_ = Stage::kGet;
    return Again{};
  }
  return Compute{[this] { parse(); }};
}

// --- Records ---------------------------------------------------------------------------------------------------------

catalog::TablePointer LoadMover::find_table() const {
  const auto parts = model::parse_table_arn(request_->table_arn);
  if (!parts) return nullptr;
  const model::Caller owner{.account = {std::string{parts->region}, std::string{parts->account_id}}};
  auto table = surroundings_.tables.of(owner).find(parts->table_name);
  return table != nullptr && table->definition.id == request_->table_id ? table : nullptr;
}

StorageResult<Wish> LoadMover::write(const storage::Budget& budget, storage::Ticket group) {
  const auto table = find_table();
  if (table == nullptr) {
    return finish({LoadState::Status::kFailed,
                   Failure{"ResourceNotFoundException", "The table was deleted while items were put into it"}});
  }
  const storage::Budget portion =
      budget.at_cost(2 + table->definition.indexes.size() + table->definition.vector_indexes.size());
  std::size_t rows = 0;
  for (std::size_t bytes = 0; !records_.empty() && rows < portion.rows && bytes < portion.bytes; ++rows) {
    const RecordWrite& record = records_.front();
    bytes += record.write.item_size();
    ++state_.records;
    if (auto written = write_record(table, record, group); written.has_error()) return std::move(written).error();
    records_.pop_front();
  }
  Wish next{Again{}};
  if (records_.empty()) {
    if (object_->broken) {
      ++state_.records;
      if (auto noted = note_error(object_->broken->reason, {}); noted.has_error()) return std::move(noted).error();
    }
    next = go_on();
  }
  if (auto noted = loads_.update(request_->arn, state_); noted.has_error()) return noted.error();
  return next;
}

StorageResult<void> LoadMover::write_record(const catalog::TablePointer& table, const RecordWrite& record,
                                            storage::Ticket group) {
  state_.source_bytes += static_cast<std::int64_t>(record.source_bytes);
  if (record.error) return note_error(record.error->message, record.json);
  auto& storage = surroundings_.storage;
  const plan::ReadContext reading{.storage = storage, .stored_parser = stored_parser_, .group = group};
  const auto prepared = plan::prepare(reading, table, record.write);
  if (prepared.has_error()) {
    const ApiError& error = prepared.error();
    if (error.kind == ErrorKind::kInternalServerError) return StorageError{StorageErrorKind::kIo, error.message};
    if (error.kind == ErrorKind::kConditionalCheckFailed) return note_failed_condition(error, record);
    return note_error(error.message, record.json);
  }
  const plan::WriteContext writing{.storage = storage,
                                   .stream_writer = surroundings_.stream_writer,
                                   .clock = surroundings_.clock,
                                   .stored_parser = stored_parser_,
                                   .vectors = surroundings_.vectors,
                                   .time_marks = surroundings_.backups.time_marks,
                                   .replicating = surroundings_.replicating,
                                   .transactions = &surroundings_.transactions,
                                   .group = group,
                                   .earliest = &surroundings_.earliest_expiry,
                                   .contributors = &surroundings_.contributors};
  const auto applied = plan::apply(writing, *prepared);
  if (applied.has_error()) return applied.error();
  ++state_.processed;
  ++state_.written;
  state_.written_bytes += static_cast<std::int64_t>(record.write.item_size());
  return {};
}

StorageResult<void> LoadMover::note_error(std::string_view reason, std::string_view record_json) {
  ++state_.processed;
  ++state_.errors;
  if (state_.errors <= kMostErrorsTold) {
    spdlog::warn("{}: record {} of {}/{}: {}{}", request_->arn, state_.records, request_->source.bucket, state_.object,
                 reason, state_.errors == kMostErrorsTold ? "; further errors are counted and not told" : "");
  }
  if (request_->is_import() || !request_->bulk->reports_errors) return {};
  std::string line;
  json::ObjectWriter writer{line};
  if (!record_json.empty()) writer.string("Record", record_json);
  writer.string("ErrorCode", "ValidationException");
  writer.string("ErrorMessage", reason);
  writer.string("S3Key", state_.object);
  writer.integer("RecordNumber", state_.records);
  writer.finish();
  return report('E', std::move(line));
}

StorageResult<void> LoadMover::note_failed_condition(const ApiError& failure, const RecordWrite& record) {
  ++state_.processed;
  ++state_.conditions_failed;
  if (!request_->bulk->reports_conditions) return {};
  std::string line;
  json::ObjectWriter writer{line};
  writer.raw("AttemptedItem", json::to_json(record.write.item()));
  constexpr std::string_view kItemMember = "\"Item\":";
  if (failure.members.starts_with(kItemMember)) {
    writer.raw("ExistingItem", std::string_view{failure.members}.substr(kItemMember.size()));
  }
  writer.string("S3Key", state_.object);
  writer.integer("RecordNumber", state_.records);
  writer.finish();
  return report('C', std::move(line));
}

/// Kept with the writes of the step, and put into files at the end: so nothing is told twice or lost by a restart.
StorageResult<void> LoadMover::report(char kind, std::string line) {
  auto& storage = surroundings_.storage;
  if (state_.report == 0) {
    const auto made = storage.create_keyspace();
    if (made.has_error()) return made.error();
    state_.report = *made;
  }
  const std::string key = fmt::format("{}{:016x}", kind, state_.report_rows++);
  return storage.write_row(state_.report, key, line, line.size(), storage::PreviousRow::none());
}

}  // namespace millrace::transfers
