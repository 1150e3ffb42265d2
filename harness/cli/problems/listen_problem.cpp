#include "harness/cli/problems/listen_problem.hpp"

#include <fmt/format.h>

#include <boost/asio/error.hpp>

namespace millrace::cli {
namespace {

namespace asio = boost::asio;

constexpr std::uint16_t kFirstUnprivilegedPort = 1024;

std::string reason_and_cure(const ListenRequest& request, const boost::system::error_code& error) {
  if (error == asio::error::address_in_use) {
    return fmt::format("another program listens there already. Choose another port with {} (0: any free one)",
                       request.port_flag);
  }
  if (error == asio::error::access_denied && request.port < kFirstUnprivilegedPort) {
    return fmt::format("ports below {} are root's. Choose another with {}", kFirstUnprivilegedPort, request.port_flag);
  }
  if (error == boost::system::errc::address_not_available) {
    return fmt::format(
        "this machine does not have that address. {} takes one of its own: localhost, or 0.0.0.0 for all",
        request.host_flag);
  }
  const bool is_resolver =
      error.category() == asio::error::get_netdb_category() || error.category() == asio::error::get_addrinfo_category();
  if (is_resolver) {
    return fmt::format(
        "no address is known for that name ({}). {} takes an address or a name: localhost, or 0.0.0.0 for all",
        error.message(), request.host_flag);
  }
  return fmt::format("{}. See {} and {}", error.message(), request.host_flag, request.port_flag);
}

}  // namespace

std::string listen_problem(const ListenRequest& request, const boost::system::error_code& error) {
  return fmt::format("cannot listen on {}:{} for {}: {}.", request.host, request.port, request.what,
                     reason_and_cure(request, error));
}

}  // namespace millrace::cli
