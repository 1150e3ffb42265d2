// The life of an invocation of an external function, from Invoke on.
#include <gmock/gmock.h>

#include "harness/lambda/routes_fixture.hpp"
#include "server/model/base64.hpp"

namespace millrace::lambda {
namespace {

/// An external function and a runtime that serves it without sockets.
class ExternalFunctionRoutes : public FunctionRoutes {
 protected:
  ExternalFunctionRoutes() {
    Json body = request();
    body["Code"] = {{"S3Bucket", "external"}};
    body["Timeout"] = 5;
    create(body);
    endpoint_ = world_.functions().external_functions().directory()->find_endpoint("");
    runtime_ = endpoint_->attach();
  }
  void next() {
    EXPECT_EQ(
        endpoint_->next(runtime_, this, [this](std::optional<Delivery> delivery) { delivery_ = std::move(delivery); }),
        std::nullopt);
    world_.settle();
  }
  ApiReply respond(std::string body) {
    const ApiReply reply = endpoint_->respond(runtime_, delivery_->request_id, {.body = std::move(body)});
    world_.settle();
    return reply;
  }
  auto send(std::string body, std::map<std::string, std::string> headers = {}) {
    return world_.send({"POST", std::string{kFunctions} + "/orders/invocations", std::move(body), std::move(headers)});
  }

  std::shared_ptr<RuntimeEndpoint> endpoint_;
  RuntimeId runtime_{0};
  std::optional<Delivery> delivery_;
};

TEST_F(ExternalFunctionRoutes, CarriesTheEventAndTheAnswer) {
  const auto answer = send(R"({"n":1})", {{"X-Amz-Log-Type", "Tail"}, {"X-Amz-Client-Context", "eyJhIjoxfQ=="}});
  EXPECT_FALSE(answer->has_value());
  next();
  EXPECT_EQ(*delivery_->payload, R"({"n":1})");
  EXPECT_EQ(delivery_->function_arn, "arn:aws:lambda:us-east-1:000000000000:function:orders");
  EXPECT_EQ(delivery_->client_context, R"({"a":1})");
  EXPECT_EQ(delivery_->deadline, world_.real_time.now() + std::chrono::seconds{5});
  world_.real_time.advance(std::chrono::milliseconds{3});
  EXPECT_EQ(respond(R"({"m":2})").status, 202);
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->status, 200);
  EXPECT_EQ((*answer)->body, R"({"m":2})");
  EXPECT_EQ(header_of(**answer, "X-Amz-Function-Error"), "");
  const std::string id = delivery_->request_id;
  EXPECT_EQ(*model::decode_base64(header_of(**answer, "X-Amz-Log-Result")),
            "START RequestId: " + id + " Version: $LATEST\nEND RequestId: " + id + "\nREPORT RequestId: " + id +
                "\tDuration: 3.00 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t\n");
}

TEST_F(ExternalFunctionRoutes, AnswersWithTheErrorOfTheHandler) {
  const auto answer = send("{}");
  next();
  endpoint_->respond(runtime_, delivery_->request_id, {.body = R"({"errorType":"E"})", .is_error = true});
  world_.settle();
  EXPECT_EQ((*answer)->status, 200);
  EXPECT_EQ((*answer)->body, R"({"errorType":"E"})");
  EXPECT_EQ(header_of(**answer, "X-Amz-Function-Error"), "Unhandled");
}

TEST_F(ExternalFunctionRoutes, NothingBecomesNull) {
  const auto answer = send("");
  next();
  EXPECT_EQ(*delivery_->payload, "{}");
  respond("");
  EXPECT_EQ((*answer)->body, "null");
}

TEST_F(ExternalFunctionRoutes, TimesOut) {
  const auto answer = send("{}");
  next();
  world_.real_time.advance(std::chrono::seconds{5});
  world_.settle();
  EXPECT_EQ((*answer)->body, R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: )" + delivery_->request_id +
                                 R"( Error: Task timed out after 5.00 seconds"})");
  EXPECT_EQ(respond("late").status, 400);
  next();  // the process goes on
  send("{}");
  EXPECT_EQ(respond("in time").status, 202);
}

