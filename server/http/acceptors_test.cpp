#include "server/http/acceptors.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

namespace millrace::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

bool has_ipv6() {
  asio::io_context io;
  boost::system::error_code error;
  tcp::acceptor acceptor{io};
  acceptor.open(tcp::v6(), error);
  if (!error) acceptor.bind({asio::ip::address_v6::loopback(), 0}, error);
  return !error;
}

TEST(Acceptors, LocalhostIsBothLoopbackAddressesAtOnePort) {
  asio::io_context io;
  const auto acceptors = listen_on(io.get_executor(), "localhost", 0);
  ASSERT_TRUE(acceptors.has_value()) << acceptors.error().message();
  ASSERT_EQ(acceptors->size(), has_ipv6() ? 2U : 1U);
  EXPECT_EQ(acceptors->front().local_endpoint().address(), asio::ip::address_v4::loopback());
  EXPECT_NE(acceptors->front().local_endpoint().port(), 0);
  EXPECT_EQ(acceptors->back().local_endpoint().port(), acceptors->front().local_endpoint().port());
}

TEST(Acceptors, TakeAddressesAsTheyAreWritten) {
  asio::io_context io;
  EXPECT_TRUE(listen_on(io.get_executor(), "127.0.0.1", 0).has_value());
  EXPECT_TRUE(listen_on(io.get_executor(), "0.0.0.0", 0).has_value());
  if (has_ipv6()) {
    EXPECT_TRUE(listen_on(io.get_executor(), "::1", 0).has_value());
    EXPECT_TRUE(listen_on(io.get_executor(), "[::1]", 0).has_value());
  }
}

TEST(Acceptors, APortThatIsTakenOnOneAddressOfTheNameIsTaken) {
  asio::io_context io;
  const auto first = listen_on(io.get_executor(), "127.0.0.1", 0);
  ASSERT_TRUE(first.has_value());
  const auto second = listen_on(io.get_executor(), "localhost", first->front().local_endpoint().port());
  ASSERT_TRUE(second.has_error());
  EXPECT_EQ(second.error(), asio::error::address_in_use);
}

TEST(Acceptors, AnAddressOfAnotherMachineAndAnImpossibleNameAreErrors) {
  asio::io_context io;
  const auto elsewhere = listen_on(io.get_executor(), "192.0.2.1", 0);  // reserved for documentation
  ASSERT_TRUE(elsewhere.has_error());
  EXPECT_EQ(elsewhere.error(), boost::system::errc::address_not_available);
  EXPECT_TRUE(listen_on(io.get_executor(), "not a name", 0).has_error());
}

}  // namespace
}  // namespace millrace::http
