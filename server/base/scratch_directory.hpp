// A directory that goes with a test. For tests; not part of the product.
#pragma once

#include "server/base/temporary_directory.hpp"

namespace millrace::base {

/// Makes a new directory below the system's temporary one, and removes it with all it holds. When a test is killed, the
/// next start of the server does.
class ScratchDirectory {
 public:
  [[nodiscard]] std::filesystem::path path() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_{std::filesystem::temp_directory_path(), "test-"};
};

}  // namespace millrace::base

namespace millrace {
using base::ScratchDirectory;
}  // namespace millrace
