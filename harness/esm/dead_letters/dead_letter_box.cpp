#include "harness/esm/dead_letters/dead_letter_box.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/json/tree.hpp"

namespace millrace::esm {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kKind = "dead_letters";
constexpr std::string_view kName = "box";

/// How many go at a time: nobody waits long for the gate, and each letter that comes makes more room than it takes.
constexpr std::size_t kMostDropped = 64;

/// Big-endian, so that rows lie in the order of their ids.
std::string row_key_of(LetterId id) {
  std::string key(sizeof(id), '\0');
  for (auto byte = key.rbegin(); byte != key.rend(); ++byte, id >>= 8U) *byte = static_cast<char>(id & 0xffU);
  return key;
}

LetterId id_of(std::string_view key) {
  LetterId id = 0;
  for (const char byte : key) id = (id << 8U) | static_cast<unsigned char>(byte);
  return id;
}

std::string records_of(const DeadLetter& letter) {
  if (letter.records == 0) {  // the end of a window
    return fmt::format("{}/{}/{}", letter.mapping, letter.shard_id, letter.given_up_at.time_since_epoch().count());
  }
  return fmt::format("{}/{}/{}-{}", letter.mapping, letter.shard_id, letter.first, letter.last);
}

}  // namespace

StorageResult<void> DeadLetterBox::load() {
  keyspaces_.reset();
  entries_.clear();
  by_records_.clear();
  bytes_ = 0;
  dropped_ = 0;
  const auto text = storage_.read_document(kKind, kName);
  if (text.has_error()) return text.error();
  if (!*text) return {};
  const auto tree = json::parse_tree(**text, json::kStoredDocument);
  const auto is_number = [&](const char* name) { return tree->contains(name) && tree->at(name).is_number_integer(); };
  if (tree.has_error() || !tree->is_object() || !is_number("letters") || !is_number("events") ||
      !is_number("dropped")) {
    return StorageError{StorageErrorKind::kCorrupt, "the document of the dead letters cannot be read"};
  }
  keyspaces_ = Keyspaces{tree->at("letters").get<storage::KeyspaceId>(), tree->at("events").get<storage::KeyspaceId>()};
  dropped_ = tree->at("dropped").get<std::uint64_t>();
  std::optional<StorageError> unreadable;
  const auto scanned =
      storage_.scan_rows(keyspaces_->letters, {}, storage::Direction::kAscending, [&](const storage::RowView& row) {
        const auto letter = letter_from_row(id_of(row.key), row.item_json);
        if (letter.has_error()) {
          unreadable = letter.error();
          return storage::Visit::kStop;
        }
        enter(*letter, row.item_size);
        return storage::Visit::kContinue;
      });
  if (scanned.has_error()) return scanned.error();
  if (unreadable) return *std::move(unreadable);
  return {};
}

void DeadLetterBox::enter(const DeadLetter& letter, std::uint64_t bytes) {
  std::string records = records_of(letter);
  by_records_[records] = letter.id;
  bytes_ += bytes;
  entries_[letter.id] =
      Entry{letter.mapping, std::move(records), letter.given_up_at, bytes, letter.handover == Handover::kPending};
}

StorageResult<void> DeadLetterBox::make_keyspaces() {
  if (keyspaces_) return {};
  Keyspaces made;
  for (storage::KeyspaceId* const keyspace : {&made.letters, &made.events}) {
    const auto created = storage_.create_keyspace();
    if (created.has_error()) return created.error();
    *keyspace = *created;
  }
  keyspaces_ = made;
  return note_state();
}

StorageResult<void> DeadLetterBox::note_state() {
  return storage_.write_document(
      kKind, kName,
      json::print_tree(Json{{"letters", keyspaces_->letters}, {"events", keyspaces_->events}, {"dropped", dropped_}}));
}

StorageResult<DeadLetter> DeadLetterBox::put(DeadLetter letter, std::string_view event, TimePoint now) {
  if (auto made = make_keyspaces(); made.has_error()) return made.error();
  if (const auto same = by_records_.find(records_of(letter)); same != by_records_.end()) {
    if (auto erased = erase(same->second); erased.has_error()) return erased.error();
  }
  const auto id = storage_.next_sequence();
  if (id.has_error()) return id.error();
  letter.id = *id;
  const std::string row = to_row(letter);
  // What is counted of a letter is all of it, so that the sum of a restart is the sum of before.
  const std::uint64_t bytes = row.size() + event.size();
  auto written =
      storage_.write_row(keyspaces_->letters, row_key_of(letter.id), row, bytes, storage::PreviousRow::none());
  if (written.has_error()) return written.error();
  if (letter.has_event) {
    written = storage_.write_row(keyspaces_->events, row_key_of(letter.id), event, event.size(),
                                 storage::PreviousRow::none());
    if (written.has_error()) return written.error();
  }
  enter(letter, bytes);
  if (auto made_room = drop_excess(now); made_room.has_error()) return made_room.error();
  return letter;
}

