#include "harness/lambda/runtimes/external_functions.hpp"

#include <algorithm>
#include <utility>

namespace millrace::lambda {

std::string runtime_name_of(const FunctionDefinition& function, const model::Account& home) {
  if (function.account == home) return function.name;
  return std::string{function.account.region}.append("/").append(function.account.id).append("/").append(function.name);
}

class ExternalFunctions::Directory final : public RuntimeDirectory {
 public:
  void add(std::string name, std::shared_ptr<RuntimeEndpoint> endpoint) {
    std::erase_if(functions_, [&](const auto& entry) { return entry.first == name; });
    functions_.emplace_back(std::move(name), std::move(endpoint));
    for (const auto& listener : listeners_) {
      if (const auto held = listener.lock()) (*held)();
    }
  }

  void listening_at(std::string address) { address_ = std::move(address); }

  std::string address_of(std::string_view name) const {
    return address_.empty() ? std::string{} : address_ + "/" + std::string{name};
  }

  void remove(std::string_view name) {
    std::erase_if(removed_, [](const auto& endpoint) { return endpoint.expired(); });
    std::erase_if(functions_, [&](const auto& entry) {
      if (entry.first != name) return false;
      removed_.push_back(entry.second);
      return true;
    });
  }

  std::shared_ptr<RuntimeEndpoint> find_endpoint(std::string_view name) override {
    const auto found = name.empty() ? functions_.begin()
                                    : std::find_if(functions_.begin(), functions_.end(),
                                                   [&](const auto& entry) { return entry.first == name; });
    return found == functions_.end() ? nullptr : found->second;
  }

  std::shared_ptr<RuntimeEndpoint> find_running(std::string_view request_id) override {
    const auto found =
        std::ranges::find_if(functions_, [&](const auto& entry) { return entry.second->runs(request_id); });
    if (found != functions_.end()) return found->second;
    for (const auto& removed : removed_) {
      if (auto endpoint = removed.lock(); endpoint && endpoint->runs(request_id)) return endpoint;
    }
    return nullptr;
  }

  void release(std::unique_ptr<RuntimeApiListener> listener) {
    listener->release();
    std::erase_if(released_, [](const auto& released) { return released->connection_count() == 0; });
    released_.push_back(std::move(listener));
  }

  void close() {
    // Destroyed last: the last reference to a function may be here, and functions refer to the directory.
    const auto functions = std::exchange(functions_, {});
    const auto released = std::exchange(released_, {});
  }

  void notify_on_change(const std::shared_ptr<std::function<void()>>& changed) override {
    std::erase_if(listeners_, [](const auto& listener) { return listener.expired(); });
    listeners_.push_back(changed);
  }

 private:
  std::string address_;
  std::vector<std::pair<std::string, std::shared_ptr<RuntimeEndpoint>>> functions_;  // in order of registration
  std::vector<std::unique_ptr<RuntimeApiListener>> released_;
  std::vector<std::weak_ptr<RuntimeEndpoint>> removed_;  // what they run may still be answered
  std::vector<std::weak_ptr<std::function<void()>>> listeners_;
};

ExternalFunctions::ExternalFunctions() : directory_{std::make_shared<Directory>()} {}

void ExternalFunctions::add(std::string name, std::shared_ptr<RuntimeEndpoint> endpoint) {
  directory_->add(std::move(name), std::move(endpoint));
}

void ExternalFunctions::remove(std::string_view name) { directory_->remove(name); }

void ExternalFunctions::listening_at(std::string address) { directory_->listening_at(std::move(address)); }

std::string ExternalFunctions::address_of(std::string_view name) const { return directory_->address_of(name); }

void ExternalFunctions::release(std::unique_ptr<RuntimeApiListener> listener) {
  directory_->release(std::move(listener));
}

void ExternalFunctions::close() { directory_->close(); }

std::shared_ptr<RuntimeDirectory> ExternalFunctions::directory() const { return directory_; }

namespace {

/// One function of the directory, under whichever path.
class NamedFunction final : public RuntimeDirectory {
 public:
  NamedFunction(std::shared_ptr<RuntimeDirectory> all, std::string name)
      : all_{std::move(all)}, name_{std::move(name)} {}

  std::shared_ptr<RuntimeEndpoint> find_endpoint(std::string_view) override { return all_->find_endpoint(name_); }
  std::shared_ptr<RuntimeEndpoint> find_running(std::string_view request_id) override {
    return all_->find_running(request_id);
  }
  void notify_on_change(const std::shared_ptr<std::function<void()>>& changed) override {
    all_->notify_on_change(changed);
  }

 private:
  std::shared_ptr<RuntimeDirectory> all_;
  std::string name_;
};

}  // namespace

std::shared_ptr<RuntimeDirectory> ExternalFunctions::directory_of(std::string name) const {
  return std::make_shared<NamedFunction>(directory_, std::move(name));
}

}  // namespace millrace::lambda
