// A conformance endpoint that is reached over HTTP: Millrace itself, DynamoDB Local, dynalite, AWS behind a signing
// proxy. Requests carry a SigV4-shaped header without a valid signature, which local services accept.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "harness/conformance/endpoint.hpp"
#include "server/http_client/blocking_client.hpp"

namespace millrace::conformance {

class HttpEndpoint final : public Endpoint {
 public:
  /// `url` is `http://host[:port]`. `run_name` sets table names of this run apart from those of others.
  /// Throws std::invalid_argument for any other form of URL.
  HttpEndpoint(std::string_view url, std::string run_name);

  void go_to(std::string_view region) override;
  Answer call(std::string_view target, const std::string& body) override;
  /// Tries `POST /_millrace/clock`; services without it say false.
  bool advance(std::string_view duration) override;
  /// Asks DescribeTable until the table is ACTIVE, for at most a minute.
  void await_table(const std::string& name) override;
  /// In every region that was gone to, in that at home last: replicas go before the table that they were made from.
  void remove_table(const std::string& name) override;
  std::string next_table_prefix() override;

 private:
  Answer post(std::string target, http_client::Fields fields, const std::string& body);

  http_client::BlockingClient client_;
  std::string run_name_;
  std::string region_;
  std::set<std::string> other_regions_;
  int cases_{0};
};

}  // namespace millrace::conformance