StorageResult<void> DeadLetterBox::drop_excess(TimePoint now) {
  std::size_t gone = 0;
  while (entries_.size() > 1 && gone < kMostDropped) {
    const auto& [id, oldest] = *entries_.begin();
    const bool is_old = now - oldest.given_up_at > limits_.age;
    if (!is_old && entries_.size() <= limits_.letters && bytes_ <= limits_.bytes) break;
    if (auto erased = erase(LetterId{id}); erased.has_error()) return erased;
    ++gone;
  }
  if (gone == 0) return {};
  dropped_ += gone;
  return note_state();
}

bool DeadLetterBox::has_old_letters(TimePoint now) const {
  return !entries_.empty() && now - entries_.begin()->second.given_up_at > limits_.age;
}

StorageResult<void> DeadLetterBox::trim(TimePoint now) {
  std::size_t gone = 0;
  while (has_old_letters(now) && gone < kMostDropped) {
    if (auto erased = erase(LetterId{entries_.begin()->first}); erased.has_error()) return erased;
    ++gone;
  }
  if (gone == 0) return {};
  dropped_ += gone;
  return note_state();
}

StorageResult<std::optional<ListedLetter>> DeadLetterBox::read(LetterId id) const {
  if (!contains(id)) return std::optional<ListedLetter>{};
  const std::string key = row_key_of(id);
  const auto row = storage_.read_row(keyspaces_->letters, key);
  if (row.has_error()) return row.error();
  if (!*row) return StorageError{StorageErrorKind::kCorrupt, fmt::format("dead letter {} cannot be found", id)};
  auto letter = letter_from_row(id, (*row)->item_json);
  if (letter.has_error()) return letter.error();
  ListedLetter listed{*std::move(letter), {}};
  if (!listed.letter.has_event) return std::optional{std::move(listed)};
  auto event = storage_.read_row(keyspaces_->events, key);
  if (event.has_error()) return event.error();
  if (*event) listed.event = std::move((*event)->item_json);
  return std::optional{std::move(listed)};
}

StorageResult<void> DeadLetterBox::update(const DeadLetter& letter) {
  const auto found = entries_.find(letter.id);
  if (found == entries_.end()) return {};
  const std::string row = to_row(letter);
  found->second.pending = letter.handover == Handover::kPending;
  // The few bytes by which a letter grows or shrinks here are not worth a second count.
  return storage_.write_row(keyspaces_->letters, row_key_of(letter.id), row, found->second.bytes);
}

StorageResult<void> DeadLetterBox::erase(LetterId id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return {};
  const std::string key = row_key_of(id);
  for (const auto keyspace : {keyspaces_->letters, keyspaces_->events}) {
    if (auto erased = storage_.erase_row(keyspace, key); erased.has_error()) return erased;
  }
  bytes_ -= found->second.bytes;
  if (const auto about = by_records_.find(found->second.records); about != by_records_.end() && about->second == id) {
    by_records_.erase(about);
  }
  entries_.erase(found);
  return {};
}

StorageResult<LetterPage> DeadLetterBox::list(const LetterQuery& query) const {
  LetterPage page;
  page.next = query.before;
  std::size_t bytes = 0;
  for (auto at = entries_.lower_bound(query.before); at != entries_.begin();) {
    --at;
    const auto& [id, entry] = *at;
    if (!query.mapping.empty() && entry.mapping != query.mapping) continue;
    bytes += entry.bytes;
    if (page.letters.size() == query.limit || (!page.letters.empty() && bytes > kMaxLetterPageBytes)) {
      page.more = true;
      break;
    }
    auto letter = read(id);
    if (letter.has_error()) return letter.error();
    if (*letter) page.letters.push_back(**std::move(letter));
    page.next = id;
  }
  return page;
}

std::vector<LetterId> DeadLetterBox::ids_of(std::string_view mapping) const {
  std::vector<LetterId> ids;
  for (const auto& [id, entry] : entries_) {
    if (mapping.empty() || entry.mapping == mapping) ids.push_back(id);
  }
  return ids;
}

std::map<std::string, std::size_t, std::less<>> DeadLetterBox::count_by_mapping() const {
  std::map<std::string, std::size_t, std::less<>> counts;
  for (const auto& [id, entry] : entries_) ++counts[entry.mapping];
  return counts;
}

std::vector<LetterId> DeadLetterBox::pending() const {
  std::vector<LetterId> ids;
  for (const auto& [id, entry] : entries_) {
    if (entry.pending) ids.push_back(id);
  }
  return ids;
}

}  // namespace millrace::esm
