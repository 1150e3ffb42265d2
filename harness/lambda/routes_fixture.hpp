// What the tests of the REST routes share: calls without sockets, in virtual time.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/lambda/lambda_fixture.hpp"

namespace millrace::lambda {

using Json = nlohmann::json;

inline constexpr std::string_view kFunctions = "/2015-03-31/functions";

inline std::string header_of(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

class FunctionRoutes : public testing::Test {
 protected:
  static Json request(const std::string& name = "orders") {
    return {{"FunctionName", name},
            {"Role", "arn:aws:iam::000000000000:role/r"},
            {"Runtime", "provided.al2023"},
            {"Handler", "bootstrap"},
            {"Code", {{"S3Bucket", "in-process"}, {"S3Key", "echo"}}}};
  }
  http::Response create(const Json& body) { return world_.answer({"POST", std::string{kFunctions}, body.dump()}); }
  http::Response get(const std::string& path) { return world_.answer({"GET", std::string{kFunctions} + path}); }
  http::Response invoke(const std::string& path, std::string body = "{}",
                        std::map<std::string, std::string> headers = {}) {
    return world_.answer({"POST", std::string{kFunctions} + path, std::move(body), std::move(headers)});
  }
  /// `Name: text` of an error answer.
  static std::string error_of(const http::Response& response) {
    const Json body = Json::parse(response.body);
    const std::string member = body.contains("message") ? "message" : "Message";
    return header_of(response, "x-amzn-ErrorType") + ": " + body.at(member).get<std::string>();
  }
  /// The error of creating with one member changed.
  std::string error_with(const std::string& member, const Json& value) {
    Json body = request();
    if (value.is_null()) {
      body.erase(member);
    } else {
      body[member] = value;
    }
    return error_of(create(body));
  }

  VirtualWorld world_;
};

}  // namespace millrace::lambda
