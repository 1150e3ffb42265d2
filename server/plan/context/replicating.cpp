#include "server/plan/context/replicating.hpp"

#include <charconv>
#include <string>

namespace millrace::plan {

StorageResult<std::optional<storage::Sequence>> find_unsent(storage::StorageReader& storage,
                                                            const model::Replication& replication,
                                                            std::string_view row_key) {
  if (replication.unsent == 0) return std::optional<storage::Sequence>{};
  const auto row = storage.read_row(replication.unsent, row_key);
  if (row.has_error()) return row.error();
  if (!*row) return std::optional<storage::Sequence>{};
  storage::Sequence newest = 0;
  const std::string& text = (*row)->item_json;
  if (std::from_chars(text.data(), text.data() + text.size(), newest).ptr != text.data() + text.size()) {
    return StorageError{StorageErrorKind::kCorrupt, "the number of a change that is to be sent is damaged"};
  }
  return std::optional{newest};
}

StorageResult<void> note_unsent(storage::Storage& storage, const model::Replication& replication,
                                std::string_view row_key, storage::Sequence newest) {
  return storage.write_row(replication.unsent, row_key, std::to_string(newest), 0);
}

StorageResult<void> forget_unsent(storage::Storage& storage, const model::Replication& replication,
                                  std::string_view row_key) {
  return storage.erase_row(replication.unsent, row_key);
}

}  // namespace millrace::plan
