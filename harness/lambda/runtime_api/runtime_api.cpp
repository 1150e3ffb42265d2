#include "harness/lambda/runtime_api/runtime_api.hpp"

#include <utility>

#include "harness/lambda/runtime_api/runtime_api_conversation.hpp"

namespace millrace::lambda {

boost::system::result<std::unique_ptr<RuntimeApiListener>> RuntimeApiListener::open(
    RuntimeApiParts parts, const std::string& host, std::uint16_t port, std::shared_ptr<RuntimeDirectory> directory) {
  const RuntimeApiOptions& options = parts.options;
  http::ServerOptions server_options{.host = host,
                                     .port = port,
                                     .guard = options.guard,
                                     .max_connections = options.max_connections,
                                     .budget = options.budget,
                                     .idle_timeout = options.idle_timeout,
                                     .read_timeout = options.read_timeout,
                                     .write_timeout = options.write_timeout};
  boost::asio::io_context& io = parts.io;
  RealTime& time = parts.time;
  auto server = std::make_unique<http::Server>(
      http::ServerParts{
          .io = io,
          .time = time,
          .conversations = runtime_api_conversations(std::move(parts), std::move(directory)),
      },
      std::move(server_options));
  if (const auto error = server->listen()) return error;
  return std::unique_ptr<RuntimeApiListener>{new RuntimeApiListener{std::move(server)}};
}

RuntimeApiListener::RuntimeApiListener(std::unique_ptr<http::Server> server) : server_{std::move(server)} {}
RuntimeApiListener::~RuntimeApiListener() = default;
void RuntimeApiListener::release() { server_->stop_accepting(); }
std::uint16_t RuntimeApiListener::port() const { return server_->bound_port(); }
std::size_t RuntimeApiListener::connection_count() const { return server_->connection_count(); }

}  // namespace millrace::lambda
