#include "server/http/acceptors.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <utility>

namespace millrace::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using Acceptors = std::vector<tcp::acceptor>;

// A port that is free on the first address may be taken on the second; a few others are tried then.
constexpr int kAttemptsAtAnyPort = 16;

boost::system::result<std::vector<asio::ip::address>> resolve(const asio::any_io_executor& executor, std::string host) {
  // Not by the resolver: a machine's hosts file often knows only one of the two.
  if (host == "localhost") {
    return std::vector<asio::ip::address>{asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()};
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  error_code error;
  if (const auto address = asio::ip::make_address(host, error); !error) return std::vector{address};
  tcp::resolver resolver{executor};
  const auto found = resolver.resolve(host, "", error);
  if (error) return error;
  std::vector<asio::ip::address> addresses;
  for (const auto& entry : found) {
    const auto address = entry.endpoint().address();
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) addresses.push_back(address);
  }
  if (addresses.empty()) return error_code{asio::error::host_not_found};
  return addresses;
}

boost::system::result<tcp::acceptor> listen_at(const asio::any_io_executor& executor, const tcp::endpoint& endpoint) {
  tcp::acceptor acceptor{executor};
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return error;
  return acceptor;
}

bool is_missing_family(const error_code& error) {
  return error == asio::error::address_family_not_supported || error == boost::system::errc::address_not_available;
}

boost::system::result<Acceptors> listen_at_all(const asio::any_io_executor& executor,
                                               const std::vector<asio::ip::address>& addresses, std::uint16_t port) {
  Acceptors acceptors;
  error_code missing;
  for (const auto& address : addresses) {
    auto acceptor = listen_at(executor, {address, port});
    if (acceptor.has_value()) {
      error_code error;
      port = acceptor->local_endpoint(error).port();
      if (error) return error;
      acceptors.push_back(*std::move(acceptor));
    } else if (is_missing_family(acceptor.error())) {
      missing = acceptor.error();
    } else {
      return acceptor.error();
    }
  }
  if (acceptors.empty()) return missing;
  return acceptors;
}

}  // namespace

boost::system::result<Acceptors> listen_on(const asio::any_io_executor& executor, const std::string& host,
                                           std::uint16_t port) {
  const auto addresses = resolve(executor, host);
  if (addresses.has_error()) return addresses.error();
  for (int attempt = 1;; ++attempt) {
    auto acceptors = listen_at_all(executor, *addresses, port);
    const bool try_another = port == 0 && addresses->size() > 1 && attempt < kAttemptsAtAnyPort &&
                             acceptors.has_error() && acceptors.error() == asio::error::address_in_use;
    if (!try_another) return acceptors;
  }
}

}  // namespace millrace::http
