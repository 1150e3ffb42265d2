// The functions whose processes somebody else starts, by name: what the shared listener of the Runtime API (default
// port 9001) serves. `/<FunctionName>/2018-06-01/…` names a function; the bare `/2018-06-01/…` stands for the one that
// was registered first, and an answer goes to the function that is running the invocation, whatever the path.
// A runtime may come before its function, and stay when it is removed: it waits for one of that name.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "harness/lambda/runtime_api.hpp"
#include "harness/lambda/runtime_endpoint.hpp"

namespace millrace::lambda {

/// A handle: copies share the directory. Any thread.
class ExternalFunctions {
 public:
  ExternalFunctions();

  /// Adds a function and wakes the connections that wait for one.
  void add(std::string name, std::shared_ptr<RuntimeEndpoint> endpoint);
  void remove(std::string_view name);
  /// Says where the shared listener is, as `host:port` for a client on this machine.
  void listening_at(std::string address);
  /// What AWS_LAMBDA_RUNTIME_API has to be for the function; empty while there is no shared listener.
  [[nodiscard]] std::string address_of(std::string_view name) const;
  /// Takes the listener of a function that is removed: it accepts nobody any more, and who is connected waits for a
  /// function of the same name.
  void release(std::unique_ptr<RuntimeApiListener> listener);
  /// Closes the connections of released listeners and forgets every function: functions and directory refer to each
  /// other, so neither would ever be destroyed.
  void close();
  /// For RuntimeApiListener::open(): the shared listener, and one of a function alone, whatever name the path carries.
  [[nodiscard]] std::shared_ptr<RuntimeDirectory> directory() const;
  [[nodiscard]] std::shared_ptr<RuntimeDirectory> directory_of(std::string name) const;

 private:
  class Directory;
  std::shared_ptr<Directory> directory_;
};

/// The directory of a listener that serves one function only, whatever name the path carries.
std::shared_ptr<RuntimeDirectory> single_function(std::weak_ptr<RuntimeEndpoint> endpoint);

}  // namespace millrace::lambda
