#include "server/http/routing/unserved.hpp"

#include <gtest/gtest.h>

#include "server/http/message/parsed_request.hpp"

namespace millrace::http {
namespace {

using ::std::string;

Response answer(const string& method_and_path, const string& service) {
  const string scope = service.empty() ? ""
                                       : "Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/" + service +
                                             "/aws4_request, SignedHeaders=host, Signature=0\r\n";
  ParsedRequest parsed{method_and_path + " HTTP/1.1\r\nHost: localhost\r\n" + scope + "\r\n"};
  return unserved_path({.method = parsed.head.method(),
                        .path = parsed.head.path(),
                        .query = {},
                        .body = parsed.body,
                        .header = [&](std::string_view name) { return parsed.head.find(name); }});
}

TEST(Unserved, LambdaPathsGetLambdasShapeAndTheRoute) {
  const Response response = answer("GET /2015-03-31/functions/f/versions", "lambda");
  EXPECT_EQ(response.status, 404);
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0], (std::pair<string, string>{"x-amzn-ErrorType", "UnknownOperationException"}));
  EXPECT_EQ(response.body,
            R"({"message":"Millrace )" MILLRACE_VERSION R"( does not emulate GET /2015-03-31/functions/f/versions"})");
}

TEST(Unserved, OtherServicesAreToldInTheirOwnShape) {
  const Response s3 = answer("GET /bucket/key", "s3");
  EXPECT_EQ(s3.status, 501);
  EXPECT_EQ(s3.content_type, "application/xml");
  EXPECT_NE(s3.body.find("<Code>NotImplemented</Code>"), string::npos) << s3.body;
  EXPECT_NE(answer("POST /v1/apis", "kafka").body.find("does not emulate kafka"), string::npos);
  EXPECT_EQ(answer("GET /nowhere", "").body, R"({"message":"nothing is served at /nowhere"})");
}

TEST(Unserved, ActionsOfTheQueryProtocolGetItsXml) {
  const string form{"application/x-www-form-urlencoded; charset=utf-8"};
  const auto error = unserved_action(form, "Version=2012-11-05&Action=Send%3CMessage&QueueUrl=q");
  ASSERT_TRUE(error.has_value());
  EXPECT_NE(error->find("does not emulate Send&lt;Message:"), string::npos) << *error;
  EXPECT_FALSE(unserved_action(form, "a=b").has_value());
  EXPECT_FALSE(unserved_action("application/json", "Action=SendMessage").has_value());
}

}  // namespace
}  // namespace millrace::http
