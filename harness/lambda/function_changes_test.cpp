// What others see of a function while it is made or removed, and where its upload is read and goes.
#include <boost/asio/awaitable.hpp>

#include "harness/lambda/routes_fixture.hpp"
#include "harness/lambda/zip_fixture.hpp"
#include "server/model/base64.hpp"

namespace millrace::lambda {
namespace {

TEST_F(FunctionRoutes, AFunctionWhoseCreationIsLostIsNotThere) {
  const std::string zip = make_zip({{.name = "bootstrap", .content = "#!/bin/sh\n", .mode = 0755}});
  Json body = request();
  body["Code"] = {{"ZipFile", model::encode_base64(zip)}};
  world_.functions();
  world_.storage.fail_next_commit();
  EXPECT_EQ(create(body).status, 500);
  EXPECT_EQ(world_.functions().find(reference_to("orders")), nullptr);
  EXPECT_TRUE(std::filesystem::is_empty(world_.scratch.path() / "code"));
  EXPECT_EQ(create(body).status, 201);
}

TEST_F(FunctionRoutes, AFunctionWhoseRemovalIsLostIsStillThere) {
  const std::string zip = make_zip({{.name = "bootstrap", .content = "#!/bin/sh\n", .mode = 0755}});
  Json body = request();
  body["Code"] = {{"ZipFile", model::encode_base64(zip)}};
  create(body);
  world_.storage.fail_next_commit();
  EXPECT_EQ(world_.answer({"DELETE", std::string{kFunctions} + "/orders"}).status, 500);
  EXPECT_NE(world_.functions().find(reference_to("orders")), nullptr);
  const std::string folder = world_.functions().definition(reference_to("orders"))->code.location;
  EXPECT_TRUE(std::filesystem::exists(world_.functions().code().path_of(folder) / "bootstrap"));
  EXPECT_EQ(world_.answer({"DELETE", std::string{kFunctions} + "/orders"}).status, 204);
}

/// What a client sees of a function: the statuses of reading, listing, calling, making and deleting it.
class UncommittedFunctions : public FunctionRoutes {
 protected:
  int get_status() { return get("/orders").status; }
  int dry_run() { return invoke("/orders/invocations", "{}", {{"X-Amz-Invocation-Type", "DryRun"}}).status; }
  std::size_t listed() { return Json::parse(get("").body).at("Functions").size(); }
  /// Sent, and not answered before its commit is released.
  auto send_create(const Json& body) { return world_.send({"POST", std::string{kFunctions}, body.dump()}); }
  auto send_delete() { return world_.send({"DELETE", std::string{kFunctions} + "/orders"}); }
  void release_commits() {
    world_.storage.barrier.release();
    world_.settle();
  }
};

TEST_F(UncommittedFunctions, OneThatIsMadeIsThereWhenThatIsCommitted) {
  std::vector<std::string> told;
  world_.functions().on_callable([&](const FunctionKey& function) { told.push_back(arn_of(function)); });
  world_.storage.barrier.hold();
  const auto created = send_create(request());
  ASSERT_FALSE(created->has_value());
  EXPECT_EQ(get_status(), 404);
  EXPECT_EQ(listed(), 0U);
  EXPECT_EQ(dry_run(), 404);
  EXPECT_EQ(world_.functions().find(reference_to("orders")), nullptr);
  EXPECT_TRUE(told.empty());
  // Both are true, whatever becomes of it.
  EXPECT_EQ(error_of(create(request())), "ResourceConflictException: Function already exist: orders");
  EXPECT_EQ(world_.answer({"DELETE", std::string{kFunctions} + "/orders"}).status, 404);
  release_commits();
  ASSERT_TRUE(created->has_value());
  EXPECT_EQ((*created)->status, 201);
  EXPECT_EQ(get_status(), 200);
  EXPECT_EQ(listed(), 1U);
  EXPECT_EQ(dry_run(), 204);
  EXPECT_EQ(told, std::vector<std::string>{arn_of_function("orders")});
}

TEST_F(UncommittedFunctions, OneWhoseCreationIsLostNeverWas) {
  std::vector<std::string> told;
  world_.functions().on_callable([&](const FunctionKey& function) { told.push_back(arn_of(function)); });
  world_.storage.barrier.hold();
  const auto created = send_create(request());
  world_.storage.fail_next_commit();
  EXPECT_EQ(get_status(), 404);
  release_commits();
  EXPECT_EQ((*created)->status, 500);
  EXPECT_EQ(get_status(), 404);
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(create(request()).status, 201);
}

/// A runtime may ask under its name before; it waits as for any function that is not there.
TEST_F(UncommittedFunctions, AnExternalOneIsNotOfferedToRuntimesBeforeItsCommit) {
  Json body = request();
  body["Code"] = {{"S3Bucket", "external"}, {"S3Key", "external"}};
  const auto offered = [&] {
    return world_.functions().external_functions().directory()->find_endpoint("orders") != nullptr;
  };
  world_.functions();
  world_.storage.barrier.hold();
  send_create(body);
  EXPECT_FALSE(offered());
  release_commits();
  EXPECT_TRUE(offered());
  world_.storage.barrier.hold();
  send_delete();
  EXPECT_TRUE(offered());
  release_commits();
  EXPECT_FALSE(offered());
}

TEST_F(UncommittedFunctions, OneThatIsRemovedServesUntilThatIsCommitted) {
  create(request());
  const auto invoker = world_.functions().find(reference_to("orders"));
  world_.storage.barrier.hold();
  const auto deleted = send_delete();
  ASSERT_FALSE(deleted->has_value());
  EXPECT_EQ(get_status(), 200);
  EXPECT_EQ(listed(), 1U);
  EXPECT_EQ(dry_run(), 204);
  EXPECT_EQ(world_.functions().find(reference_to("orders")), invoker);
  EXPECT_EQ(error_of(create(request())), "ResourceConflictException: Function already exist: orders");
  EXPECT_EQ(error_of(world_.answer({"DELETE", std::string{kFunctions} + "/orders"})),
            "ResourceConflictException: The operation cannot be performed at this time. The function is currently in "
            "the following state: Deleting");
  release_commits();
  EXPECT_EQ((*deleted)->status, 204);
  EXPECT_EQ(get_status(), 404);
  EXPECT_EQ(create(request()).status, 201);
}

TEST_F(UncommittedFunctions, OneWhoseRemovalIsLostHasNeverStopped) {
  create(request());
  const auto invoker = world_.functions().find(reference_to("orders"));
  world_.storage.barrier.hold();
  const auto deleted = send_delete();
  world_.storage.fail_next_commit();
  release_commits();
  EXPECT_EQ((*deleted)->status, 500);
  EXPECT_EQ(world_.functions().find(reference_to("orders")), invoker) << "the same, with whatever it runs";
  EXPECT_EQ(get_status(), 200);
  EXPECT_EQ(world_.answer({"DELETE", std::string{kFunctions} + "/orders"}).status, 204);
}

/// Bodies that are read off the I/O thread.
class Uploads : public FunctionRoutes {
 protected:
  Uploads() {
    world_.run_work = [this](std::function<void()> work) { return run(std::move(work)); };
  }
  /// A CreateFunction with a zip, too large to be read on the spot.
  static std::string upload(const std::string& name) {
    const std::string zip = make_zip({{.name = "bootstrap", .content = "#!/bin/sh\n", .mode = 0755}});
    Json body = request(name);
    body["Code"] = {{"ZipFile", model::encode_base64(zip)}};
    return body.dump() + std::string(100'000, ' ');
  }
  auto send_upload(const std::string& name) { return world_.send({"POST", std::string{kFunctions}, upload(name)}); }
  int delete_status(const std::string& name) {
    return world_.answer({"DELETE", std::string{kFunctions} + "/" + name}).status;
  }
  [[nodiscard]] std::size_t folders() { return world_.functions().code().folders().size(); }

  Barrier thread_;
  bool full_{false};
  int pieces_{0};

 private:
  boost::asio::awaitable<bool> run(std::function<void()> work) {
    if (full_) co_return false;
    auto passing = thread_.pass();
    co_await std::move(passing);
    work();
    ++pieces_;
    co_return true;
  }
};

TEST_F(Uploads, AreReadElsewhereWhileOthersAreServed) {
  thread_.hold();
  const auto uploaded = send_upload("orders");
  ASSERT_FALSE(uploaded->has_value());
  EXPECT_EQ(folders(), 0U);
  EXPECT_EQ(get("/orders").status, 404);
  EXPECT_EQ(create(request("small")).status, 201) << "nothing that takes long, so it waits for no upload";
  thread_.release();
  world_.settle();
  ASSERT_TRUE(uploaded->has_value());
  EXPECT_EQ((*uploaded)->status, 201);
  EXPECT_EQ(pieces_, 1);
}

TEST_F(Uploads, AreThrottledWhenTooManyWait) {
  full_ = true;
  const http::Response refused = **send_upload("orders");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(error_of(refused), "TooManyRequestsException: Rate exceeded: too many uploads wait to be read.");
  EXPECT_EQ(header_of(refused, "Retry-After"), "1");
  full_ = false;
  EXPECT_EQ((*send_upload("orders"))->status, 201);
}

TEST_F(Uploads, CountWhileTheyWaitAndAreThrottledWhenOthersNeedTheRoom) {
  thread_.hold();
  const auto first = send_upload("first");
  const auto second = send_upload("second");
  ASSERT_EQ(world_.held.size(), 2U);
  EXPECT_GT(world_.held[0].bytes, 100'000U);
  world_.held[0].give_up();
  thread_.release();
  world_.settle();
  EXPECT_EQ((*first)->status, 429);
  EXPECT_EQ(header_of(**first, "Retry-After"), "1");
  EXPECT_EQ((*second)->status, 201);
  world_.held[1].give_up();  // too late to matter
  EXPECT_EQ(get("/second").status, 200);
  EXPECT_EQ(get("/first").status, 404);
  EXPECT_EQ(folders(), 1U);
}

TEST_F(Uploads, OfOneNameAtOnceMakeOneFunctionAndLeaveNothingElse) {
  thread_.hold();
  const auto first = send_upload("orders");
  const auto second = send_upload("orders");
  thread_.release();
  world_.settle();
  EXPECT_EQ((*first)->status, 201);
  EXPECT_EQ(error_of(**second), "ResourceConflictException: Function already exist: orders");
  EXPECT_EQ(folders(), 1U);
}

TEST_F(Uploads, ThatAreRefusedLeaveNothing) {
  ASSERT_EQ((*send_upload("orders"))->status, 201);
  EXPECT_EQ((*send_upload("orders"))->status, 409);
  EXPECT_EQ(folders(), 1U);
  world_.storage.fail_next_commit();
  EXPECT_EQ((*send_upload("lost"))->status, 500);
  EXPECT_EQ(folders(), 1U);
}

TEST_F(Uploads, AreRemovedElsewhere) {
  send_upload("orders");
  thread_.hold();
  EXPECT_EQ(delete_status("orders"), 204) << "which waits for no folder";
  EXPECT_EQ(folders(), 1U);
  thread_.release();
  world_.settle();
  EXPECT_EQ(folders(), 0U);
}

TEST_F(Uploads, AreRemovedWithTheNextOneWhenTooMuchWaits) {
  send_upload("a");
  send_upload("b");
  full_ = true;
  EXPECT_EQ(delete_status("a"), 204);
  EXPECT_EQ(folders(), 2U);
  full_ = false;
  EXPECT_EQ(delete_status("b"), 204);
  EXPECT_EQ(folders(), 0U);
}

TEST_F(Uploads, ThatNoFunctionHasAreRemovedAfterTheStart) {
  send_upload("orders");
  const CodeStore& code = world_.functions().code();
  for (const auto* folder : {"orphan-0123456789abcdef", "notes"}) {
    std::filesystem::create_directories(code.path_of(folder) / "in");
  }
  thread_.hold();
  const TestFunctions again{world_.functions().services(), CodeStore::at(world_.scratch.path() / "code")};
  world_.settle();
  EXPECT_EQ(folders(), 2U) << "not while it starts";
  send_upload("later");
  thread_.release();
  world_.settle();
  EXPECT_FALSE(std::filesystem::exists(code.path_of("orphan-0123456789abcdef")));
  EXPECT_TRUE(std::filesystem::exists(code.path_of("notes") / "in"));
  EXPECT_EQ(folders(), 2U) << "orders and later";
}

TEST_F(FunctionRoutes, ARecursionConfigIsShownAgainAndRestartsNothing) {
  const std::string path = "/2024-08-31/functions/orders/recursion-config";
  EXPECT_EQ(world_.answer({"GET", path}).status, 404);
  create(request());
  const auto runs = world_.functions().find(reference_to("orders"));
  EXPECT_EQ(world_.answer({"GET", path}).body, R"({"RecursiveLoop":"Terminate"})");
  EXPECT_EQ(world_.answer({"PUT", path, R"({"RecursiveLoop":"Allow"})"}).body, R"({"RecursiveLoop":"Allow"})");
  EXPECT_EQ(world_.answer({"GET", path}).body, R"({"RecursiveLoop":"Allow"})");
  EXPECT_EQ(world_.functions().find(reference_to("orders")), runs);
  const auto refused = world_.answer({"PUT", path, R"({"RecursiveLoop":"Perhaps"})"});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(Json::parse(refused.body).at("message"),
            "1 validation error detected: Value 'Perhaps' at 'recursiveLoop' failed to satisfy constraint: Member must "
            "satisfy enum value set: [Allow, Terminate]");
}

}  // namespace
}  // namespace millrace::lambda
