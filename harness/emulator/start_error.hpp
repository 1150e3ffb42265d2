// Why an emulator could not be made: facts, which the command line puts into words that name its flags.
#pragma once

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace millrace::emulator {

enum class Listener : std::uint8_t { kDynamoDb, kRuntimeApi };

/// An address that cannot be listened on.
class ListenError : public std::runtime_error {
 public:
  ListenError(Listener listener, std::string host, std::uint16_t port, const boost::system::error_code& reason);

  [[nodiscard]] Listener listener() const { return listener_; }
  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const boost::system::error_code& reason() const { return reason_; }

 private:
  Listener listener_;
  std::string host_;
  std::uint16_t port_;
  boost::system::error_code reason_;
};

/// One of EmulatorOptions::functions that cannot be registered; what() is the text of it and the reason.
class FunctionError : public std::runtime_error {
 public:
  FunctionError(const std::string& function, const std::string& reason);
};

}  // namespace millrace::emulator
