// The functions whose processes somebody else starts, by name: what the shared listener of the Runtime API (default
// port 9001) serves. `/<FunctionName>/2018-06-01/…` names a function of the default account and region,
// `/<region>/<account>/<FunctionName>/2018-06-01/…` one of any other; the bare `/2018-06-01/…` stands for the one that
// was registered first, and an answer goes to the function that is running the invocation, whatever the path.
// A runtime may come before its function, and stay when it is removed: it waits for one of that name.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/runtime_api/runtime_api.hpp"
#include "harness/lambda/runtime_api/runtime_endpoint.hpp"

namespace millrace::lambda {

/// What stands for a function in the paths of the Runtime API: `orders`, or `eu-west-1/123456789012/orders` when it is
/// not of `home`.
std::string runtime_name_of(const FunctionDefinition& function, const model::Account& home);

/// A handle: copies share the directory.
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

}  // namespace millrace::lambda
