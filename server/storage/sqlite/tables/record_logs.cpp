#include "server/storage/sqlite/tables/record_logs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/storage/sqlite/database/checksum.hpp"

namespace millrace::storage::sqlite {
namespace {

// What a process that writes to very many streams keeps in memory between transactions: one full block for each.
constexpr std::size_t kKeptBlocks = 16;

std::int64_t to_integer(Sequence sequence) { return static_cast<std::int64_t>(sequence); }

/// The part of `block` that holds the records with a sequence greater than `through`.
StorageResult<std::string_view> records_behind(Sequence through, std::string_view block) {
  BlockReader records{block};
  for (;;) {
    const std::string_view rest = records.rest();
    const auto record = records.next();
    if (record.has_error()) return record.error();
    if (!*record || (*record)->sequence > through) return rest;
  }
}

}  // namespace

RecordLogs::OpenBlock* RecordLogs::find_open_block(LogId log) {
  const auto at = std::ranges::find(open_blocks_, log, &OpenBlock::log);
  return at == open_blocks_.end() ? nullptr : &*at;
}

StorageResult<void> RecordLogs::append(LogId log, const RecordView& record) {
  OpenBlock* block = find_open_block(log);
  if (block == nullptr) {
    block = &open_blocks_.emplace_back();
    block->log = log;
  }
  append_to_block(block->bytes, record);
  block->last = record.sequence;
  if (block->bytes.size() < kFullBlockBytes) return {};
  return write_block(*block);
}

StorageResult<void> RecordLogs::write_block(OpenBlock& block) {
  if (block.bytes.empty()) return {};
  const std::int64_t last = to_integer(block.last);
  auto written =
      Query{statements_.add_block, last, block.log, Blob{block.bytes}, checksum_of(last, block.log, block.bytes)}.run();
  block.bytes.clear();
  if (block.bytes.capacity() > 2 * kFullBlockBytes) block.bytes.shrink_to_fit();
  return written;
}

StorageResult<void> RecordLogs::write_open_block(LogId log) {
  OpenBlock* const block = find_open_block(log);
  if (block == nullptr) return {};
  return write_block(*block);
}

StorageResult<void> RecordLogs::write_open_blocks() {
  for (OpenBlock& block : open_blocks_) {
    if (auto written = write_block(block); written.has_error()) return written;
  }
  if (open_blocks_.size() > kKeptBlocks) open_blocks_.resize(kKeptBlocks);
  return {};
}

void RecordLogs::discard_open_blocks() {
  for (OpenBlock& block : open_blocks_) block.bytes.clear();
}

void RecordLogs::discard_open_block(LogId log) {
  std::erase_if(open_blocks_, [log](const OpenBlock& block) { return block.log == log; });
}

std::int64_t RecordLogs::checksum_of(std::int64_t last_sequence, LogId log, std::string_view block) const {
  if (!checked_) return 0;
  return Checksum{}.add(last_sequence).add(log).add(block).value();
}

StorageError RecordLogs::damaged(StorageError error, LogId log, Sequence after) {
  if (error.kind != StorageErrorKind::kCorrupt) return error;
  error.detail += fmt::format("; records of log {} behind sequence {}", log, after);
  // Asks the index only: the block itself may be what cannot be read.
  Query query{statements_.next_block, log, to_integer(after)};
  const auto next = query.next();
  if (next.has_error() || !*next) return error;
  error.damaged_through = static_cast<Sequence>(query.integer(0));
  error.detail += fmt::format(" up to and including {}", error.damaged_through);
  return error;
}

StorageResult<void> RecordLogs::read(LogId log, Sequence after, const RecordVisitor& visit) {
  Sequence behind = after;  // the last record of the block before
  StorageResult<void> outcome;
  auto shown = Query{statements_.read_blocks, log, to_integer(after)}.show([&](const ShownRow& row) {
    const std::int64_t last = row.integer(0);
    const std::string_view block = row.bytes(1);
    if (checked_ && !row.is_null(2) && checksum_of(last, log, block) != row.integer(2)) {
      outcome = StorageError{StorageErrorKind::kCorrupt, "a block of stream records is not what was written"};
      return false;
    }
    BlockReader records{block};
    for (;;) {
      const auto record = records.next();
      if (record.has_error()) {
        outcome = record.error();
        return false;
      }
      if (!*record) break;
      if ((*record)->sequence > after && visit(**record) == Visit::kStop) return false;
    }
    behind = static_cast<Sequence>(last);
    return true;
  });
  if (shown.has_error()) outcome = std::move(shown);
  if (outcome.has_error()) return damaged(std::move(outcome).error(), log, behind);
  return {};
}

StorageResult<std::optional<Sequence>> RecordLogs::latest(LogId log) {
  Query query{statements_.last_sequence, log};
  const auto row = query.next();
  if (row.has_error()) return row.error();
  if (query.is_null(0)) return std::optional<Sequence>{};
  return std::optional{static_cast<Sequence>(query.integer(0))};
}

StorageResult<void> RecordLogs::trim(LogId log, Sequence through) {
  if (auto written = write_open_block(log); written.has_error()) return written;
  if (auto trimmed = Query{statements_.trim_blocks, log, to_integer(through)}.run(); trimmed.has_error()) {
    return trimmed;
  }
  return trim_first_block(log, through);
}

StorageResult<void> RecordLogs::trim_first_block(LogId log, Sequence through) {
  std::int64_t last_sequence = 0;
  std::string kept;
  {
    Query first{statements_.first_block, log};
    const auto row = first.next();
    if (row.has_error()) return row.error();
    if (!*row) return {};
    const auto rest = records_behind(through, first.bytes(1));
    if (rest.has_error()) return {};  // damaged: it stays as it is, and goes as a whole
    if (rest->size() == first.bytes(1).size()) return {};
    last_sequence = first.integer(0);
    kept = *rest;
  }
  return Query{statements_.replace_block, last_sequence, Blob{kept}, checksum_of(last_sequence, log, kept)}.run();
}

}  // namespace millrace::storage::sqlite
