// Invoke: requests, answers, and the life of an invocation of an external function.
#include "harness/lambda/routes_fixture.hpp"
#include "server/model/base64.hpp"

namespace millrace::lambda {
namespace {

TEST_F(FunctionRoutes, InvokeNamesAMissingFunctionWithItsVersion) {
  EXPECT_EQ(error_of(invoke("/none/invocations")),
            "ResourceNotFoundException: Function not found: "
            "arn:aws:lambda:us-east-1:000000000000:function:none:$LATEST");
  create(request());
  EXPECT_EQ(error_of(invoke("/orders/invocations?Qualifier=7")),
            "ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:orders:7");
}

TEST_F(FunctionRoutes, InvokeChecksItsRequest) {
  create(request());
  const http::Response bad = invoke("/orders/invocations", "{\"a\":");
  EXPECT_EQ(bad.status, 400);
  EXPECT_TRUE(
      error_of(bad).starts_with("InvalidRequestContentException: Could not parse request body into json: Could "
                                "not parse payload into json: "));
  const http::Response big = invoke("/orders/invocations", "\"" + std::string(6291456, 'x') + "\"");
  EXPECT_EQ(big.status, 413);
  EXPECT_EQ(error_of(big),
            "RequestTooLargeException: Request must be smaller than 6291456 bytes for the InvokeFunction operation");
  EXPECT_TRUE(error_of(invoke("/orders/invocations", "{}", {{"X-Amz-Invocation-Type", "Later"}}))
                  .starts_with("ValidationException: 1 validation error detected: Value 'Later' at 'invocationType'"));
  EXPECT_EQ(error_of(invoke("/orders/invocations", "{}", {{"X-Amz-Client-Context", "e30"}})),
            "InvalidRequestContentException: Client context must be a valid Base64-encoded JSON object.");
}

TEST_F(FunctionRoutes, DryRunChecksOnly) {
  create(request());
  const http::Response response = invoke("/orders/invocations", "{}", {{"X-Amz-Invocation-Type", "DryRun"}});
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(header_of(response, "X-Amz-Executed-Version"), "");
}

TEST_F(FunctionRoutes, InjectedFaultsLookLikeTheRealThing) {
  create(request());
  world_.plan.set("lambda.invoke.throttle", {.first = 0, .last = 0});
  world_.plan.set("lambda.invoke.error", {.first = 0, .last = 0});
  const http::Response throttled = invoke("/orders/invocations");
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(header_of(throttled, "Retry-After"), "1");
  EXPECT_EQ(Json::parse(throttled.body).at("Reason"), "ReservedFunctionConcurrentInvocationLimitExceeded");
  EXPECT_EQ(error_of(throttled), "TooManyRequestsException: Rate Exceeded.");
  const http::Response failed = invoke("/orders/invocations");
  EXPECT_EQ(failed.status, 200);
  EXPECT_EQ(header_of(failed, "X-Amz-Function-Error"), "Unhandled");
  EXPECT_EQ(header_of(failed, "X-Amz-Executed-Version"), "$LATEST");
}

/// An external function and a runtime that serves it without sockets.
class ExternalFunctionRoutes : public FunctionRoutes {
 protected:
  ExternalFunctionRoutes() {
    Json body = request();
    body["Code"] = {{"S3Bucket", "external"}};
    body["Timeout"] = 5;
    create(body);
    endpoint_ = world_.registry().external_functions().directory()->find_endpoint("");
    runtime_ = endpoint_->attach();
  }
  void next() {
    EXPECT_EQ(endpoint_->next(runtime_, this, [this](Delivery delivery) { delivery_ = std::move(delivery); }),
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
  EXPECT_EQ(delivery_->deadline, world_.time.now() + std::chrono::seconds{5});
  world_.time.advance(std::chrono::milliseconds{3});
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
  world_.time.advance(std::chrono::seconds{5});
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

TEST_F(ExternalFunctionRoutes, GivesUpWhenNobodyComes) {
  endpoint_->detach(runtime_, true);
  const auto answer = send("{}");
  world_.time.advance(std::chrono::seconds{59});
  world_.settle();
  EXPECT_FALSE(answer->has_value());
  world_.time.advance(std::chrono::seconds{1});
  world_.settle();
  EXPECT_EQ((*answer)->status, 500);
  EXPECT_NE((*answer)->body.find("no process is attached to the external function orders"), std::string::npos);
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

TEST_F(ExternalFunctionRoutes, DeletingTheFunctionFailsWhatRuns) {
  const auto answer = send("{}");
  next();
  world_.answer({"DELETE", std::string{kFunctions} + "/orders"});
  EXPECT_EQ((*answer)->status, 500);
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
