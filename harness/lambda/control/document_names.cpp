#include "harness/lambda/control/document_names.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "harness/lambda/control/function_definition.hpp"

namespace millrace::lambda {
namespace {

using Functions = std::map<std::string, FunctionDefinition>;

StorageResult<void> rename(storage::Storage& storage, const Functions& functions) {
  for (const auto& [name, function] : functions) {
    auto written = storage.write_document(kFunctionDocuments, arn_of(function), to_document(function));
    if (written.has_error()) return written;
    auto erased = storage.erase_document(kFunctionDocuments, name);
    if (erased.has_error()) return erased;
  }
  return {};
}

}  // namespace

StorageResult<void> name_function_documents_by_arn(storage::Storage& storage, const model::Account& home) {
  Functions found;
  std::optional<StorageError> damaged;
  auto scanned = storage.scan_documents(kFunctionDocuments, [&](std::string_view name, std::string_view text) {
    if (name.starts_with("arn:")) return;  // which no name of a function does
    if (auto definition = from_document(text, home)) {
      found.emplace(name, *std::move(definition));
    } else {
      damaged = StorageError{StorageErrorKind::kCorrupt, "function " + std::string{name} + " cannot be read"};
    }
  });
  if (scanned.has_error()) return scanned;
  if (damaged) return *std::move(damaged);
  if (found.empty()) return {};
  if (auto begun = storage.begin(); begun.has_error()) return begun;
  if (auto renamed = rename(storage, found); renamed.has_error()) {
    storage.rollback();
    return renamed;
  }
  return storage.commit();
}

}  // namespace millrace::lambda
