// Why a file or folder that the user named cannot be used, and what to do about it: sentences for people.
//
// Each function looks at the file system and returns nothing when all is well.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace millrace::cli {

/// For a folder that is only read: missing, not a folder, or closed to this user.
std::optional<std::string> problem_with_readable_folder(const std::filesystem::path& folder);

/// For a database file that is opened or made: its folder is missing or closed to this user, or what is there already
/// is a folder or closed to this user. SQLite needs to write into the folder as well.
std::optional<std::string> problem_with_database_file(const std::filesystem::path& file);

}  // namespace millrace::cli
