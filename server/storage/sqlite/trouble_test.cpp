// What the world does to a database is told as what it is: a full disk is no damage, and neither is a lack of memory.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "server/storage/sqlite/storage_fixture.hpp"

namespace millrace::storage::sqlite {
namespace {

/// Writes rows into `storage` until it fails, at most `bytes` of them; the error of that.
StorageError error_of_filling(Storage& storage, std::size_t bytes) {
  constexpr std::size_t kRowBytes = 100'000;
  if (storage.begin().has_error()) return {};
  const auto keyspace = storage.create_keyspace();
  const std::string item(kRowBytes, 'i');
  StorageResult<void> written;
  for (std::size_t row = 0; row < bytes / kRowBytes && written.has_value(); ++row) {
    written = storage.write_row(*keyspace, std::to_string(row), item, kRowBytes);
  }
  storage.rollback();
  return written.has_error() ? written.error() : StorageError{};
}

class Trouble : public StorageOfKind {};

INSTANTIATE_TEST_SUITE_P(Both, Trouble, testing::Values(Kind::kEphemeral, Kind::kFile), name_of);

TEST_P(Trouble, AFullDatabaseIsFullAndGoesOnWithWhatItHas) {
  ASSERT_TRUE(storage_->database().run("PRAGMA max_page_count = 200").has_value());
  const StorageError error = error_of_filling(*storage_, 10'000'000);
  EXPECT_EQ(error.kind, StorageErrorKind::kFull) << error.detail;
  begin();
  EXPECT_TRUE(storage_->write_document("kind", "small", "{}").has_value());
  commit();
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// The error of filling a database in memory in a process that may have little more than it has.
[[noreturn]] void fill_with_little_memory() {
  const auto storage = SqliteStorage::open({}).value();
  std::ifstream in{"/proc/self/statm"};
  std::size_t pages = 0;
  in >> pages;
  const rlim_t limit = pages * 4096 + rlim_t{64} * 1024 * 1024;
  const rlimit little{limit, limit};
  if (::setrlimit(RLIMIT_AS, &little) != 0) std::_Exit(2);
  const StorageError error = error_of_filling(*storage, std::size_t{256} * 1024 * 1024);
  std::_Exit(error.kind == StorageErrorKind::kOutOfMemory ? 0 : 1);
}

TEST(OutOfMemory, IsNoDamage) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(fill_with_little_memory(), testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace millrace::storage::sqlite
