#include "server/storage/sqlite/tables/row_error.hpp"

#include <fmt/format.h>

#include <iterator>

namespace millrace::storage::sqlite {

std::string shown_key(std::string_view key) {
  std::string text;
  for (const char byte : key.substr(0, kShownKeyBytes)) {
    fmt::format_to(std::back_inserter(text), "{:02X}", static_cast<unsigned char>(byte));
  }
  if (key.size() > kShownKeyBytes) text += "...";
  return text;
}

StorageError at_row(StorageError error, KeyspaceId keyspace, std::string_view key) {
  error.detail += fmt::format("; row of keyspace {} with key {}", keyspace, shown_key(key));
  return error;
}

}  // namespace millrace::storage::sqlite
