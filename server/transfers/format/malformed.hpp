// What a file that people give cannot be: the reason is for them, and names no program.
#pragma once

#include <boost/system/result.hpp>
#include <string>

namespace millrace::transfers {

/// Why what was given cannot be read, as a clause: `it is not valid JSON`.
struct [[nodiscard]] Malformed {
  std::string reason;
};

template <class T>
using ReadResult = boost::system::result<T, Malformed>;

/// As base/result.hpp has it for ApiError.
[[noreturn]] void throw_exception_from_error(const Malformed& error, const boost::source_location& where);

}  // namespace millrace::transfers
