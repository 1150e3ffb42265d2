#include "server/http/routing/router.hpp"

#include <gtest/gtest.h>

#include "server/http/routing/health.hpp"

namespace millrace::http {
namespace {

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    for (const auto& [method, pattern] : {std::pair{"GET", "/2015-03-31/functions/{name}"},
                                          {"DELETE", "/2015-03-31/functions/{name}"},
                                          {"POST", "/2015-03-31/functions/{name}/invocations"},
                                          {"GET", "/2015-03-31/functions/"},
                                          {"GET", "/2015-03-31/functions/{name}/{what}"}}) {
      router_.add(method, pattern, [](Request&, PathParameters) -> boost::asio::awaitable<Response> {
        co_return Response{.body = {}, .headers = {}};
      });
    }
  }
  Router router_;
};

TEST_F(RouterTest, FindsTheRouteOfMethodAndPath) {
  EXPECT_NE(router_.find("GET", "/2015-03-31/functions").handler, nullptr);
  EXPECT_NE(router_.find("GET", "/2015-03-31/functions/").handler, nullptr);
  const auto match = router_.find("POST", "/2015-03-31/functions/echo/invocations/");
  ASSERT_NE(match.handler, nullptr);
  EXPECT_EQ(match.parameters, PathParameters{"echo"});
  EXPECT_NE(match.handler, router_.find("GET", "/2015-03-31/functions/echo").handler);
}

TEST_F(RouterTest, CapturesAreDecodedSegments) {
  const auto match =
      router_.find("GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aecho");
  EXPECT_EQ(match.parameters, PathParameters{"arn:aws:lambda:us-east-1:000000000000:function:echo"});
  EXPECT_EQ(router_.find("GET", "/2015-03-31/functions/a%2Fb").parameters, PathParameters{"a/b"});
  EXPECT_EQ(router_.find("GET", "/2015-03-31/functions/echo/policy").parameters, (PathParameters{"echo", "policy"}));
}

TEST_F(RouterTest, ACaptureIsNeverEmpty) {
  EXPECT_EQ(router_.find("POST", "/2015-03-31/functions//invocations").handler, nullptr);
  EXPECT_EQ(router_.find("DELETE", "/2015-03-31/functions//").handler, nullptr);
}

TEST_F(RouterTest, SaysWhichMethodsAKnownPathServes) {
  const auto match = router_.find("PATCH", "/2015-03-31/functions/echo");
  EXPECT_EQ(match.handler, nullptr);
  EXPECT_TRUE(match.path_known);
  EXPECT_EQ(match.allow, "GET, DELETE");
  EXPECT_FALSE(router_.find("GET", "/2015-03-31").path_known);
  EXPECT_FALSE(router_.find("GET", "/2015-03-31/functions/a/b/c").path_known);
  EXPECT_FALSE(router_.find("GET", "/").path_known);
}

TEST_F(RouterTest, HeadIsServedByGet) {
  EXPECT_EQ(router_.find("HEAD", "/2015-03-31/functions").handler,
            router_.find("GET", "/2015-03-31/functions").handler);
}

TEST(PercentDecode, LeavesWhatIsNoEscape) {
  EXPECT_EQ(percent_decode("a%20b%2fc+d"), "a b/c+d");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%41"), "%zzA");
}

TEST(QueryParameter, FindsTheFirstOfItsName) {
  EXPECT_EQ(query_parameter("Marker=a%3Db&MaxItems=10&flag&Marker=c", "Marker"), "a=b");
  EXPECT_EQ(query_parameter("Marker=a&MaxItems=10", "MaxItems"), "10");
  EXPECT_EQ(query_parameter("flag&x=", "flag"), "");
  EXPECT_EQ(query_parameter("x=", "x"), "");
  EXPECT_EQ(query_parameter("xy=1", "x"), std::nullopt);
  EXPECT_EQ(query_parameter("", "x"), std::nullopt);
}

TEST(RestResponse, CarriesTypeStatusAndBody) {
  const Response response =
      to_rest_response({ErrorKind::kLambdaResourceNotFound, "The resource you requested does not exist."});
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, R"({"Type":"User","Message":"The resource you requested does not exist."})");
  EXPECT_EQ(response.headers.front(),
            (std::pair<std::string, std::string>{"x-amzn-ErrorType", "ResourceNotFoundException"}));
}

TEST(HealthRoutes, AreServed) {
  Router router;
  add_health_routes(
      router, [] { return true; }, [] { return std::string{}; });
  EXPECT_NE(router.find("GET", "/health").handler, nullptr);
  EXPECT_NE(router.find("GET", "/ready").handler, nullptr);
}

}  // namespace
}  // namespace millrace::http
