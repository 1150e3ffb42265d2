#include "server/base/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <system_error>

#include "server/base/scratch_directory.hpp"

namespace millrace::base {
namespace {

namespace fs = std::filesystem;

class TemporaryDirectoryTest : public testing::Test {
 protected:
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator{root_.path()}, fs::directory_iterator{}));
  }

  ScratchDirectory root_;
};

TEST_F(TemporaryDirectoryTest, IsPrivateEmptyAndGoesWithItsOwner) {
  {
    const TemporaryDirectory directory{root_.path()};
    EXPECT_TRUE(fs::is_empty(directory.path()));
    EXPECT_EQ(fs::status(directory.path().parent_path()).permissions(), fs::perms::owner_all);
    std::ofstream{directory.path() / "file"} << "1";
    EXPECT_EQ(entries(), 1U);
  }
  EXPECT_EQ(entries(), 0U);
}

TEST_F(TemporaryDirectoryTest, ThatOfAKilledProcessIsRemovedAndThatOfALivingOneStays) {
  const TemporaryDirectory living{root_.path()};
  const pid_t child = ::fork();
  if (child == 0) {
    const TemporaryDirectory abandoned{root_.path()};
    std::ofstream{abandoned.path() / "file"} << "1";
    ::_exit(0);  // as by a signal: nothing is cleaned up
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(entries(), 2U);
  EXPECT_EQ(remove_abandoned_directories(root_.path()), 1);
  EXPECT_EQ(entries(), 1U);
  EXPECT_TRUE(fs::exists(living.path()));
  EXPECT_EQ(remove_abandoned_directories(root_.path()), 0);
}

TEST_F(TemporaryDirectoryTest, WhatMayBeSomebodyElsesStays) {
  const fs::path elsewhere = root_.path() / "elsewhere";
  fs::create_directory(elsewhere);
  std::ofstream{elsewhere / "lock"} << "";
  fs::create_directory_symlink(elsewhere, root_.path() / "millrace-link");
  fs::create_directory(root_.path() / "millrace-unlocked");  // about to be made
  std::ofstream{root_.path() / "millrace-file"} << "1";
  EXPECT_EQ(remove_abandoned_directories(root_.path()), 0);
  EXPECT_EQ(entries(), 4U);
  EXPECT_EQ(remove_abandoned_directories(root_.path() / "missing"), 0);
}

TEST_F(TemporaryDirectoryTest, SaysWhyItCannotBeMade) {
  EXPECT_THROW(TemporaryDirectory{root_.path() / "missing"}, std::system_error);
}

}  // namespace
}  // namespace millrace::base
