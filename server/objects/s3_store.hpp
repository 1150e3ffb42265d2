// A server that speaks S3 keeps the objects: MinIO, s3rver, LocalStack. Path style (`/bucket/key`), Signature Version
// 4, plain HTTP. Buckets are whoever runs it to make.
#pragma once

#include <boost/asio/io_context.hpp>
#include <string>
#include <string_view>

#include "server/http_client/connection.hpp"
#include "server/model/access_key.hpp"
#include "server/objects/object_store.hpp"
#include "server/signing/signature_v4.hpp"
#include "server/time/real_time.hpp"

namespace millrace::objects {

struct S3Endpoint {
  std::string host;
  std::string port;
  std::string region{"us-east-1"};
  model::AccessKey key;

  /// Reads `http://host[:port]`. Throws std::invalid_argument with a sentence for the user.
  static S3Endpoint parse(std::string_view url);
};

class S3Store final : public ObjectStore {
 public:
  /// `io` and `time` outlive the store; requests are signed with the machine's time. Each call opens a connection of
  /// its own and waits a minute at most; a server that cannot be reached, or answers 5xx, is kUnavailable.
  S3Store(boost::asio::io_context& io, const RealTime& time, S3Endpoint endpoint)
      : io_{io}, time_{time}, endpoint_{std::move(endpoint)} {}

  boost::asio::awaitable<ObjectResult<void>> put(std::string bucket, std::string key, std::string bytes) override;
  boost::asio::awaitable<ObjectResult<std::string>> get(std::string bucket, std::string key, std::uint64_t offset,
                                                        std::size_t at_most) override;
  boost::asio::awaitable<ObjectResult<ObjectPage>> list(std::string bucket, std::string prefix,
                                                        std::string after) override;

 private:
  [[nodiscard]] http_client::Request signed_request(std::string method, std::string_view path,
                                                    const signing::NamesAndValues& query,
                                                    const signing::NamesAndValues& fields, std::string body) const;
  boost::asio::awaitable<ObjectResult<http_client::Answer>> exchange(http_client::Request request,
                                                                     std::uint64_t most_bytes) const;

  boost::asio::io_context& io_;
  const RealTime& time_;
  const S3Endpoint endpoint_;
};

}  // namespace millrace::objects
