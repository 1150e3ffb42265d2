// What AWS's metrics of a function count, and an invoker that counts it (streams-and-esm, 4.11).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/lambda/invocation/invoker.hpp"

namespace millrace::lambda {

/// Since the process started. They outlive a function that is changed or removed.
struct FunctionCounts {
  std::uint64_t invocations{0};  ///< that the function has run, its errors among them
  std::uint64_t errors{0};
  std::uint64_t throttles{0};
  std::uint64_t under_way{0};  ///< at this moment, those that wait for a process among them
  Duration duration{};         ///< of all invocations together
};

class FunctionMeter {
 public:
  void begin();
  void end(const InvocationResult& result);
  [[nodiscard]] FunctionCounts counts() const;

 private:
  mutable std::mutex mutex_;
  FunctionCounts counts_;
};

/// The meters of all functions that there have been, by ARN. Threads: any.
class FunctionMetrics {
 public:
  /// The one of this function, which is made if it is not there.
  std::shared_ptr<FunctionMeter> meter(const std::string& function_arn);
  /// Ordered by ARN.
  [[nodiscard]] std::vector<std::pair<std::string, FunctionCounts>> counts() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<FunctionMeter>, std::less<>> meters_;
};

class MeteredInvoker final : public Invoker {
 public:
  MeteredInvoker(std::shared_ptr<Invoker> inner, std::shared_ptr<FunctionMeter> meter)
      : inner_{std::move(inner)}, meter_{std::move(meter)} {}

  void invoke(Invocation invocation, InvocationDone done) override;
  void withdraw(std::string_view request_id) override { inner_->withdraw(request_id); }
  [[nodiscard]] std::optional<std::string> waits_for() const override { return inner_->waits_for(); }

 private:
  const std::shared_ptr<Invoker> inner_;
  const std::shared_ptr<FunctionMeter> meter_;
};

}  // namespace millrace::lambda
