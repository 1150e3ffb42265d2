#include "server/expression/syntax/expression_cache.hpp"

#include <gtest/gtest.h>

#include <malloc.h>

#include <string>
#include <thread>
#include <vector>

#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/test_values.hpp"

namespace millrace::expression {
namespace {

using testing::error_of;

TEST(ExpressionCache, SharesOneAstPerTextAndKind) {
  ExpressionCache cache;
  const auto first = cache.condition(ExpressionKind::kCondition, "a = :v");
  const auto again = cache.condition(ExpressionKind::kCondition, "a = :v");
  const auto filter = cache.condition(ExpressionKind::kFilter, "a = :v");
  EXPECT_EQ(first->get(), again->get());
  EXPECT_NE(first->get(), filter->get());
  EXPECT_EQ((*filter)->kind, ExpressionKind::kFilter);
  EXPECT_EQ(cache.size(), 2U);
}

TEST(ExpressionCache, ForgetsTheLeastRecentlyUsed) {
  ExpressionCache cache{2 * footprint_of("SET a = :v")};
  const auto* kept = cache.update("SET a = :v")->get();
  const auto dropped = *cache.update("SET b = :v");
  EXPECT_EQ(cache.update("SET a = :v")->get(), kept);
  ASSERT_EQ(error_of(cache.update("SET c = :v")), "ok");
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(cache.update("SET a = :v")->get(), kept);
  EXPECT_NE(*cache.update("SET b = :v"), dropped);
}

/// What the allocator has given out, in bytes.
std::size_t allocated() { return ::mallinfo2().uordblks; }

TEST(ExpressionCache, TakesNoMoreThanItSays) {
  // Per byte of text nothing weighs more than these.
  std::vector<std::string> texts{"a", "size(a)=:v"};
  while (texts[0].size() < 4'000) texts[0].append(texts[0].size() % 60 > 56 ? " = a AND a" : ".a");
  for (const auto* part : {"a=a", "NOT a=a", "a IN(:v,:w)", "a[0][1][2].b=c", "#a=:a", "contains(a,b)"}) {
    std::string text{part};
    while (text.size() < 3'000) text.append(" OR ").append(part);
    texts.push_back(std::move(text));
  }
  for (const auto& text : texts) {
    const std::size_t before = allocated();
    const auto ast = parse_condition(ExpressionKind::kCondition, text);
    if (ast.has_error()) continue;  // more than 300 operators
    EXPECT_LE(allocated() - before, footprint_of(text)) << text.substr(0, 40);
  }
}

TEST(ExpressionCache, HoldsAsManyLongTextsAsFit) {
  constexpr std::size_t kBytes = 1'000'000;
  ExpressionCache cache{kBytes};
  const std::string rest(4'000, 'b');
  for (int n = 0; n < 1'000; ++n) ASSERT_TRUE(cache.projection("a" + std::to_string(n) + rest).has_value());
  EXPECT_LE(cache.size(), kBytes / footprint_of(rest));
  EXPECT_GE(cache.size(), 2U);
  // What does not fit at all is parsed all the same.
  EXPECT_TRUE(ExpressionCache{1}.projection(rest).has_value());
}

TEST(ExpressionCache, DoesNotKeepErrors) {
  ExpressionCache cache;
  EXPECT_EQ(error_of(cache.projection("a,")),
            "Invalid ProjectionExpression: Syntax error; token: \"<EOF>\", near: \",\"");
  EXPECT_EQ(cache.size(), 0U);
}

TEST(ExpressionCache, ServesSeveralThreads) {
  ExpressionCache cache{8 * footprint_of("a15")};
  const auto work = [&cache] {
    for (int n = 0; n < 500; ++n) {
      const auto ast = cache.projection("a" + std::to_string(n % 16));
      ASSERT_EQ((*ast)->paths.size(), 1U);
    }
  };
  std::thread other{work};
  work();
  other.join();
  EXPECT_LE(cache.size(), 8U);
}

}  // namespace
}  // namespace millrace::expression
