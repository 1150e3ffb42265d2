#include "harness/lambda/invocation/faulty_invoker.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "harness/lambda/invocation/failure_documents.hpp"

namespace millrace::lambda {

void FaultyInvoker::invoke(Invocation invocation, InvocationDone done) {
  const auto answer = [this](InvocationDone to, InvocationResult result) {
    boost::asio::post(io_, [to = std::move(to), result = std::move(result)]() mutable { to(std::move(result)); });
  };
  if (faults_.fires(FaultPoint::kLambdaInvokeThrottle)) {
    return answer(std::move(done), {.outcome = Outcome::kThrottled, .payload = {}});
  }
  if (faults_.fires(FaultPoint::kLambdaInvokeError)) {
    return answer(std::move(done), {.outcome = Outcome::kFunctionError,
                                    .payload = R"({"errorType":"InjectedFault","errorMessage":"lambda.invoke.error"})",
                                    .function_error = "Unhandled"});
  }
  if (faults_.fires(FaultPoint::kLambdaInvokeTimeoutAfter)) {
    std::string request_id = invocation.request_id;
    return inner_->invoke(std::move(invocation), [done = std::move(done), request_id = std::move(request_id),
                                                  timeout = timeout_seconds_](InvocationResult result) {
      if (result.outcome == Outcome::kSuccess || result.outcome == Outcome::kFunctionError) {
        result.outcome = Outcome::kFunctionError;
        result.function_error = "Unhandled";
        result.payload = timed_out(request_id, timeout).payload;
      }
      done(std::move(result));
    });
  }
  inner_->invoke(std::move(invocation), std::move(done));
}

}  // namespace millrace::lambda
