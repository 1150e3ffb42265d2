#include "harness/lambda/catalog/function_catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/base/faults.hpp"
#include "server/storage/group_commit.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"

namespace millrace::lambda {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FunctionCatalogTest : public testing::Test {
 protected:
  FunctionCatalogTest() {
    gate_.on_lost([this] { EXPECT_TRUE(catalog_.load().has_value()); });
    gate_.on_stored([this] {
      for (const FunctionChange& change : catalog_.committed()) {
        told_.push_back(change.key.name + (change.now ? " is " + change.now->description : " is gone"));
      }
    });
  }

  static FunctionPointer function(std::string name, std::string description = "new", model::Account account = {}) {
    return std::make_shared<const FunctionDefinition>(FunctionDefinition{
        .account = std::move(account), .name = std::move(name), .description = std::move(description)});
  }
  static FunctionReference reference(std::string name, std::string qualifier = {}) {
    return {.name = std::move(name), .qualifier = std::move(qualifier), .account = {}};
  }
  /// What `work` returns in a write entry.
  template <class Work>
  auto write(const Work& work) {
    const auto entry = gate_.enter(storage::Access::kWrite);
    EXPECT_TRUE(entry.status().has_value());
    return work();
  }
  Result<void> create(FunctionPointer made) {
    return write([&] { return catalog_.create(std::move(made)); });
  }
  Result<void> remove(const FunctionReference& gone) {
    return write([&] { return catalog_.remove(gone); });
  }
  void lose() {
    plan_.set(FaultPoint::kStorageCommit, {.times = 1});
    EXPECT_TRUE(gate_.flush().outcome.has_error());
  }
  /// Of the catalog, and of one that is read from the database.
  std::vector<std::string> names() {
    std::vector<std::string> found;
    for (const FunctionPointer& one : catalog_.all()) found.push_back(one->name);
    FunctionCatalog again{*storage_};
    EXPECT_TRUE(again.load().has_value());
    std::vector<std::string> stored;
    for (const FunctionPointer& one : again.all()) stored.push_back(one->name);
    EXPECT_EQ(found, stored);
    return found;
  }

