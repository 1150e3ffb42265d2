#include "harness/lambda/runtime_api/runtime_broker.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include "harness/lambda/invocation/failure_documents.hpp"

namespace millrace::lambda {
namespace {

using Phase = RuntimeBroker::Phase;

class RuntimeBrokerTest : public testing::Test {
 protected:
  bool submit(std::string id) {
    return broker_.submit({.request_id = id, .function_arn = {}, .payload = {}},
                          [this, id](Ending ending) { ended_.push_back(id + ": " + ending.payload); });
  }
  std::optional<ApiReply> next(RuntimeId runtime, WaiterId waiter = nullptr) {
    return broker_.next(runtime, waiter, [this, runtime](const Invocation* invocation) {
      started_.push_back((invocation == nullptr ? "nothing" : invocation->request_id) + " on " +
                         std::to_string(runtime));
    });
  }
  ApiReply respond(RuntimeId runtime, std::string_view id, std::string body = "ok") {
    return broker_.respond(runtime, id, {.body = std::move(body)});
  }
  static Ending ending(std::string_view id) { return {Outcome::kFunctionError, "gone " + std::string{id}}; }

  RuntimeBroker broker_{2};
  std::vector<std::string> started_;
  std::vector<std::string> ended_;
};

using Texts = std::vector<std::string>;

TEST_F(RuntimeBrokerTest, GivesWaitingWorkToTheNextRuntimeInOrder) {
  EXPECT_TRUE(submit("a"));
  EXPECT_TRUE(submit("b"));
  const RuntimeId runtime = broker_.attach();
  EXPECT_EQ(next(runtime), std::nullopt);
  EXPECT_EQ(respond(runtime, "a", "A"), ApiReply{});
  EXPECT_EQ(next(runtime), std::nullopt);
  EXPECT_EQ(respond(runtime, "b", "B"), ApiReply{});
  EXPECT_EQ(started_, (Texts{"a on 1", "b on 1"}));
  EXPECT_EQ(ended_, (Texts{"a: A", "b: B"}));
}

TEST_F(RuntimeBrokerTest, GivesWorkToTheRuntimeThatAskedLast) {
  const RuntimeId first = broker_.attach();
  const RuntimeId second = broker_.attach();
  next(first);
  next(second);
  submit("a");
  submit("b");
  EXPECT_EQ(started_, (Texts{"a on 2", "b on 1"}));
}

TEST_F(RuntimeBrokerTest, RefusesWorkBeyondTheQueue) {
  EXPECT_TRUE(submit("a"));
  EXPECT_TRUE(submit("b"));
  EXPECT_FALSE(submit("c"));
  next(broker_.attach());
  EXPECT_TRUE(submit("c"));
  EXPECT_TRUE(ended_.empty());
}

TEST_F(RuntimeBrokerTest, RefusesNextWhileAnInvocationIsUnanswered) {
  const RuntimeId runtime = broker_.attach();
  submit("a");
  next(runtime);
  EXPECT_EQ(next(runtime), (ApiReply{403, R"({"errorMessage":"State transition from Running to Ready failed for )"
                                          R"(runtime. Error: State transition is not allowed",)"
                                          R"("errorType":"InvalidStateTransition"})"}));
  EXPECT_EQ(respond(runtime, "a").status, 202);
}

TEST_F(RuntimeBrokerTest, RefusesASecondResponse) {
  const RuntimeId runtime = broker_.attach();
  submit("a");
  next(runtime);
  respond(runtime, "a");
  EXPECT_EQ(respond(runtime, "a"),
            (ApiReply{403, R"({"errorMessage":"State transition from RuntimeResponseSentState to InvocationResponse )"
                           R"(failed for runtime. Error: State transition is not allowed",)"
                           R"("errorType":"InvalidStateTransition"})"}));
  next(runtime);
  EXPECT_EQ(respond(runtime, "a"),
            (ApiReply{400, R"({"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"})"}));
  EXPECT_EQ(ended_.size(), 1U);
}

TEST_F(RuntimeBrokerTest, RefusesUnknownRequestIds) {
  const RuntimeId runtime = broker_.attach();
  EXPECT_EQ(respond(runtime, "x").status, 400);
  EXPECT_EQ(respond(runtime, "").status, 400);
  EXPECT_EQ(respond(77, "x").status, 400);
}

TEST_F(RuntimeBrokerTest, RefusesOversizeResponses) {
  const RuntimeId runtime = broker_.attach();
  submit("a");
  next(runtime);
  EXPECT_EQ(respond(runtime, "a", std::string(kLargestResponse + 1, 'x')),
            (ApiReply{413, R"({"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).",)"
                           R"("errorType":"RequestEntityTooLarge"})"}));
  EXPECT_EQ(ended_, (Texts{R"(a: {"errorMessage":"Response payload size exceeded maximum allowed payload size )"
                           R"((6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"})"}));
  EXPECT_EQ(next(runtime), std::nullopt);
  submit("b");
  EXPECT_EQ(respond(runtime, "b", std::string(kLargestResponse, 'x')).status, 202);
}

