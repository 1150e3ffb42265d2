// How an error says which row it is about.
#pragma once

#include <string>
#include <string_view>

#include "server/base/storage_error.hpp"
#include "server/storage/storage.hpp"

namespace millrace::storage::sqlite {

/// Of a key, what fits into a message.
inline constexpr std::size_t kShownKeyBytes = 64;

/// The first kShownKeyBytes of `key` in hexadecimal.
std::string shown_key(std::string_view key);

/// `error`, saying which row it was.
StorageError at_row(StorageError error, KeyspaceId keyspace, std::string_view key);

}  // namespace millrace::storage::sqlite
