// How much one portion of long work may do: a millisecond or two on a slow machine. The figures stand here once, for
// all jobs; who drives them hands them on.
#pragma once

#include <algorithm>
#include <cstddef>

namespace millrace::storage {

struct Budget {
  std::size_t rows{256};                       ///< rows or records that are looked at and removed
  std::size_t bytes{std::size_t{256} * 1024};  ///< about as many of them; one row may be larger

  /// The same work in rows that cost `times` as much each; at least one.
  [[nodiscard]] constexpr Budget at_cost(std::size_t times) const {
    return {std::max<std::size_t>(rows / times, 1), std::max<std::size_t>(bytes / times, 1)};
  }
};

}  // namespace millrace::storage
