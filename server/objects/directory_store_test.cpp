// Objects as files: names, order, portions, and that nothing leads out of the directory.
#include "server/objects/directory_store.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include "server/base/scratch_directory.hpp"

namespace millrace::objects {
namespace {

class DirectoryStoreTest : public testing::Test {
 protected:
  template <class Outcome>
  Outcome wait(boost::asio::awaitable<Outcome> call) {
    std::optional<Outcome> outcome;
    boost::asio::co_spawn(io_, std::move(call), [&outcome](const std::exception_ptr& thrown, Outcome got) {
      if (thrown) std::rethrow_exception(thrown);
      outcome.emplace(std::move(got));
    });
    io_.restart();
    io_.run();
    return *std::move(outcome);
  }
  void put(const std::string& key, const std::string& bytes) {
    ASSERT_TRUE(wait(store_.put("bucket", key, bytes)).has_value()) << key;
  }
  std::vector<std::string> keys(const std::string& prefix, const std::string& after = "") {
    std::vector<std::string> found;
    for (const auto& object : wait(store_.list("bucket", prefix, after)).value()) found.push_back(object.key);
    return found;
  }
  ObjectErrorKind refusal_of_put(const std::string& bucket, const std::string& key) {
    return wait(store_.put(bucket, key, "x")).error().kind;
  }

  ScratchDirectory scratch_;
  std::filesystem::path root_{scratch_.path() / "buckets"};
  boost::asio::io_context io_;
  engine::WorkPool pool_;
  DirectoryStore store_{root_, pool_};
};

using Keys = std::vector<std::string>;

TEST_F(DirectoryStoreTest, ReadsInPortionsWhatWasPut) {
  put("a/b/c.txt", "0123456789");
  EXPECT_EQ(wait(store_.get("bucket", "a/b/c.txt", 0, 4)).value(), "0123");
  EXPECT_EQ(wait(store_.get("bucket", "a/b/c.txt", 8, 4)).value(), "89");
  EXPECT_EQ(wait(store_.get("bucket", "a/b/c.txt", 10, 4)).value(), "");
  put("a/b/c.txt", "new");
  EXPECT_EQ(wait(store_.get("bucket", "a/b/c.txt", 0, 100)).value(), "new");
  EXPECT_TRUE(std::filesystem::is_regular_file(root_ / "bucket/a/b/c.txt"));
}

TEST_F(DirectoryStoreTest, ListsInTheOrderOfKeysAndNotOfDirectories) {
  for (const char* const key : {"a/b", "a-b", "a0", "b/c/d", "ab/c"}) put(key, "x");
  EXPECT_EQ(keys(""), (Keys{"a-b", "a/b", "a0", "ab/c", "b/c/d"}));
  EXPECT_EQ(keys("a"), (Keys{"a-b", "a/b", "a0", "ab/c"}));
  EXPECT_EQ(keys("a/"), (Keys{"a/b"}));
  EXPECT_EQ(keys("b/c/"), (Keys{"b/c/d"}));
  EXPECT_EQ(keys("", "a/b"), (Keys{"a0", "ab/c", "b/c/d"}));
  EXPECT_EQ(keys("x"), Keys{});
}

TEST_F(DirectoryStoreTest, APageIsBoundedAndTheNextGoesOn) {
  const std::size_t count = ObjectStore::kMostListed + 7;
  std::filesystem::create_directories(root_ / "bucket/many");
  for (std::size_t index = 0; index < count; ++index) {
    std::ofstream{root_ / "bucket/many" / std::to_string(100000 + index)} << "x";
  }
  const auto first = keys("many/");
  ASSERT_EQ(first.size(), ObjectStore::kMostListed);
  const auto second = keys("many/", first.back());
  EXPECT_EQ(second.size(), 7U);
  EXPECT_LT(first.back(), second.front());
  EXPECT_EQ(keys("many/", second.back()), Keys{});
}

TEST_F(DirectoryStoreTest, NoNameLeadsOut) {
  for (const std::string key : {"", "/etc/passwd", "../x", "a/../../x", "a/..", ".", "./a", "a//b", "a/"}) {
    EXPECT_EQ(refusal_of_put("bucket", key), ObjectErrorKind::kUnusableName) << key;
    EXPECT_EQ(wait(store_.get("bucket", key, 0, 1)).error().kind, ObjectErrorKind::kUnusableName) << key;
  }
  EXPECT_EQ(refusal_of_put("bucket", std::string{"a\0b", 3}), ObjectErrorKind::kUnusableName);
  EXPECT_EQ(refusal_of_put("bucket", std::string(256, 'k')), ObjectErrorKind::kUnusableName);
  EXPECT_EQ(refusal_of_put("bucket", std::string(2000, 'k')), ObjectErrorKind::kUnusableName);
  for (const std::string bucket : {"", "..", ".", "a/b", "/"}) {
    EXPECT_EQ(refusal_of_put(bucket, "key"), ObjectErrorKind::kUnusableName) << bucket;
    EXPECT_EQ(wait(store_.list(bucket, "", "")).error().kind, ObjectErrorKind::kUnusableName) << bucket;
  }
}

TEST_F(DirectoryStoreTest, LinksAreNotFollowed) {
  put("inside", "x");
  const auto outside = scratch_.path() / "outside";
  std::filesystem::create_directories(outside);
  std::ofstream{outside / "secret"} << "secret";
  std::filesystem::create_symlink(outside, root_ / "bucket/link");
  std::filesystem::create_symlink(outside / "secret", root_ / "bucket/file");
  std::filesystem::create_symlink(outside, root_ / "linked");
  EXPECT_EQ(wait(store_.get("bucket", "link/secret", 0, 9)).error().kind, ObjectErrorKind::kUnusableName);
  EXPECT_EQ(wait(store_.get("bucket", "file", 0, 9)).error().kind, ObjectErrorKind::kUnusableName);
  EXPECT_TRUE(wait(store_.get("linked", "secret", 0, 9)).has_error());
  EXPECT_EQ(refusal_of_put("bucket", "link/new"), ObjectErrorKind::kUnusableName);
  EXPECT_FALSE(std::filesystem::exists(outside / "new"));
  EXPECT_EQ(keys(""), (Keys{"inside"}));
}

TEST_F(DirectoryStoreTest, SaysWhatIsMissing) {
  EXPECT_EQ(wait(store_.list("bucket", "", "")).error().kind, ObjectErrorKind::kNoSuchBucket);
  EXPECT_EQ(wait(store_.get("bucket", "a", 0, 1)).error().kind, ObjectErrorKind::kNoSuchBucket);
  put("a", "x");
  EXPECT_EQ(wait(store_.get("bucket", "b", 0, 1)).error().kind, ObjectErrorKind::kNoSuchKey);
  EXPECT_EQ(wait(store_.get("bucket", "b/c", 0, 1)).error().kind, ObjectErrorKind::kNoSuchKey);
  EXPECT_EQ(refusal_of_put("bucket", "a/b"), ObjectErrorKind::kUnusableName);
}

}  // namespace
}  // namespace millrace::objects
