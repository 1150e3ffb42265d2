#include "harness/lambda/control/code_store.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <system_error>
#include <utility>

#include "harness/lambda/control/function_reference.hpp"
#include "server/rest/service_error.hpp"

namespace millrace::lambda {
namespace {

namespace fs = std::filesystem;

constexpr int kRandomDigits = 16;

ApiError not_a_zip() {
  return rest::invalid_parameter_value(
      "Could not unzip uploaded file. Please check your file, then try to upload again.");
}
ApiError unsafe_entry(std::string_view name) {
  return rest::invalid_parameter_value(
      std::string{"The archive has an entry that cannot be unpacked safely: "}.append(name.substr(0, 200)));
}
/// Whether the archive, and not the disk, is to blame: a name that is too long, a file that is a folder too.
bool is_of_the_archive(const std::error_code& problem) {
  return problem == std::errc::filename_too_long || problem == std::errc::not_a_directory ||
         problem == std::errc::is_a_directory || problem == std::errc::file_exists ||
         problem == std::errc::too_many_symbolic_link_levels;
}
ApiError write_failure(const fs::path& path, const std::error_code& problem, std::string_view entry) {
  if (is_of_the_archive(problem)) {
    return rest::invalid_parameter_value(std::string{"The archive has an entry that cannot be unpacked ("}
                                             .append(problem.message())
                                             .append("): ")
                                             .append(entry.substr(0, 200)));
  }
  spdlog::error("the code of a function cannot be stored: {}: {}; free some space, or make the folder writable",
                path.string(), problem.message());
  return {ErrorKind::kLambdaService, "The code could not be stored: " + problem.message() + "."};
}
std::error_code last_file_error() { return {errno, std::system_category()}; }

/// The path of an entry below the folder, or empty when it would lead out of it.
fs::path safe_path(std::string_view name) {
  if (name.empty() || name.starts_with('/') || name.find('\\') != std::string_view::npos) return {};
  fs::path path;
  for (const auto& part : fs::path{name}) {
    if (part == "..") return {};
    if (part != "." && !part.empty()) path /= part;
  }
  return path;
}

/// Whether new_folder() may have made the name.
bool is_upload(std::string_view folder) {
  const auto dash = folder.rfind('-');
  if (dash == std::string_view::npos || folder.size() - dash - 1 != kRandomDigits) return false;
  const std::string_view digits = folder.substr(dash + 1);
  return is_function_name(folder.substr(0, dash)) && digits.find_first_not_of("0123456789abcdef") == digits.npos;
}

using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

/// How much has been unpacked, and how much may be.
struct Allowance {
  std::uint64_t limit;
  std::uint64_t used{0};
};

/// Writes the data of the current entry.
Result<void> write_file(archive* zip, const fs::path& target, mode_t mode, std::string_view name,
                        Allowance& allowance) {
  const int fd = ::open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) return write_failure(target, last_file_error(), name);
  const auto close_file = [](const int* open) { ::close(*open); };
  const std::unique_ptr<const int, decltype(close_file)> closer{&fd, close_file};
  const void* block = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  while (true) {
    const int status = archive_read_data_block(zip, &block, &size, &offset);
    if (status == ARCHIVE_EOF) return {};
    if (status != ARCHIVE_OK) return not_a_zip();
    // The size in the header is only a claim: what comes out counts.
    allowance.used += size;
    if (allowance.used >= allowance.limit) {
      return rest::invalid_parameter_value("Unzipped size must be smaller than " + std::to_string(allowance.limit) +
                                           " bytes");
    }
    const char* bytes = static_cast<const char*>(block);
    while (size > 0) {
      const ssize_t written = ::write(fd, bytes, size);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return write_failure(target, last_file_error(), name);
      bytes += written;
      size -= static_cast<std::size_t>(written);
    }
  }
}

/// An archive is read by the directory at its end, as other programs do: what comes before may be anything.
Result<Archive> open_zip(std::string_view bytes) {
  Archive zip{archive_read_new(), &archive_read_free};
  archive_read_support_format_zip_seekable(zip.get());
  if (archive_read_open_memory(zip.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return not_a_zip();
  return zip;
}

/// What can be told without making a file.
Result<void> check_headers(std::string_view zip_bytes) {
  TRY_ASSIGN(const Archive zip, open_zip(zip_bytes));
  for (int entries = 0;; ++entries) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(zip.get(), &entry);
    if (status == ARCHIVE_EOF) return entries == 0 ? Result<void>{not_a_zip()} : Result<void>{};
    if (status != ARCHIVE_OK || archive_entry_is_encrypted(entry) != 0) return not_a_zip();
    if (entries >= kMostArchiveEntries) {
      return rest::invalid_parameter_value("The archive must have at most " + std::to_string(kMostArchiveEntries) +
                                           " entries");
    }
  }
}

Result<void> unpack_into(std::string_view zip_bytes, const fs::path& folder, std::uint64_t limit) {
  TRY_ASSIGN(const Archive zip, open_zip(zip_bytes));
  Allowance allowance{limit};
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(zip.get(), &entry);
    if (status == ARCHIVE_EOF) return {};
    if (status != ARCHIVE_OK) return not_a_zip();
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr) return not_a_zip();
    const auto type = archive_entry_filetype(entry);
    const fs::path path = safe_path(name);
    if (path.empty() || archive_entry_hardlink(entry) != nullptr || archive_entry_symlink(entry) != nullptr ||
        (type != AE_IFREG && type != AE_IFDIR)) {
      return unsafe_entry(name);
    }
    const fs::path target = folder / path;
    std::error_code ec;
    fs::create_directories(type == AE_IFDIR ? target : target.parent_path(), ec);
    if (ec) return write_failure(target, ec, name);
    if (type == AE_IFDIR) continue;
    const mode_t mode = (archive_entry_perm(entry) & 0777U) | S_IRUSR | S_IWUSR;
    TRY(write_file(zip.get(), target, mode, name, allowance));
  }
}

}  // namespace

