// Why Millrace cannot listen where the user wants it to, and what to do about it: a sentence for people.
#pragma once

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::cli {

/// What was to be listened on, and the flags that say where.
struct ListenRequest {
  std::string_view what;  ///< `DynamoDB`, `the Runtime API`
  std::string_view host;
  std::uint16_t port{0};
  std::string_view host_flag;
  std::string_view port_flag;
};

std::string listen_problem(const ListenRequest& request, const boost::system::error_code& error);

}  // namespace millrace::cli
