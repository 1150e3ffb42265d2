#include "harness/lambda/event_invocations.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "harness/lambda/lambda_fixture.hpp"

namespace millrace::lambda {
namespace {

/// Runs nothing before it is told to.
class Patient final : public Invoker, public InvokerDirectory {
 public:
  void invoke(Invocation /*invocation*/, InvocationDone done) override { waiting.push_back(std::move(done)); }
  std::shared_ptr<Invoker> find(const FunctionReference& /*function*/) override {
    return {std::shared_ptr<void>{}, this};
  }

  std::vector<InvocationDone> waiting;
};

TEST(EventInvocations, AreBoundedByNumberAndByBytes) {
  VirtualWorld world;
  Patient function;
  const auto events = std::make_shared<EventInvocations>(function, world.functions().services(), 3, 100);
  const auto submit = [&](std::size_t bytes) {
    return events->submit({.name = "f"}, {.request_id = "r",
                                          .function_arn = {},
                                          .payload = std::make_shared<const std::string>(std::string(bytes, 'x'))});
  };
  EXPECT_TRUE(submit(60));
  EXPECT_FALSE(submit(50));
  EXPECT_TRUE(submit(40));
  EXPECT_TRUE(submit(0));
  EXPECT_FALSE(submit(0)) << "three are many";
  EXPECT_EQ(events->pending(), 3U);
  function.waiting.front()(InvocationResult{.outcome = Outcome::kSuccess, .payload = {}});
  EXPECT_TRUE(submit(60));
  EXPECT_FALSE(submit(1));
}

}  // namespace
}  // namespace millrace::lambda
