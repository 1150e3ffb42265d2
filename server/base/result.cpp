#include "server/base/result.hpp"

#include <stdexcept>

namespace millrace::base {

void throw_exception_from_error(const ApiError& error, const boost::source_location& where) {
  throw std::logic_error("value() of a failed Result at " + where.to_string() + ": " + error.message);
}

void throw_exception_from_error(const StorageError& error, const boost::source_location& where) {
  throw std::logic_error("value() of a failed StorageResult at " + where.to_string() + ": " + error.detail);
}

}  // namespace millrace::base
