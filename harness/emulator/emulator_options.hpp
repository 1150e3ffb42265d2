// What a Millrace is told when it is made. The defaults are those of `millrace serve`, whose flags fill this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/base/faults.hpp"
#include "server/model/access_key.hpp"
#include "server/signing/signed_request.hpp"
#include "server/streams/resharding/resharding.hpp"
#include "server/time/adjustable_time.hpp"

namespace millrace::emulator {

struct EmulatorOptions {
  std::string host{"localhost"};                  ///< an address or a name: all addresses of it
  std::uint16_t port{8000};                       ///< 0: any free port
  std::string runtime_api_host{};                 ///< empty: as `host`
  std::optional<std::uint16_t> runtime_api_port;  ///< 0: any free port; absent: default_runtime_api_port(port)
  std::optional<std::string> db_path;             ///< absent: everything goes with the emulator
  /// The directory that stands for all buckets, of exports and imports; absent: beside the database (`<file>.buckets`),
  /// or one that goes with the emulator.
  std::optional<std::string> buckets;
  /// A server that speaks S3 and has the buckets, in place of a directory.
  std::optional<signing::ServiceEndpoint> s3_endpoint;
  std::string region{"us-east-1"};         ///< of requests that name none, and of what these options make
  std::string account_id{"000000000000"};  ///< of keys that are no account, likewise
  bool shared_db{false};                   ///< one set of tables for all accounts and regions
  std::vector<std::string> functions;      ///< NAME=in-process:echo, NAME=./bootstrap, NAME=external[:PORT]
  int shards_per_stream{1};
  /// How long a shard is open before it gets a child, in emulated time; absent: until something else closes it.
  std::optional<Duration> shard_rollover{streams::kRolloverAge};
  std::size_t filters_per_mapping{5};          ///< AWS's quota, which it raises to 10 on request
  std::int64_t time_to_live_delay_seconds{0};  ///< for which an item that has expired stays
  /// A server that stands for Kinesis; absent: what destinations are to get stays in their logs.
  std::optional<signing::ServiceEndpoint> kinesis_endpoint;
  /// Servers that stand for SQS and SNS; absent: what mappings give up is only kept (GET /_millrace/dead-letters).
  std::optional<signing::ServiceEndpoint> sqs_endpoint;
  std::optional<signing::ServiceEndpoint> sns_endpoint;
  std::int64_t transient_status_seconds{
      0};                  ///< for which tables, mappings are CREATING, UPDATING, DELETING, in emulated time
  bool throttling{false};  ///< tables have the throughput that they say, in emulated time
  std::string cors;        ///< origins whose pages may use DynamoDB, as http::CorsOrigins::parse
  std::vector<std::string> allowed_hosts;  ///< names that Host may hold, besides addresses and localhost
  bool no_authorization{false};
  /// With which requests to DynamoDB must be signed; empty: any signature is accepted.
  std::vector<model::AccessKey> access_keys;
  int shutdown_grace_seconds{5};
  time::ClockStart clock{};                   ///< how emulated time begins
  std::optional<std::uint64_t> seed;          ///< of ids; absent: from the operating system
  std::optional<base::FaultSettings> faults;  ///< the plan that holds from run() on, until a request changes it
};

}  // namespace millrace::emulator
