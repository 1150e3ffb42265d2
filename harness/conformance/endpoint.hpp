// Where a conformance case is sent: the operations linked into this process, or something that speaks HTTP.
#pragma once

#include <string>
#include <string_view>

namespace millrace::conformance {

struct Answer {
  int status{0};
  std::string body;
};

class Endpoint {
 public:
  Endpoint() = default;
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;
  virtual ~Endpoint() = default;

  /// Which region the next requests are for; empty: the one at home.
  virtual void go_to(std::string_view region) = 0;

  /// Sends one request. `target` is the whole X-Amz-Target, `body` goes out byte for byte, valid JSON or not.
  /// Throws std::runtime_error when no answer came at all.
  virtual Answer call(std::string_view target, const std::string& body) = 0;

  /// Moves the endpoint's clock by a duration such as `16m` or `25h`. False when it cannot: the case is skipped then.
  virtual bool advance(std::string_view duration) = 0;

  /// Called after a request that changed the table `name`; returns once the table can be used.
  virtual void await_table(const std::string& name) = 0;

  /// Called after a case with each table name it used, existing or not.
  virtual void remove_table(const std::string& name) = 0;

  /// What table names start with here, so that cases on a shared endpoint cannot meet. May differ from call to call.
  virtual std::string next_table_prefix() = 0;
};

}  // namespace millrace::conformance
