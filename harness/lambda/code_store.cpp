#include "harness/lambda/code_store.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <stdlib.h>  // NOLINT: mkdtemp is POSIX
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <system_error>
#include <utility>

namespace millrace::lambda {
namespace {

namespace fs = std::filesystem;

ApiError bad_parameter(std::string message) { return {ErrorKind::kLambdaInvalidParameterValue, std::move(message)}; }
ApiError not_a_zip() {
  return bad_parameter("Could not unzip uploaded file. Please check your file, then try to upload again.");
}
ApiError unsafe_entry(std::string_view name) {
  return bad_parameter(
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
    return bad_parameter(std::string{"The archive has an entry that cannot be unpacked ("}
                             .append(problem.message())
                             .append("): ")
                             .append(entry.substr(0, 200)));
  }
  spdlog::error("cannot write {}: {}", path.string(), problem.message());
  return {ErrorKind::kLambdaService, "The code could not be stored."};
}
std::error_code last_error() { return {errno, std::system_category()}; }

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
  if (fd < 0) return write_failure(target, last_error(), name);
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
      return bad_parameter("Unzipped size must be smaller than " + std::to_string(allowance.limit) + " bytes");
    }
    const char* bytes = static_cast<const char*>(block);
    while (size > 0) {
      const ssize_t written = ::write(fd, bytes, size);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return write_failure(target, last_error(), name);
      bytes += written;
      size -= static_cast<std::size_t>(written);
    }
  }
}

Result<void> unpack_into(std::string_view zip_bytes, const fs::path& folder, std::uint64_t limit) {
  const Archive zip{archive_read_new(), &archive_read_free};
  archive_read_support_format_zip(zip.get());
  if (archive_read_open_memory(zip.get(), zip_bytes.data(), zip_bytes.size()) != ARCHIVE_OK) return not_a_zip();
  Allowance allowance{limit};
  for (int entries = 0;; ++entries) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(zip.get(), &entry);
    if (status == ARCHIVE_EOF) return entries == 0 ? Result<void>{not_a_zip()} : Result<void>{};
    if (status != ARCHIVE_OK) return not_a_zip();
    if (entries >= kMostArchiveEntries) {
      return bad_parameter("The archive must have at most " + std::to_string(kMostArchiveEntries) + " entries");
    }
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
  return {std::move(directory), unpacked_limit, false};
}

CodeStore CodeStore::temporary() {
  std::error_code ec;
  std::string pattern = (fs::temp_directory_path(ec) / "millrace-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    spdlog::error("cannot make a temporary directory like {}: {}", pattern, last_error().message());
  }
  return {pattern, kLargestUnpackedCode, true};
}

CodeStore::CodeStore(fs::path directory, std::uint64_t unpacked_limit, bool temporary)
    : directory_{std::move(directory)}, unpacked_limit_{unpacked_limit}, temporary_{temporary} {}

CodeStore::CodeStore(CodeStore&& other) noexcept
    : directory_{std::move(other.directory_)},
      unpacked_limit_{other.unpacked_limit_},
      temporary_{std::exchange(other.temporary_, false)} {}

CodeStore::~CodeStore() {
  if (!temporary_) return;
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

Result<void> CodeStore::unpack(std::string_view zip, std::string_view folder) {
  const fs::path target = path_of(folder);
  std::error_code ec;
  fs::create_directories(target, ec);
  if (ec) return write_failure(target, ec, {});
  auto outcome = unpack_into(zip, target, unpacked_limit_);
  if (outcome.has_error()) remove(folder);
  return outcome;
}

void CodeStore::remove(std::string_view folder) {
  std::error_code ec;
  fs::remove_all(path_of(folder), ec);
  if (ec) spdlog::warn("cannot remove {}: {}", path_of(folder).string(), ec.message());
}

}  // namespace millrace::lambda
