// Zip archives for tests.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string>
#include <vector>

namespace millrace::lambda {

struct ZipEntry {
  std::string name;
  std::string content;
  unsigned int mode{0644};
  bool symlink{false};  ///< `content` is where it points
};

inline std::string make_zip(const std::vector<ZipEntry>& entries) {
  std::string bytes;
  const std::unique_ptr<archive, decltype(&archive_write_free)> zip{archive_write_new(), &archive_write_free};
  archive_write_set_format_zip(zip.get());
  const auto append = [](archive*, void* out, const void* block, std::size_t size) -> la_ssize_t {
    static_cast<std::string*>(out)->append(static_cast<const char*>(block), size);
    return static_cast<la_ssize_t>(size);
  };
  archive_write_open(zip.get(), &bytes, nullptr, append, nullptr);
  for (const ZipEntry& file : entries) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry{archive_entry_new(), &archive_entry_free};
    archive_entry_set_pathname(entry.get(), file.name.c_str());
    archive_entry_set_perm(entry.get(), file.mode);
    if (file.symlink) {
      archive_entry_set_filetype(entry.get(), AE_IFLNK);
      archive_entry_set_symlink(entry.get(), file.content.c_str());
      archive_write_header(zip.get(), entry.get());
      continue;
    }
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.content.size()));
    archive_write_header(zip.get(), entry.get());
    archive_write_data(zip.get(), file.content.data(), file.content.size());
  }
  archive_write_close(zip.get());
  return bytes;
}

}  // namespace millrace::lambda
