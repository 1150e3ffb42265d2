// Sockets that listen on a host by whatever name the user gave it.
//
// `localhost` is two addresses: some clients (Node 17 to 19, for one) try ::1 first and others only 127.0.0.1, so a
// server that means to be found there listens on both.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace millrace::http {

/// Sockets that listen on every address of `host`, all at one port, in the order of the addresses; never empty.
/// `host` is an IPv4 or IPv6 address (also in brackets), `localhost`, or a name that this machine resolves; `port` 0
/// stands for any that is free on all of them. An address family that the machine does not have is left out as long
/// as another address remains. Errors are the system's: address_in_use, access_denied, host_not_found and so on.
/// Resolving a name waits for the name server: not for an I/O thread that serves.
[[nodiscard]] boost::system::result<std::vector<boost::asio::ip::tcp::acceptor>> listen_on(
    const boost::asio::any_io_executor& executor, const std::string& host, std::uint16_t port);

}  // namespace millrace::http