CodeStore CodeStore::at(fs::path directory, std::uint64_t unpacked_limit) {
  return {std::move(directory), unpacked_limit};
}

CodeStore CodeStore::temporary() {
  try {
    auto temporary = std::make_unique<base::TemporaryDirectory>(fs::temp_directory_path());
    CodeStore store{temporary->path(), kLargestUnpackedCode};
    store.temporary_ = std::move(temporary);
    return store;
  } catch (const std::system_error& problem) {
    spdlog::error("uploaded code cannot be kept: {}", problem.what());
    return {{}, kLargestUnpackedCode};
  }
}

CodeStore::CodeStore(fs::path directory, std::uint64_t unpacked_limit)
    : directory_{std::move(directory)}, unpacked_limit_{unpacked_limit} {}

std::string CodeStore::new_folder(std::string_view function_name, Random& random) {
  return std::string{function_name}.append("-").append(base::make_hex(random, kRandomDigits));
}

std::vector<std::string> CodeStore::folders() const {
  std::vector<std::string> found;
  std::error_code problem;
  fs::directory_iterator entry{directory_, problem};
  for (; !problem && entry != fs::directory_iterator{}; entry.increment(problem)) {
    std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (is_upload(name) && !entry->is_symlink(ignored) && entry->is_directory(ignored)) {
      found.push_back(std::move(name));
    }
  }
  return found;
}

Result<void> CodeStore::unpack(std::string_view zip, std::string_view folder) const {
  if (directory_.empty()) return ApiError{ErrorKind::kLambdaService, "There is no temporary directory for the code."};
  TRY(check_headers(zip));
  const fs::path target = path_of(folder);
  std::error_code ec;
  fs::create_directories(target, ec);
  if (ec) return write_failure(target, ec, {});
  auto outcome = unpack_into(zip, target, unpacked_limit_);
  if (outcome.has_error()) remove(folder);
  return outcome;
}

void CodeStore::remove(std::string_view folder) const {
  std::error_code ec;
  fs::remove_all(path_of(folder), ec);
  if (ec) spdlog::warn("cannot remove {}: {}", path_of(folder).string(), ec.message());
}

}  // namespace millrace::lambda
