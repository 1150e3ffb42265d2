// Compares an answer's JSON with what a case expects of it.
//
// An expected value may hold matchers, objects whose members start with `$`; several in one object must all hold:
//   {"$any": "string|number"}   any value of one of these JSON types (string number boolean object array)
//   {"$matches": regex}         a string that matches as a whole
//   {"$unordered": [values]}    a list with these elements in any order
//   {"$length": n}              a string, list or object of that length
//   {"$between": [low, high]}   a number, bounds included
//   {"$absent": true}           as a member: must not be there
//   {"$capture": name}          any value; remembered for later requests of the case
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/conformance/conformance_case.hpp"

namespace millrace::conformance {

enum class Extent {
  kExact,    ///< objects have these members and no others
  kPartial,  ///< objects have at least these members; lists still have exactly these elements
};

/// Everything in which `actual` differs, one line each with its path; empty when it matches. Adds what it captures to
/// `captured`. Numbers compare by value (1 and 1.0 are equal), members of objects in any order.
std::vector<std::string> differences(const Json& expected, const Json& actual, Extent extent,
                                     std::map<std::string, Json>& captured);

}  // namespace millrace::conformance
