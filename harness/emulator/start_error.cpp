#include "harness/emulator/start_error.hpp"

#include <fmt/format.h>

#include <utility>

namespace millrace::emulator {

ListenError::ListenError(Listener listener, std::string host, std::uint16_t port,
                         const boost::system::error_code& reason)
    : std::runtime_error{fmt::format("cannot listen on {}:{}: {}", host, port, reason.message())},
      listener_{listener},
      host_{std::move(host)},
      port_{port},
      reason_{reason} {}

FunctionError::FunctionError(const std::string& function, const std::string& reason)
    : std::runtime_error{function + ": " + reason} {}

}  // namespace millrace::emulator
