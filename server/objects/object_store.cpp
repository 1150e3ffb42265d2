#include "server/objects/object_store.hpp"

#include <stdexcept>

namespace millrace::objects {

void throw_exception_from_error(const ObjectError& error, const boost::source_location& /*where*/) {
  throw std::logic_error("value() of a failed call of an object store: " + error.detail);
}

}  // namespace millrace::objects
