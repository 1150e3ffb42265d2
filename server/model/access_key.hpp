// A pair of keys with which requests are signed.
#pragma once

#include <string>

namespace millrace::model {

struct AccessKey {
  std::string id;
  std::string secret;
  std::string session_token{};  ///< empty for a pair without one

  friend bool operator==(const AccessKey&, const AccessKey&) = default;
};

}  // namespace millrace::model