TEST_F(ExternalFunctionRoutes, FailsWhenItsConnectionIsLost) {
  const auto answer = send("{}");
  next();
  endpoint_->detach(runtime_, /*lasting=*/true);
  world_.settle();
  EXPECT_EQ((*answer)->body, R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: )" + delivery_->request_id +
                                 R"( Error: Runtime exited without providing a reason"})");
}

TEST_F(ExternalFunctionRoutes, OneShotClientsMayAnswerOverAnotherConnection) {
  const auto answer = send("{}");
  next();
  endpoint_->detach(runtime_, /*lasting=*/false);
  runtime_ = 0;
  EXPECT_EQ(respond("1").status, 202);
  EXPECT_EQ((*answer)->body, "1");
}

TEST_F(ExternalFunctionRoutes, GivesUpSoonWhenNobodyComes) {
  world_.functions().external_functions().listening_at("127.0.0.1:9001");
  endpoint_->detach(runtime_, true);
  const auto answer = send("{}");
  world_.real_time.advance(std::chrono::milliseconds{4999});
  world_.settle();
  EXPECT_FALSE(answer->has_value());
  world_.real_time.advance(std::chrono::milliseconds{1});
  world_.settle();
  EXPECT_EQ((*answer)->status, 409);
  EXPECT_EQ(error_of(**answer),
            "ResourceConflictException: The operation cannot be performed at this time: no process is attached to the "
            "external function orders: start one with AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001/orders");
  // It has been away for long already: the next caller learns it at once.
  const auto later = send("{}");
  world_.real_time.advance(Duration::zero());
  world_.settle();
  EXPECT_EQ((*later)->status, 409);
}

TEST_F(ExternalFunctionRoutes, WaitsForItsTurnHoweverLongWhileSomebodyIsThere) {
  send("1");
  next();
  const auto behind = send("2");
  world_.real_time.advance(std::chrono::milliseconds{4999});
  respond("1");
  world_.real_time.advance(std::chrono::minutes{1});
  world_.settle();
  EXPECT_FALSE(behind->has_value());
  next();
  respond("2");
  EXPECT_EQ((*behind)->body, "2");
}

TEST_F(ExternalFunctionRoutes, TheLastToLeaveStartsThePatienceOfWhatWaits) {
  send("1");
  next();
  const auto behind = send("2");
  world_.real_time.advance(std::chrono::seconds{4});
  endpoint_->detach(runtime_, true);
  world_.real_time.advance(std::chrono::seconds{4});
  world_.settle();
  EXPECT_FALSE(behind->has_value());
  world_.real_time.advance(std::chrono::seconds{1});
  world_.settle();
  EXPECT_EQ((*behind)->status, 409);
}

TEST_F(ExternalFunctionRoutes, SaysWhatItWaitsFor) {
  const auto invoker = world_.functions().find(reference_to("orders"));
  EXPECT_EQ(invoker->waits_for(), std::nullopt);
  endpoint_->detach(runtime_, true);
  EXPECT_EQ(invoker->waits_for(), "no process is attached to the external function orders");
}

TEST_F(ExternalFunctionRoutes, TellsWhenAProcessComesToAFunctionThatHadNone) {
  world_.settle();
  std::vector<std::string> callable;
  world_.functions().on_callable([&](const FunctionKey& function) { callable.push_back(arn_of(function)); });
  const RuntimeId second = endpoint_->attach();
  world_.settle();
  EXPECT_TRUE(callable.empty());
  endpoint_->detach(second, true);
  endpoint_->detach(runtime_, true);
  endpoint_->attach();
  world_.settle();
  EXPECT_EQ(callable, std::vector<std::string>{arn_of_function("orders")});
}

TEST_F(ExternalFunctionRoutes, WithdrawsOnlyWhatNobodyRuns) {
  const auto invoker = world_.functions().find(reference_to("orders"));
  std::map<std::string, Outcome> ended;
  for (const std::string id : {"first", "second"}) {
    invoker->invoke({.request_id = id, .function_arn = {}, .payload = std::make_shared<std::string>("{}")},
                    [&ended, id](const InvocationResult& result) { ended[id] = result.outcome; });
  }
  next();
  for (const std::string_view id : {"first", "second", "third"}) invoker->withdraw(id);
  world_.settle();
  EXPECT_EQ(ended, (std::map<std::string, Outcome>{{"second", Outcome::kServiceError}}));
  respond("1");
  EXPECT_EQ(ended.at("first"), Outcome::kSuccess);
}

