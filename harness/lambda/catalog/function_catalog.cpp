#include "harness/lambda/catalog/function_catalog.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace millrace::lambda {

ApiError function_exists(const std::string& name) {
  return {ErrorKind::kLambdaResourceConflict, "Function already exist: " + name};
}

FunctionCatalog::FunctionCatalog(storage::Storage& storage, model::Account home)
    : storage_{storage}, home_{std::move(home)} {}

StorageResult<void> FunctionCatalog::load() {
  FunctionIndex<Entry> loaded;
  std::optional<StorageError> damaged;
  const auto scanned = storage_.scan_documents(kFunctionDocuments, [&](std::string_view name, std::string_view text) {
    auto definition = from_document(text, home_);
    if (!definition) {
      damaged = StorageError{StorageErrorKind::kCorrupt, "function " + std::string{name} + " cannot be read"};
      return;
    }
    const auto function = std::make_shared<const FunctionDefinition>(*std::move(definition));
    loaded[key_of(*function)] = {function, function};
  });
  if (scanned.has_error()) return scanned.error();
  if (damaged) return *std::move(damaged);
  functions_ = std::move(loaded);
  changed_.clear();
  return {};
}

StorageResult<void> FunctionCatalog::write(const FunctionDefinition& function) {
  return storage_.write_document(kFunctionDocuments, arn_of(function), to_document(function));
}

Result<void> FunctionCatalog::create(FunctionPointer function) {
  if (!is_free(key_of(*function))) return function_exists(function->name);
  TRY(put(std::move(function)));
  return {};
}

StorageResult<void> FunctionCatalog::put(FunctionPointer function) {
  if (auto written = write(*function); written.has_error()) return written;
  FunctionKey key = key_of(*function);
  functions_[key].now = std::move(function);
  changed_.push_back(std::move(key));
  return {};
}

Result<void> FunctionCatalog::change(const FunctionReference& function,
                                     const std::function<void(FunctionDefinition&)>& edit) {
  const FunctionPointer before = find(function);
  if (!before) return function_not_found(function);
  FunctionDefinition changed = *before;
  edit(changed);
  TRY(put(std::make_shared<const FunctionDefinition>(std::move(changed))));
  return {};
}

Result<void> FunctionCatalog::remove(const FunctionReference& function) {
  Entry* const entry = functions_.resolve(function);
  if (entry == nullptr) return function_not_found(function);
  if (!entry->now) {
    return ApiError{ErrorKind::kLambdaResourceConflict,
                    "The operation cannot be performed at this time. The function is currently in the following "
                    "state: Deleting"};
  }
  TRY(storage_.erase_document(kFunctionDocuments, arn_of(*entry->now)));
  FunctionKey key = key_of(function);
  entry->now.reset();
  // One that was made in the same group leaves nothing that anybody knew.
  if (!entry->committed) functions_.erase(key);
  changed_.push_back(std::move(key));
  return {};
}

FunctionPointer FunctionCatalog::find(const FunctionReference& function) const {
  const Entry* const entry = functions_.resolve(function);
  return entry == nullptr ? nullptr : entry->now;
}

std::vector<FunctionPointer> FunctionCatalog::all() const {
  std::vector<FunctionPointer> functions;
  for (const auto& [key, entry] : functions_.all()) {
    if (entry.now) functions.push_back(entry.now);
  }
  std::ranges::stable_sort(functions, {}, &FunctionDefinition::last_modified);
  return functions;
}

std::vector<FunctionChange> FunctionCatalog::committed() {
  std::vector<FunctionChange> changes;
  for (FunctionKey& key : std::exchange(changed_, {})) {
    Entry* const entry = functions_.find(key);
    if (entry == nullptr || entry->committed == entry->now) continue;
    const FunctionPointer now = entry->committed = entry->now;
    if (!now) functions_.erase(key);
    changes.push_back({std::move(key), now});
  }
  return changes;
}

}  // namespace millrace::lambda