TEST_F(RuntimeBrokerTest, InitErrorAnswersTheWaitingInvocation) {
  const RuntimeId runtime = broker_.attach();
  submit("a");
  submit("b");
  EXPECT_EQ(broker_.init_error(runtime, {.body = "no", .is_error = true}).status, 202);
  EXPECT_EQ(ended_, (Texts{"a: no"}));
  EXPECT_EQ(broker_.phase(runtime), Phase::kInitError);
  EXPECT_EQ(next(runtime)->status, 403);
}

TEST_F(RuntimeBrokerTest, InitErrorComesTooLateOnceReady) {
  const RuntimeId runtime = broker_.attach();
  next(runtime);
  const ApiReply reply = broker_.init_error(runtime, {.body = "no", .is_error = true});
  EXPECT_EQ(reply.status, 403);
  EXPECT_NE(reply.body.find("State transition from Ready to InitError failed"), std::string::npos);
}

TEST_F(RuntimeBrokerTest, DetachingEndsWhatWasRunningAndNothingElse) {
  const RuntimeId runtime = broker_.attach();
  submit("a");
  submit("b");
  next(runtime);
  broker_.detach(runtime, ending);
  EXPECT_EQ(ended_, (Texts{"a: gone a"}));
  EXPECT_EQ(broker_.waiting(), 1U);
  EXPECT_EQ(broker_.runtimes(), 0U);
}

TEST_F(RuntimeBrokerTest, WorkThatWasNeverSeenGoesToTheHeadOfTheQueue) {
  const int client = 0;
  const RuntimeId runtime = broker_.attach();
  submit("a");
  submit("b");
  next(runtime, &client);
  broker_.undelivered(runtime, &client);
  EXPECT_EQ(broker_.waiting(), 2U);
  next(broker_.attach());
  EXPECT_EQ(started_, (Texts{"a on 1", "a on 2"}));
}

TEST_F(RuntimeBrokerTest, AClientThatStoppedWaitingGetsNothing) {
  const int client = 0;
  const RuntimeId runtime = broker_.attach();
  next(runtime, &client);
  broker_.undelivered(runtime, &client);
  submit("a");
  EXPECT_TRUE(started_.empty());
}

TEST_F(RuntimeBrokerTest, AStaleConnectionDoesNotTakeWorkFromItsSuccessor) {
  const int stale = 0;
  const int current = 0;
  const RuntimeId runtime = broker_.attach();
  next(runtime, &stale);
  next(runtime, &current);
  submit("a");
  broker_.undelivered(runtime, &stale);
  EXPECT_EQ(broker_.waiting(), 0U);
  EXPECT_EQ(respond(runtime, "a").status, 202);
}

TEST_F(RuntimeBrokerTest, ARetiredRuntimeGetsNothing) {
  const RuntimeId runtime = broker_.attach();
  next(runtime);
  broker_.retire(runtime);
  submit("a");
  EXPECT_TRUE(started_.empty());
  EXPECT_EQ(broker_.waiting(), 1U);
}

TEST_F(RuntimeBrokerTest, EndingARunningInvocationFreesItsRuntime) {
  const RuntimeId runtime = broker_.attach();
  submit("a");
  next(runtime);
  EXPECT_EQ(broker_.end("a", ending("a")), runtime);
  EXPECT_EQ(respond(runtime, "a").status, 400);
  EXPECT_EQ(next(runtime), std::nullopt);
  EXPECT_EQ(broker_.end("nobody", ending("x")), std::nullopt);
  EXPECT_EQ(ended_, (Texts{"a: gone a"}));
}

TEST_F(RuntimeBrokerTest, EndsEverything) {
  submit("a");
  submit("b");
  next(broker_.attach());
  broker_.end_all(ending);
  EXPECT_EQ(ended_, (Texts{"a: gone a", "b: gone b"}));
}

TEST(FailureDocuments, HaveTheTextsOfThePlatform) {
  EXPECT_EQ(process_exited("r", {.by_signal = false, .value = 0}).payload,
            R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: r Error: Runtime exited without providing )"
            R"(a reason"})");
  EXPECT_EQ(process_exited("r", {.by_signal = false, .value = 127}).payload,
            R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: r Error: Runtime exited with error: exit )"
            R"(status 127"})");
  EXPECT_EQ(process_exited("r", {.by_signal = true, .value = SIGKILL}).payload,
            R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: r Error: Runtime exited with error: )"
            R"(signal: killed"})");
  EXPECT_EQ(timed_out("r", 1).payload,
            R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: r Error: Task timed out after 1.00 )"
            R"(seconds"})");
  EXPECT_EQ(not_run("x").outcome, Outcome::kServiceError);
}

}  // namespace
}  // namespace millrace::lambda
