#include "harness/cli/problems/listen_problem.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/error.hpp>

namespace millrace::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
namespace asio = boost::asio;

ListenRequest on(std::string_view host, std::uint16_t port) {
  return {.what = "DynamoDB", .host = host, .port = port, .host_flag = "--host", .port_flag = "--port"};
}

TEST(ListenProblem, NamesTheFlagThatCures) {
  EXPECT_THAT(listen_problem(on("localhost", 8000), asio::error::address_in_use),
              AllOf(HasSubstr("cannot listen on localhost:8000 for DynamoDB"), HasSubstr("another program"),
                    HasSubstr("--port (0: any free one)")));
  EXPECT_THAT(listen_problem(on("localhost", 80), asio::error::access_denied), HasSubstr("below 1024 are root's"));
  EXPECT_THAT(listen_problem(on("192.0.2.1", 8000), make_error_code(boost::system::errc::address_not_available)),
              AllOf(HasSubstr("does not have that address"), HasSubstr("--host")));
  EXPECT_THAT(listen_problem(on("no.such.host", 8000), asio::error::host_not_found),
              AllOf(HasSubstr("no address is known"), HasSubstr("--host")));
  EXPECT_THAT(listen_problem(on("localhost", 8000), asio::error::no_descriptors), HasSubstr("Too many open files"));
}

}  // namespace
}  // namespace millrace::cli
