#include "server/base/storage_error.hpp"

#include <gtest/gtest.h>

#include <array>

namespace millrace::base {
namespace {

constexpr std::array kKinds{
    StorageErrorKind::kBusy,     StorageErrorKind::kFull,        StorageErrorKind::kIo,
    StorageErrorKind::kCorrupt,  StorageErrorKind::kOutOfMemory, StorageErrorKind::kReadOnly,
    StorageErrorKind::kFileGone,
};

TEST(StorageErrorTest, EveryKindSaysWhatIsWrongInTheWorld) {
  for (const StorageErrorKind kind : kKinds) {
    const ApiError seen = to_api_error(StorageError{kind, "/data/millrace.db: writing failed"});
    EXPECT_EQ(seen.kind, ErrorKind::kInternalServerError);
    const std::string prefix = "Internal server error: ";
    ASSERT_TRUE(seen.message.starts_with(prefix)) << seen.message;
    EXPECT_GT(seen.message.size(), prefix.size() + 20) << seen.message;
    EXPECT_EQ(seen.message.find("/data"), std::string::npos) << "a path is nobody else's business";
  }
}

TEST(StorageErrorTest, TheLogSaysWhereAndWhatToDo) {
  EXPECT_EQ(to_log_text({StorageErrorKind::kFull, "/data/millrace.db: COMMIT failed"}),
            "/data/millrace.db: COMMIT failed: there is no space left for the database, so nothing was written; free "
            "some space, and Millrace goes on");
}

}  // namespace
}  // namespace millrace::base