TEST_F(ExternalFunctionRoutes, LargePayloadsCountWhileTheyWaitAndGoWhenOthersNeedTheRoom) {
  const std::string large = '"' + std::string(100'000, 'x') + '"';
  const auto small = send("1");
  const auto running = send(large);
  const auto waiting = send(large);
  ASSERT_EQ(world_.held.size(), 2U);
  EXPECT_EQ(world_.held[1].bytes, large.size());
  next();
  respond("1");
  next();
  for (const auto& held : world_.held) held.give_up();
  world_.settle();
  EXPECT_EQ((*waiting)->status, 429);
  EXPECT_EQ(header_of(**waiting, "Retry-After"), "1");
  EXPECT_FALSE(running->has_value()) << "it is at work";
  respond("2");
  world_.settle();
  EXPECT_EQ((*running)->body, "2");
  EXPECT_EQ((*small)->status, 200);
}

TEST_F(ExternalFunctionRoutes, OneRequestIdFromAnswerToLog) {
  const auto answer = send("{}", {{"X-Amz-Log-Type", "Tail"}});
  next();
  respond("1");
  const std::string id = header_of(**answer, "x-amzn-RequestId");
  EXPECT_EQ(id, delivery_->request_id);
  EXPECT_NE(model::decode_base64(header_of(**answer, "X-Amz-Log-Result"))->find("START RequestId: " + id),
            std::string::npos);
  const auto event = send("{}", {{"X-Amz-Invocation-Type", "Event"}});
  next();
  EXPECT_EQ(header_of(**event, "x-amzn-RequestId"), delivery_->request_id);
}

TEST_F(ExternalFunctionRoutes, NamesATraceWhateverTheCallerSends) {
  send("1");
  next();
  EXPECT_THAT(delivery_->trace_id, testing::MatchesRegex("Root=1-6925d0e4-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0"));
  respond("1");
  const std::string given = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";
  send("2", {{"X-Amzn-Trace-Id", given}});
  next();
  EXPECT_EQ(delivery_->trace_id, given);
}

TEST_F(ExternalFunctionRoutes, HandsAClientContextToSynchronousCallsOnly) {
  send("{}", {{"X-Amz-Invocation-Type", "Event"}, {"X-Amz-Client-Context", "eyJhIjoxfQ=="}});
  next();
  EXPECT_EQ(delivery_->client_context, "");
}

TEST_F(ExternalFunctionRoutes, AFailedStartIsToldToTheNextInvocation) {
  EXPECT_EQ(endpoint_->init_error(runtime_, {.body = R"({"errorType":"E"})", .is_error = true}).status, 202);
  endpoint_->detach(runtime_, true);
  const auto first = send("{}");
  world_.settle();
  EXPECT_EQ((*first)->body, R"({"errorType":"E"})");
  EXPECT_EQ(header_of(**first, "X-Amz-Function-Error"), "Unhandled");
  // Only to that one, as the process is started again.
  const auto second = send("2");
  runtime_ = endpoint_->attach();
  next();
  respond("2");
  EXPECT_EQ((*second)->body, "2");
}

TEST_F(ExternalFunctionRoutes, EventsAreRepeatedAfterOneAndTwoMinutes) {
  const auto fail = [&] {
    endpoint_->respond(runtime_, delivery_->request_id, {.body = "{}", .is_error = true});
    world_.settle();
    delivery_.reset();
    next();
  };
  const auto answer = send(R"({"e":1})", {{"X-Amz-Invocation-Type", "Event"}});
  EXPECT_EQ((*answer)->status, 202);
  EXPECT_EQ((*answer)->body, "");
  next();
  ASSERT_TRUE(delivery_.has_value());
  const std::string id = delivery_->request_id;
  for (const auto delay : {std::chrono::seconds{60}, std::chrono::seconds{120}}) {
    fail();
    world_.time.advance(delay - std::chrono::seconds{1});
    world_.settle();
    EXPECT_FALSE(delivery_.has_value());
    world_.time.advance(std::chrono::seconds{1});
    world_.settle();
    ASSERT_TRUE(delivery_.has_value());
    EXPECT_EQ(delivery_->request_id, id);
  }
  fail();
  world_.time.advance(std::chrono::hours{7});
  world_.settle();
  EXPECT_FALSE(delivery_.has_value());
}

TEST_F(ExternalFunctionRoutes, NoMoveOfTheEmulatedClockTimesAFunctionOut) {
  const auto answer = send("{}");
  next();
  world_.time.advance(std::chrono::hours{4});
  world_.real_time.advance(std::chrono::seconds{4});
  world_.settle();
  EXPECT_FALSE(answer->has_value());
  EXPECT_EQ(respond("1").status, 202);
  EXPECT_EQ((*answer)->body, "1");
}

TEST_F(ExternalFunctionRoutes, AnEventCountsAsUnderWayWhileItRunsAndNotWhileItWaits) {
  const time::WorkUnderWay& work = world_.time.under_way();
  send("{}", {{"X-Amz-Invocation-Type", "Event"}});
  EXPECT_EQ(work.describe(), "an invocation of type Event");
  next();
  endpoint_->respond(runtime_, delivery_->request_id, {.body = "{}", .is_error = true});
  world_.settle();
  EXPECT_TRUE(work.none()) << "it waits for a minute of emulated time";
}

TEST_F(ExternalFunctionRoutes, AnEventLooksForAProcessInRealTimeUntilItIsSixEmulatedHoursOld) {
  endpoint_->detach(runtime_, true);
  const time::WorkUnderWay& work = world_.time.under_way();
  send("{}", {{"X-Amz-Invocation-Type", "Event"}});
  const auto look = [&] {
    world_.real_time.advance(std::chrono::seconds{5});
    world_.settle();
  };
  look();  // the patience of the first attempt
  EXPECT_TRUE(work.none()) << "no step of emulated time waits for it";
  look();
  EXPECT_TRUE(work.none());
  EXPECT_TRUE(world_.real_time.run_next()) << "it looks again";
  world_.settle();
  world_.time.advance(std::chrono::hours{7});
  for (int attempt = 0; attempt < 3; ++attempt) look();
  EXPECT_TRUE(work.none());
  EXPECT_FALSE(world_.real_time.run_next()) << "nobody looks any more";
}

TEST_F(ExternalFunctionRoutes, DeletingTheFunctionLetsWhatRunsEndWithItsAnswer) {
  const auto running = send("1");
  next();
  const auto waiting = send("2");
  EXPECT_EQ(world_.answer({"DELETE", std::string{kFunctions} + "/orders"}).status, 204);
  ASSERT_TRUE(waiting->has_value());
  EXPECT_EQ((*waiting)->status, 404);
  EXPECT_FALSE(running->has_value());
  EXPECT_EQ(world_.functions().external_functions().directory()->find_running(delivery_->request_id), endpoint_);
  EXPECT_EQ(respond("1").status, 202);
  EXPECT_EQ((*running)->status, 200);
  EXPECT_EQ((*running)->body, "1");
}

TEST_F(ExternalFunctionRoutes, DeletingTheFunctionLeavesWhatRunsItsTimeOut) {
  const auto running = send("1");
  next();
  world_.answer({"DELETE", std::string{kFunctions} + "/orders"});
  world_.real_time.advance(std::chrono::seconds{5});
  world_.settle();
  EXPECT_NE((*running)->body.find("Sandbox.Timedout"), std::string::npos);
}

TEST_F(ExternalFunctionRoutes, DeletingTheFunctionTellsTheRuntimeThatWaits) {
  next();
  EXPECT_EQ(delivery_, std::nullopt);
  bool told = false;
  endpoint_->next(runtime_, this, [&](const std::optional<Delivery>& delivery) { told = !delivery; });
  world_.answer({"DELETE", std::string{kFunctions} + "/orders"});
  EXPECT_TRUE(told);
}

TEST_F(ExternalFunctionRoutes, ThrottlesWhenTooManyWait) {
  VirtualWorld small;
  small.options.queue_limit = 1;
  Json body = request();
  body["Code"] = {{"S3Bucket", "external"}};
  small.answer({"POST", std::string{kFunctions}, body.dump()});
  const std::string path = std::string{kFunctions} + "/orders/invocations";
  const auto first = small.send({"POST", path, "{}"});
  EXPECT_FALSE(first->has_value());
  EXPECT_EQ(small.answer({"POST", path, "{}"}).status, 429);
}

}  // namespace
}  // namespace millrace::lambda
