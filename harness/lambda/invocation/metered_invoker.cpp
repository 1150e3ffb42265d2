#include "harness/lambda/invocation/metered_invoker.hpp"

namespace millrace::lambda {

void FunctionMeter::begin() {
  const std::lock_guard lock{mutex_};
  ++counts_.under_way;
}

void FunctionMeter::end(const InvocationResult& result) {
  const std::lock_guard lock{mutex_};
  --counts_.under_way;
  switch (result.outcome) {
    case Outcome::kFunctionError: ++counts_.errors; [[fallthrough]];
    case Outcome::kSuccess:
      ++counts_.invocations;
      counts_.duration += result.duration;
      break;
    case Outcome::kThrottled: ++counts_.throttles; break;
    case Outcome::kServiceError:
    case Outcome::kNoRuntime: break;
  }
}

FunctionCounts FunctionMeter::counts() const {
  const std::lock_guard lock{mutex_};
  return counts_;
}

std::shared_ptr<FunctionMeter> FunctionMetrics::meter(const std::string& function_arn) {
  const std::lock_guard lock{mutex_};
  auto& meter = meters_[function_arn];
  if (!meter) meter = std::make_shared<FunctionMeter>();
  return meter;
}

std::vector<std::pair<std::string, FunctionCounts>> FunctionMetrics::counts() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::pair<std::string, FunctionCounts>> all;
  all.reserve(meters_.size());
  for (const auto& [function, meter] : meters_) all.emplace_back(function, meter->counts());
  return all;
}

void MeteredInvoker::invoke(Invocation invocation, InvocationDone done) {
  meter_->begin();
  inner_->invoke(std::move(invocation), [meter = meter_, done = std::move(done)](InvocationResult result) {
    meter->end(result);
    done(std::move(result));
  });
}

}  // namespace millrace::lambda
