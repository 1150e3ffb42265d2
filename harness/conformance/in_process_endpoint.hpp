// A conformance endpoint without a server: the operations of this process, fresh storage, virtual time.
#pragma once

#include <string>
#include <string_view>

#include "harness/conformance/endpoint.hpp"
#include "server/api/api_fixture.hpp"

namespace millrace::conformance {

/// One per case: it starts empty, so table names need no prefix and nothing has to be removed.
class InProcessEndpoint final : public Endpoint {
 public:
  void go_to(std::string_view region) override;
  Answer call(std::string_view target, const std::string& body) override;
  bool advance(std::string_view duration) override;
  void await_table(const std::string& name) override;
  void remove_table(const std::string& name) override;
  std::string next_table_prefix() override;

 private:
  api::ApiFixture fixture_;
};

}  // namespace millrace::conformance
