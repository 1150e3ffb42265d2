#include "harness/lambda/invocation/metered_invoker.hpp"

#include <gtest/gtest.h>

namespace millrace::lambda {
namespace {

class HeldInvoker final : public Invoker {
 public:
  void invoke(Invocation /*invocation*/, InvocationDone done) override { held.push_back(std::move(done)); }
  void answer(Outcome outcome, Duration duration = {}) {
    InvocationResult result;
    result.outcome = outcome;
    result.duration = duration;
    const InvocationDone done = std::move(held.front());
    held.erase(held.begin());
    done(std::move(result));
  }

  std::vector<InvocationDone> held;
};

TEST(MeteredInvoker, CountsWhatComesOfInvocations) {
  FunctionMetrics metrics;
  const auto inner = std::make_shared<HeldInvoker>();
  MeteredInvoker invoker{inner, metrics.meter("arn:f")};
  int answered = 0;
  const auto count = [&answered](const InvocationResult&) { ++answered; };
  for (int n = 0; n < 5; ++n) invoker.invoke({}, count);
  EXPECT_EQ(metrics.counts().front().second.under_way, 5U);
  inner->answer(Outcome::kSuccess, std::chrono::milliseconds{20});
  inner->answer(Outcome::kFunctionError, std::chrono::milliseconds{5});
  inner->answer(Outcome::kThrottled);
  inner->answer(Outcome::kServiceError);
  const auto [function, counts] = metrics.counts().front();
  EXPECT_EQ(function, "arn:f");
  EXPECT_EQ(counts.invocations, 2U);
  EXPECT_EQ(counts.errors, 1U);
  EXPECT_EQ(counts.throttles, 1U);
  EXPECT_EQ(counts.under_way, 1U);
  EXPECT_EQ(counts.duration, std::chrono::milliseconds{25});
  EXPECT_EQ(answered, 4);
}

TEST(FunctionMetrics, CountOnWhenAFunctionIsMadeAnew) {
  FunctionMetrics metrics;
  EXPECT_EQ(metrics.meter("arn:b"), metrics.meter("arn:b"));
  metrics.meter("arn:a");
  ASSERT_EQ(metrics.counts().size(), 2U);
  EXPECT_EQ(metrics.counts().front().first, "arn:a");
}

}  // namespace
}  // namespace millrace::lambda
