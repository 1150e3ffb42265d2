// The wrong-type cases: every member of every operation, given every kind of JSON value it does not take.
//
// Derived, not written: the tables of the operations say which members there are,
// fixtures/conformance/wrong_values.json what the answer to a wrong value of each type is (reference, 1.6); this
// crosses the two.
#pragma once

#include <vector>

#include "harness/conformance/conformance_case.hpp"

namespace millrace::conformance {

/// Of every operation that is served. Throws std::exception when the vocabulary is not well-formed.
std::vector<Case> derive_type_cases(const Json& vocabulary);

}  // namespace millrace::conformance
