#include "harness/lambda/runtime_api/runtime_endpoint.hpp"

#include <utility>

namespace millrace::lambda {
namespace {

class SingleFunction final : public RuntimeDirectory {
 public:
  explicit SingleFunction(std::weak_ptr<RuntimeEndpoint> endpoint) : endpoint_{std::move(endpoint)} {}

  std::shared_ptr<RuntimeEndpoint> find_endpoint(std::string_view) override { return endpoint_.lock(); }
  std::shared_ptr<RuntimeEndpoint> find_running(std::string_view) override { return endpoint_.lock(); }
  void notify_on_change(const std::shared_ptr<std::function<void()>>&) override {}

 private:
  std::weak_ptr<RuntimeEndpoint> endpoint_;
};

}  // namespace

std::shared_ptr<RuntimeDirectory> single_function(std::weak_ptr<RuntimeEndpoint> endpoint) {
  return std::make_shared<SingleFunction>(std::move(endpoint));
}

}  // namespace millrace::lambda
