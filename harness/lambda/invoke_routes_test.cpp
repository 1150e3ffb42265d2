// Invoke: requests and answers.
#include <gtest/gtest.h>

#include "harness/lambda/routes_fixture.hpp"

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

TEST_F(FunctionRoutes, InvokeCountsViolationsOfPathQueryAndHeadersTogether) {
  create(request());
  const std::string error = error_of(invoke("/orders/invocations?Qualifier=a%20b", "{}",
                                            {{"X-Amz-Invocation-Type", "Later"},
                                             {"X-Amz-Log-Type", "Head"},
                                             {"X-Amz-Tenant-Id", "one;two"},
                                             {"X-Amz-Durable-Execution-Name", std::string(65, 'd')}}));
  EXPECT_EQ(
      error,
      R"(ValidationException: 5 validation errors detected: Value 'a b' at 'qualifier' failed to satisfy constraint: )"
      R"(Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+; )"
      R"(Value 'Later' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: )"
      R"([Event, RequestResponse, DryRun]; Value 'Head' at 'logType' failed to satisfy constraint: Member must )"
      R"(satisfy enum value set: [None, Tail]; Value ')" +
          std::string(65, 'd') +
          R"(' at 'durableExecutionName' failed to satisfy constraint: Member must have length less than or equal )"
          R"(to 64; Value 'one;two' at 'tenantId' failed to satisfy constraint: Member must satisfy regular )"
          R"(expression pattern: [a-zA-Z0-9\._:\/=+\-@ ]+)");
}

TEST_F(FunctionRoutes, InvokeRefusesWhatIsNotEmulated) {
  create(request());
  EXPECT_EQ(error_of(invoke("/orders/invocations", "{}", {{"X-Amz-Tenant-Id", "blue"}})),
            "InvalidParameterValueException: Millrace does not emulate TenantId yet.");
  EXPECT_EQ(error_of(invoke("/orders/invocations", "{}", {{"X-Amz-Durable-Execution-Name", "once"}})),
            "InvalidParameterValueException: Millrace does not emulate DurableExecutionName yet.");
  const std::map<std::string, std::string> nothing_of_it{{"X-Amz-Invocation-Type", "DryRun"}, {"X-Amz-Tenant-Id", ""}};
  EXPECT_EQ(invoke("/orders/invocations?Unknown=1", "{}", nothing_of_it).status, 204);
}

TEST_F(FunctionRoutes, DryRunChecksOnly) {
  create(request());
  const http::Response response = invoke("/orders/invocations", "{}", {{"X-Amz-Invocation-Type", "DryRun"}});
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(header_of(response, "X-Amz-Executed-Version"), "");
}

TEST_F(FunctionRoutes, InjectedFaultsLookLikeTheRealThing) {
  create(request());
  world_.plan.set(FaultPoint::kLambdaInvokeThrottle, {.times = 1});
  world_.plan.set(FaultPoint::kLambdaInvokeError, {.times = 1});
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

}  // namespace
}  // namespace millrace::lambda