  base::FaultPlan plan_;
  std::unique_ptr<storage::Storage> storage_{
      storage::sqlite::SqliteStorage::open({.file = {}, .faults = Faults{plan_}}).value()};
  storage::GroupCommit gate_{*storage_, [] {}};
  FunctionCatalog catalog_{*storage_};
  std::vector<std::string> told_;
};

TEST_F(FunctionCatalogTest, AFunctionIsFoundFromItsCreationAndToldOfAtItsCommit) {
  ASSERT_TRUE(create(function("orders")).has_value());
  EXPECT_NE(catalog_.find(reference("orders")), nullptr) << "those of the same group may need it";
  EXPECT_THAT(told_, IsEmpty());
  gate_.flush();
  EXPECT_THAT(told_, ElementsAre("orders is new"));
  EXPECT_THAT(names(), ElementsAre("orders"));
  gate_.flush();
  EXPECT_THAT(told_, ElementsAre("orders is new")) << "once";
}

TEST_F(FunctionCatalogTest, OnlyLatestIsThereOfEveryFunction) {
  create(function("orders"));
  EXPECT_NE(catalog_.find(reference("orders", "$LATEST")), nullptr);
  EXPECT_EQ(catalog_.find(reference("orders", "1")), nullptr);
  EXPECT_EQ(catalog_.find(reference("orders", "live")), nullptr);
  EXPECT_EQ(remove(reference("orders", "live")).error().message,
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:orders:live");
}

TEST_F(FunctionCatalogTest, EachAccountHasFunctionsOfItsOwnInEachRegion) {
  const model::Account elsewhere{"eu-west-1", "000000000000"};
  create(function("orders"));
  EXPECT_EQ(catalog_.find({.name = "orders", .account = elsewhere}), nullptr);
  EXPECT_TRUE(create(function("orders", "theirs", elsewhere)).has_value());
  EXPECT_EQ(catalog_.find({.name = "orders", .account = elsewhere})->description, "theirs");
  EXPECT_EQ(catalog_.find(reference("orders"))->description, "new");
}

TEST_F(FunctionCatalogTest, ANameIsTakenFromItsCreationUntilItsRemovalIsCommitted) {
  const std::string taken = "Function already exist: orders";
  const FunctionKey key{.account = {}, .name = "orders"};
  EXPECT_TRUE(catalog_.is_free(key));
  create(function("orders"));
  EXPECT_FALSE(catalog_.is_free(key));
  EXPECT_EQ(create(function("orders")).error().message, taken);
  gate_.flush();
  remove(reference("orders"));
  EXPECT_EQ(catalog_.find(reference("orders")), nullptr);
  EXPECT_FALSE(catalog_.is_free(key));
  EXPECT_EQ(create(function("orders")).error().message, taken);
  EXPECT_EQ(remove(reference("orders")).error().kind, ErrorKind::kLambdaResourceConflict);
  gate_.flush();
  EXPECT_TRUE(catalog_.is_free(key));
  EXPECT_TRUE(create(function("orders")).has_value());
}

TEST_F(FunctionCatalogTest, NothingOfALostGroupHasHappened) {
  create(function("old"));
  gate_.flush();
  told_.clear();
  create(function("new"));
  remove(reference("old"));
  write([&] { return catalog_.put(function("old", "other")); });
  lose();
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_THAT(names(), ElementsAre("old"));
  EXPECT_EQ(catalog_.find(reference("old"))->description, "new");
  EXPECT_TRUE(create(function("new")).has_value());
  EXPECT_TRUE(remove(reference("old")).has_value());
  gate_.flush();
  EXPECT_THAT(told_, ElementsAre("new is new", "old is gone"));
}

TEST_F(FunctionCatalogTest, OneThatIsMadeAndRemovedInOneGroupNeverWas) {
  create(function("orders"));
  remove(reference("orders"));
  EXPECT_TRUE(catalog_.is_free({.account = {}, .name = "orders"}));
  gate_.flush();
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(FunctionCatalogTest, PutReplaces) {
  create(function("orders"));
  gate_.flush();
  write([&] { return catalog_.put(function("orders", "other")); });
  gate_.flush();
  EXPECT_THAT(told_, ElementsAre("orders is new", "orders is other"));
  EXPECT_THAT(names(), ElementsAre("orders"));
}

TEST_F(FunctionCatalogTest, ListsThemInTheOrderInWhichTheyWereMade) {
  for (const auto& [name, seconds] : {std::pair{"late", 20}, std::pair{"early", 10}, std::pair{"first", 0}}) {
    FunctionDefinition made{.name = name};
    made.last_modified += std::chrono::seconds{seconds};
    create(std::make_shared<const FunctionDefinition>(made));
  }
  EXPECT_THAT(names(), ElementsAre("first", "early", "late"));
}

TEST_F(FunctionCatalogTest, ADocumentThatMakesNoSenseIsCorrupt) {
  write([&] { return storage_->write_document(kFunctionDocuments, "arn", "{"); });
  FunctionCatalog again{*storage_};
  EXPECT_EQ(again.load().error().kind, StorageErrorKind::kCorrupt);
}

TEST(FunctionIndexTest, ShowsThoseOfOneWorldInTheOrderOfTheirNames) {
  const model::Account here{"eu-west-1", "000000000000"};
  FunctionIndex<std::string> index;
  for (const auto* name : {"b", "a", "c"}) index[{here, name}] = name;
  index[{{"eu-west-1", "000000000001"}, "d"}] = "of another account";
  index[{{"us-east-1", "000000000000"}, "e"}] = "in another region";
  const auto behind = [&](std::string_view after, std::size_t most) {
    std::vector<std::string> seen;
    index.visit_behind(here, after, [&](const std::string& kept) {
      seen.push_back(kept);
      return seen.size() < most;
    });
    return seen;
  };
  EXPECT_THAT(behind("", 10), ElementsAre("a", "b", "c"));
  EXPECT_THAT(behind("a", 10), ElementsAre("b", "c"));
  EXPECT_THAT(behind("", 2), ElementsAre("a", "b"));
  EXPECT_THAT(behind("c", 10), IsEmpty());
}

}  // namespace
}  // namespace millrace::lambda
