#include <gtest/gtest.h>

#include "harness/lambda/runtime_api/runtime_api_call.hpp"

namespace millrace::lambda {
namespace {

using Kind = RuntimeApiCall::Kind;

TEST(RuntimeApiCall, ReadsPaths) {
  EXPECT_EQ(parse_runtime_api_call("GET", "/2018-06-01/runtime/invocation/next").kind, Kind::kNext);
  EXPECT_EQ(parse_runtime_api_call("POST", "/2018-06-01/runtime/init/error").kind, Kind::kInitError);
  const auto response = parse_runtime_api_call("POST", "/2018-06-01/runtime/invocation/1-2/response");
  EXPECT_EQ(response.kind, Kind::kResponse);
  EXPECT_EQ(response.request_id, "1-2");
  EXPECT_EQ(parse_runtime_api_call("POST", "/2018-06-01/runtime/invocation/1-2/error?x=y").kind, Kind::kError);
}

TEST(RuntimeApiCall, ReadsTheFunctionBeforeTheVersion) {
  const auto call = parse_runtime_api_call("GET", "/orders/2018-06-01/runtime/invocation/next");
  EXPECT_EQ(call.kind, Kind::kNext);
  EXPECT_EQ(call.function_name, "orders");
}

TEST(RuntimeApiCall, ReadsAccountAndRegionBeforeTheFunction) {
  const auto call = parse_runtime_api_call("GET", "/eu-west-1/123456789012/orders/2018-06-01/runtime/invocation/next");
  EXPECT_EQ(call.kind, Kind::kNext);
  EXPECT_EQ(call.function_name, "eu-west-1/123456789012/orders");
  for (const auto* path : {"/a/orders", "//a/orders", "/a//orders", "/a/b/", "/a/b/c/orders"}) {
    EXPECT_EQ(parse_runtime_api_call("GET", std::string{path} + "/2018-06-01/runtime/invocation/next").kind,
              Kind::kUnknown)
        << path;
  }
}

TEST(RuntimeApiCall, KnowsNothingElse) {
  for (const auto* path : {"/", "", "/2018-06-01/", "/2018-06-01/runtime/invocation/next/", "/a/b/2018-06-01/runtime/x",
                           "/2018-06-01/runtime/invocation/1", "/2018-06-01/runtime/invocation/1/answer"}) {
    EXPECT_EQ(parse_runtime_api_call("POST", path).kind, Kind::kUnknown) << path;
  }
  EXPECT_EQ(parse_runtime_api_call("POST", "/2018-06-01/runtime/invocation/next").kind, Kind::kUnknown);
}

TEST(RuntimeApiCall, ChecksErrorTypes) {
  EXPECT_EQ(checked_error_type("Runtime.NoSuchHandler"), "Runtime.NoSuchHandler");
  EXPECT_EQ(checked_error_type("Function.Oops"), "Function.Oops");
  EXPECT_EQ(checked_error_type("Runtime.no"), "Runtime.Unknown");
  EXPECT_EQ(checked_error_type("std::exception"), "Function.Unknown");
  EXPECT_EQ(checked_error_type(""), "Function.Unknown");
}

}  // namespace
}  // namespace millrace::lambda
