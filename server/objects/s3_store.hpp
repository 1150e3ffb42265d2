// A server that speaks S3 keeps the objects: MinIO, s3rver, LocalStack. Path style (`/bucket/key`), Signature Version
// 4, plain HTTP. Buckets are whoever runs it to make.
#pragma once

#include <boost/asio/io_context.hpp>
#include <string>

#include "server/http_client/connection.hpp"
#include "server/objects/object_store.hpp"
#include "server/signing/signed_request.hpp"
#include "server/time/real_time.hpp"

namespace millrace::objects {

class S3Store final : public ObjectStore {
 public:
  /// `io` and `time` outlive the store; requests are signed with the machine's time. Each call opens a connection of
  /// its own and waits a minute at most; a server that cannot be reached, or answers 5xx, is kUnavailable.
  S3Store(boost::asio::io_context& io, const RealTime& time, signing::ServiceEndpoint endpoint)
      : io_{io}, time_{time}, endpoint_{std::move(endpoint)} {}

  boost::asio::awaitable<ObjectResult<void>> put(std::string bucket, std::string key, std::string bytes) override;
  boost::asio::awaitable<ObjectResult<std::string>> get(std::string bucket, std::string key, std::uint64_t offset,
                                                        std::size_t at_most) override;
  boost::asio::awaitable<ObjectResult<ObjectPage>> list(std::string bucket, std::string prefix,
                                                        std::string after) override;

 private:
  boost::asio::awaitable<ObjectResult<http_client::Answer>> exchange(signing::RequestToSign request,
                                                                     std::uint64_t most_bytes) const;

  boost::asio::io_context& io_;
  const RealTime& time_;
  const signing::ServiceEndpoint endpoint_;
};

}  // namespace millrace::objects
