#include "harness/lambda/external_functions.hpp"

#include <algorithm>
#include <utility>

namespace millrace::lambda {

class ExternalFunctions::Directory final : public RuntimeDirectory {
 public:
  void add(std::string name, std::shared_ptr<RuntimeEndpoint> endpoint) {
    std::vector<std::shared_ptr<std::function<void()>>> listeners;
    {
      const std::scoped_lock lock{mutex_};
      std::erase_if(functions_, [&](const auto& entry) { return entry.first == name; });
      functions_.emplace_back(std::move(name), std::move(endpoint));
      for (const auto& listener : listeners_) {
        if (auto held = listener.lock()) listeners.push_back(std::move(held));
      }
    }
    for (const auto& listener : listeners) (*listener)();
  }

  void listening_at(std::string address) {
    const std::scoped_lock lock{mutex_};
    address_ = std::move(address);
  }

  std::string address_of(std::string_view name) const {
    const std::scoped_lock lock{mutex_};
    return address_.empty() ? std::string{} : address_ + "/" + std::string{name};
  }

  void remove(std::string_view name) {
    const std::scoped_lock lock{mutex_};
    std::erase_if(functions_, [&](const auto& entry) { return entry.first == name; });
  }

  std::shared_ptr<RuntimeEndpoint> find_endpoint(std::string_view name) override {
    const std::scoped_lock lock{mutex_};
    const auto found = name.empty() ? functions_.begin()
                                    : std::find_if(functions_.begin(), functions_.end(),
                                                   [&](const auto& entry) { return entry.first == name; });
    return found == functions_.end() ? nullptr : found->second;
  }

  std::shared_ptr<RuntimeEndpoint> find_running(std::string_view request_id) override {
    const std::scoped_lock lock{mutex_};
    const auto found =
        std::ranges::find_if(functions_, [&](const auto& entry) { return entry.second->runs(request_id); });
    return found == functions_.end() ? nullptr : found->second;
  }

  void notify_on_change(const std::shared_ptr<std::function<void()>>& changed) override {
    const std::scoped_lock lock{mutex_};
    std::erase_if(listeners_, [](const auto& listener) { return listener.expired(); });
    listeners_.push_back(changed);
  }

 private:
  mutable std::mutex mutex_;
  std::string address_;
  std::vector<std::pair<std::string, std::shared_ptr<RuntimeEndpoint>>> functions_;  // in order of registration
  std::vector<std::weak_ptr<std::function<void()>>> listeners_;
};

ExternalFunctions::ExternalFunctions() : directory_{std::make_shared<Directory>()} {}

void ExternalFunctions::add(std::string name, std::shared_ptr<RuntimeEndpoint> endpoint) {
  directory_->add(std::move(name), std::move(endpoint));
}

void ExternalFunctions::remove(std::string_view name) { directory_->remove(name); }

void ExternalFunctions::listening_at(std::string address) { directory_->listening_at(std::move(address)); }

std::string ExternalFunctions::address_of(std::string_view name) const { return directory_->address_of(name); }

std::shared_ptr<RuntimeDirectory> ExternalFunctions::directory() const { return directory_; }

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
