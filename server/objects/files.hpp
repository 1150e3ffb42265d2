// The blocking half of DirectoryStore: objects as files below a directory. For a thread that may wait.
#pragma once

#include <filesystem>

#include "server/objects/object_store.hpp"

namespace millrace::objects::files {

/// As the methods of DirectoryStore.
ObjectResult<void> put(const std::filesystem::path& root, const std::string& bucket, const std::string& key,
                       const std::string& bytes);
ObjectResult<std::string> get(const std::filesystem::path& root, const std::string& bucket, const std::string& key,
                              std::uint64_t offset, std::size_t at_most);
ObjectResult<ObjectPage> list(const std::filesystem::path& root, const std::string& bucket, const std::string& prefix,
                              const std::string& after);

}  // namespace millrace::objects::files
