#include "server/http/routing/web_guard.hpp"

#include <gmock/gmock.h>

namespace millrace::http {
namespace {

using enum Verdict;

TEST(WebGuard, KnowsAddressesLocalhostAndTheNamesItWasTold) {
  const WebGuard guard{{"millrace", "Orders-DB:8000", "*.svc.cluster.local"}};
  const struct {
    std::string_view host;
    Verdict verdict;
  } cases[] = {
      {"", kAllowed},  // HTTP/1.0
      {"127.0.0.1", kAllowed},
      {"127.0.0.1:8000", kAllowed},
      {"192.168.1.7:49153", kAllowed},
      {"0.0.0.0:8000", kAllowed},
      {"[::1]:8000", kAllowed},
      {"[fe80::1]", kAllowed},
      {"[::ffff:127.0.0.1]:8000", kAllowed},
      {"localhost", kAllowed},
      {"LOCALHOST:8000", kAllowed},
      {"localhost.:8000", kAllowed},
      {"dynamodb.localhost:8000", kAllowed},
      {"host.docker.internal:8000", kAllowed},
      {"host.testcontainers.internal:8000", kAllowed},
      {"millrace:8000", kAllowed},
      {"MILLRACE", kAllowed},
      {"millrace.", kAllowed},
      {"orders-db:9000", kAllowed},
      {"millrace.shop.svc.cluster.local:8000", kAllowed},
      {"evil.example", kUnknownHost},
      {"evil.example:8000", kUnknownHost},
      {"millrace.evil.example:8000", kUnknownHost},
      {"svc.cluster.local", kUnknownHost},
      {".svc.cluster.local", kUnknownHost},
      {"xsvc.cluster.local", kUnknownHost},
      {"localhost.evil.example", kUnknownHost},
      {"notlocalhost", kUnknownHost},
      {"127.0.0.1.evil.example", kUnknownHost},
      {"127.0.0.1@evil.example", kUnknownHost},
      {"[::1].evil.example", kUnknownHost},
      {"[evil.example]", kUnknownHost},
      {"[::1", kUnknownHost},
      {"999.0.0.1", kUnknownHost},
      {"7f000001.rbndr.us", kUnknownHost},
      {":8000", kUnknownHost},
      {".", kUnknownHost},
  };
  for (const auto& [host, verdict] : cases) {
    for (const Surface surface : {Surface::kDynamo, Surface::kControl}) {
      EXPECT_EQ(guard.verdict({host, {}, {}}, surface), verdict) << host;
    }
  }
  EXPECT_EQ(WebGuard{}.verdict({"millrace:8000", {}, {}}, Surface::kDynamo), kUnknownHost);
  EXPECT_EQ(WebGuard{{"*"}}.verdict({"evil.example", {}, {}}, Surface::kControl), kAllowed);
}

TEST(WebGuard, LetsInNoPageOfAnotherOrigin) {
  const WebGuard guard;
  const struct {
    RequestSource source;
    Verdict verdict;
  } cases[] = {
      // SDKs and command line tools.
      {{"127.0.0.1:8000", {}, {}}, kAllowed},
      // A page of this server, an address typed in, a bookmark.
      {{"localhost:8000", "http://localhost:8000", "same-origin"}, kAllowed},
      {{"LocalHost:8000", "http://localhost:8000", {}}, kAllowed},
      {{"localhost", "http://localhost", {}}, kAllowed},
      {{"localhost", "http://localhost:80", {}}, kAllowed},
      {{"localhost", "https://localhost", "same-origin"}, kAllowed},
      {{"[::1]:8000", "http://[::1]:8000", {}}, kAllowed},
      {{"localhost:8000", {}, "none"}, kAllowed},
      {{"localhost:8000", {}, "same-origin"}, kAllowed},
      // Others.
      {{"localhost:8000", "http://localhost:3000", "same-site"}, kForeignPage},
      {{"localhost:8000", "http://localhost", {}}, kForeignPage},
      {{"localhost:8000", "http://127.0.0.1:8000", "cross-site"}, kForeignPage},
      {{"127.0.0.1:8000", "http://localhost:8000", {}}, kForeignPage},
      {{"127.0.0.1:8000", "https://evil.example", {}}, kForeignPage},
      {{"127.0.0.1:8000", "null", {}}, kForeignPage},
      {{"127.0.0.1:8000", "127.0.0.1:8000", {}}, kForeignPage},
      {{"127.0.0.1:8000", "http://127.0.0.1:8000.evil.example", {}}, kForeignPage},
      {{{}, "http://localhost:8000", {}}, kForeignPage},
      {{"localhost:8000", {}, "cross-site"}, kForeignPage},
      {{"localhost:8000", {}, "same-site"}, kForeignPage},
      {{"localhost:8000", "http://localhost:8000", "cross-site"}, kForeignPage},
      // A page whose name was bound anew agrees with itself.
      {{"evil.example:8000", "http://evil.example:8000", "same-origin"}, kUnknownHost},
  };
  for (const auto& [source, verdict] : cases) {
    for (const Surface surface : {Surface::kDynamo, Surface::kControl}) {
      EXPECT_EQ(guard.verdict(source, surface), verdict)
          << source.host << ' ' << source.origin << ' ' << source.fetch_site;
    }
    EXPECT_EQ(guard.allowed_origin(source), "");
  }
}

TEST(WebGuard, CorsIsForDynamoDbOnly) {
  const RequestSource listed{"localhost:8000", "https://app.example", "cross-site"};
  const RequestSource other{"localhost:8000", "https://evil.example", "cross-site"};
  const RequestSource file{"localhost:8000", "null", "cross-site"};
  const RequestSource image{"localhost:8000", {}, "cross-site"};
  const WebGuard list{{}, CorsOrigins::parse("http://localhost:3000, https://App.example/")};
  EXPECT_EQ(list.verdict(listed, Surface::kDynamo), kAllowed);
  EXPECT_EQ(list.allowed_origin(listed), "https://app.example");
  EXPECT_EQ(list.verdict(other, Surface::kDynamo), kForeignPage);
  EXPECT_EQ(list.allowed_origin(other), "");
  EXPECT_EQ(list.verdict(file, Surface::kDynamo), kForeignPage);
  EXPECT_EQ(list.verdict(image, Surface::kDynamo), kForeignPage);
  for (const WebGuard& any : {WebGuard{{}, CorsOrigins::any()}, WebGuard{{}, CorsOrigins::parse("*")}}) {
    for (const RequestSource& source : {listed, other, file, image}) {
      EXPECT_EQ(any.verdict(source, Surface::kDynamo), kAllowed);
      EXPECT_EQ(any.verdict(source, Surface::kControl), kForeignPage);
    }
    EXPECT_EQ(any.allowed_origin(other), "*");
    EXPECT_EQ(any.allowed_origin({"evil.example", "http://evil.example", {}}), "*");
    EXPECT_EQ(any.verdict({"evil.example", "http://evil.example", {}}, Surface::kDynamo), kUnknownHost);
  }
  EXPECT_EQ(list.verdict(listed, Surface::kControl), kForeignPage);
}

TEST(WebGuard, SaysWhichFlagHelps) {
  EXPECT_THAT(WebGuard::explain(kUnknownHost, {"millrace:8000", {}, {}}, Surface::kControl),
              ::testing::HasSubstr("--allowed-host millrace (or MILLRACE_ALLOWED_HOSTS)"));
  EXPECT_THAT(WebGuard::explain(kForeignPage, {"localhost", "http://a", {}}, Surface::kDynamo),
              ::testing::HasSubstr("--cors http://a (or MILLRACE_CORS)"));
  EXPECT_THAT(WebGuard::explain(kForeignPage, {"localhost", {}, "cross-site"}, Surface::kControl),
              ::testing::HasSubstr("pages of other sites here"));
}

}  // namespace
}  // namespace millrace::http
