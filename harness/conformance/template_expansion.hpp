// Fills in what a case leaves open: table names, captured values, and values too long to be written out.
#pragma once

#include <map>
#include <set>
#include <string>

#include "harness/conformance/conformance_case.hpp"

namespace millrace::conformance {

/// What the placeholders of one running case stand for.
struct Bindings {
  std::string table_prefix;
  std::map<std::string, Json> variables;  ///< captured from answers
  std::set<std::string> tables;           ///< full names that were filled in so far
};

/// The value a template stands for. In every string, member names included, `${music}` becomes a table name and
/// `${var.arn}` a captured string. Objects with one of these members become something else:
///   {"$ref": name}                         the captured value
///   {"$repeat": text, "times": n}          the text n times
///   {"$concat": [texts]}                   the texts in a row
///   {"$hex": digits}                       the bytes, UTF-8 or not
///   {"$list": template, "count": n}        a list of n; `${i}` counts from 1
///   {"$entries": [[name, template], …]}    an object whose member names are templates too
///   {"$nest": template, "levels": n, "inner": template}   `"$inner"` is replaced n times
/// Objects with other $-members (the matchers of json_expectation.hpp) stay, expanded inside.
/// Throws std::runtime_error for a variable that nothing captured.
Json expand(const Json& json, Bindings& bindings);

}  // namespace millrace::conformance
