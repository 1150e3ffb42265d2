// How what runs follows what is committed, whoever changed it.
#include "harness/lambda/live_functions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "harness/lambda/lambda_fixture.hpp"

namespace millrace::lambda {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LiveFunctionsTest : public testing::Test {
 protected:
  LiveFunctionsTest() {
    functions_.follow_commits();
    functions_.live.on_callable([this](const FunctionKey& function) { told_.push_back(function.name); });
  }

  static FunctionDefinition in_process(std::string handler) {
    return {.name = "orders", .code = {.kind = CodeKind::kInProcess, .location = std::move(handler)}};
  }
  /// One with uploaded code.
  FunctionDefinition uploaded(const std::string& folder) {
    std::filesystem::create_directories(functions_.live.code().path_of(folder));
    return {.name = "orders", .code = {.kind = CodeKind::kZip, .location = folder}};
  }
  [[nodiscard]] bool has_code(const std::string& folder) const {
    return std::filesystem::exists(functions_.live.code().path_of(folder));
  }
  /// What `work` returns, in a write entry.
  template <class Work>
  auto write(const Work& work) {
    const auto entry = functions_.gate.enter(storage::Access::kWrite);
    return work();
  }
  void create(FunctionPointer definition) {
    EXPECT_TRUE(write([&] { return functions_.catalog.create(std::move(definition)); }).has_value());
  }
  void commit() {
    EXPECT_TRUE(functions_.gate.flush().outcome.has_value());
    world_.settle();
  }
  void lose() {
    world_.storage.fail_next_commit();
    EXPECT_TRUE(functions_.gate.flush().outcome.has_error());
    world_.settle();
  }
  std::shared_ptr<Invoker> find() { return functions_.live.find(orders_); }

  const FunctionReference orders_ = reference_to("orders");
  VirtualWorld world_;
  TestFunctions functions_{world_.functions().services(), CodeStore::at(world_.scratch.path() / "code")};
  std::vector<std::string> told_;
};

TEST_F(LiveFunctionsTest, OneThatWasPreparedIsLiveFromItsCommit) {
  const auto prepared = functions_.live.prepare(in_process("echo")).value();
  create(prepared.definition());
  EXPECT_EQ(functions_.live.definition(orders_), nullptr);
  commit();
  EXPECT_EQ(functions_.live.definition(orders_), prepared.definition());
  EXPECT_NE(find(), nullptr);
  EXPECT_THAT(told_, ElementsAre("orders"));
}

TEST_F(LiveFunctionsTest, OneThatNobodyPreparedIsMadeAtItsCommit) {
  create(std::make_shared<const FunctionDefinition>(in_process("echo")));
  EXPECT_EQ(find(), nullptr);
  commit();
  EXPECT_NE(find(), nullptr);
  EXPECT_THAT(told_, ElementsAre("orders"));
}

TEST_F(LiveFunctionsTest, OneThatCannotBeRunIsKnownAndCannotBeCalled) {
  create(std::make_shared<const FunctionDefinition>(in_process("no-such-handler")));
  commit();
  EXPECT_NE(functions_.live.definition(orders_), nullptr);
  EXPECT_EQ(find(), nullptr);
}

TEST_F(LiveFunctionsTest, WhatIsWrongWithItIsKnownBeforeAnythingIsStored) {
  EXPECT_EQ(functions_.live.prepare(in_process("no-such-handler")).error().kind,
            ErrorKind::kLambdaInvalidParameterValue);
  commit();
  EXPECT_THAT(functions_.catalog.all(), IsEmpty());
}

TEST_F(LiveFunctionsTest, OneThatBecomesNothingTakesItsCodeWithIt) {
  {
    const auto prepared = functions_.live.prepare(uploaded("refused")).value();
    EXPECT_TRUE(has_code("refused"));
  }
  world_.settle();
  EXPECT_FALSE(has_code("refused"));
  {
    const auto prepared = functions_.live.prepare(uploaded("lost")).value();
    create(prepared.definition());
    lose();
  }
  world_.settle();
  EXPECT_FALSE(has_code("lost"));
  EXPECT_EQ(find(), nullptr);
  {
    const auto prepared = functions_.live.prepare(uploaded("kept")).value();
    create(prepared.definition());
    commit();
  }
  world_.settle();
  EXPECT_TRUE(has_code("kept"));
  EXPECT_NE(find(), nullptr);
}

TEST_F(LiveFunctionsTest, AReplacementTakesThePlaceOfTheOtherOneAtItsCommit) {
  const auto first = functions_.live.prepare(uploaded("first")).value();
  create(first.definition());
  commit();
  const auto invoker = find();
  const auto second = functions_.live.prepare(uploaded("second")).value();
  EXPECT_TRUE(write([&] { return functions_.catalog.put(second.definition()); }).has_value());
  EXPECT_EQ(find(), invoker);
  lose();
  EXPECT_EQ(find(), invoker);
  EXPECT_TRUE(write([&] { return functions_.catalog.put(second.definition()); }).has_value());
  commit();
  EXPECT_NE(find(), invoker);
  EXPECT_EQ(functions_.live.definition(orders_), second.definition());
  EXPECT_FALSE(has_code("first"));
  EXPECT_TRUE(has_code("second"));
}

TEST_F(LiveFunctionsTest, ANameThatIsFreedAndTakenAgainBelongsToTheLaterOne) {
  create(functions_.live.prepare(in_process("echo")).value().definition());
  commit();
  const auto invoker = find();
  functions_.remove("orders");
  EXPECT_EQ(find(), nullptr);
  create(std::make_shared<const FunctionDefinition>(in_process("echo-payload")));
  commit();
  EXPECT_NE(find(), invoker);
  EXPECT_EQ(functions_.live.definition(orders_)->code.location, "echo-payload");
}

TEST_F(LiveFunctionsTest, WhatIsPreparedEndsWithTheProgramAndKeepsItsCode) {
  auto services = world_.functions().services();
  auto other = std::make_unique<TestFunctions>(services, CodeStore::at(world_.scratch.path() / "other"));
  const auto folder = other->live.code().path_of("late");
  std::filesystem::create_directories(folder);
  {
    const auto prepared =
        other->live.prepare({.name = "late", .code = {.kind = CodeKind::kZip, .location = "late"}}).value();
    other.reset();
  }
  world_.settle();
  EXPECT_TRUE(std::filesystem::exists(folder)) << "its definition may be committed";
}

}  // namespace
}  // namespace millrace::lambda
