#include "server/expression/expression_cache.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "server/expression/test_values.hpp"

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
  ExpressionCache cache{2};
  const auto* kept = cache.update("SET a = :v")->get();
  const auto dropped = *cache.update("SET b = :v");
  EXPECT_EQ(cache.update("SET a = :v")->get(), kept);
  ASSERT_EQ(error_of(cache.update("SET c = :v")), "ok");
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(cache.update("SET a = :v")->get(), kept);
  EXPECT_NE(*cache.update("SET b = :v"), dropped);
}

TEST(ExpressionCache, DoesNotKeepErrors) {
  ExpressionCache cache;
  EXPECT_EQ(error_of(cache.projection("a,")),
            "Invalid ProjectionExpression: Syntax error; token: \"<EOF>\", near: \",\"");
  EXPECT_EQ(cache.size(), 0U);
}

TEST(ExpressionCache, ServesSeveralThreads) {
  ExpressionCache cache{8};
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
