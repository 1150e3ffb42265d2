#include "server/http_client/blocking_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

namespace millrace::http_client {
namespace {

boost::asio::awaitable<boost::system::result<Answer>> open_and_exchange(Connection& connection,
                                                                        const Request& request) {
  if (connection.is_open()) {
    auto answer = co_await connection.exchange(request);
    if (answer.has_value()) co_return answer;
  }
  const auto opened = co_await connection.open();
  if (opened.has_error()) co_return opened.error();
  co_return co_await connection.exchange(request);
}

}  // namespace

Answer BlockingClient::exchange(const Request& request) {
  boost::system::result<Answer> outcome{Answer{}};
  boost::asio::co_spawn(io_, open_and_exchange(connection_, request),
                        [&outcome](const std::exception_ptr& problem, boost::system::result<Answer> answer) {
                          if (problem) std::rethrow_exception(problem);
                          outcome = std::move(answer);
                        });
  io_.restart();
  io_.run();
  if (outcome.has_error()) throw boost::system::system_error{outcome.error()};
  return *std::move(outcome);
}

}  // namespace millrace::http_client
