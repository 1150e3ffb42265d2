#include "server/catalog/document_names.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/catalog/table_document.hpp"
#include "server/model/arn.hpp"

namespace millrace::catalog {
namespace {

struct Renamed {
  std::string before;
  std::string arn;
  std::string text;
};

StorageResult<std::vector<Renamed>> find_named_otherwise(storage::Storage& storage) {
  std::vector<Renamed> found;
  std::optional<StorageError> failure;
  auto scanned = storage.scan_documents(kTableDocuments, [&](std::string_view name, std::string_view text) {
    if (model::parse_table_arn(name)) return;
    auto table = table_from_document(text);
    if (table.has_error()) {
      failure = std::move(table).error();
    } else {
      found.push_back({std::string{name}, std::move(table->arn), std::string{text}});
    }
  });
  if (scanned.has_error()) return std::move(scanned).error();
  if (failure) return *std::move(failure);
  return found;
}

StorageResult<void> rename(storage::Storage& storage, const std::vector<Renamed>& documents) {
  for (const Renamed& document : documents) {
    auto written = storage.write_document(kTableDocuments, document.arn, document.text);
    if (written.has_error()) return written;
    auto erased = storage.erase_document(kTableDocuments, document.before);
    if (erased.has_error()) return erased;
  }
  return {};
}

}  // namespace

StorageResult<void> name_table_documents_by_arn(storage::Storage& storage) {
  const auto found = find_named_otherwise(storage);
  if (found.has_error()) return found.error();
  if (found->empty()) return {};
  if (auto begun = storage.begin(); begun.has_error()) return begun;
  if (auto renamed = rename(storage, *found); renamed.has_error()) {
    storage.rollback();
    return renamed;
  }
  return storage.commit();
}

}  // namespace millrace::catalog
