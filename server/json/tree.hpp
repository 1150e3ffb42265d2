// JSON as a tree (nlohmann's), for what is not hot: REST bodies, documents of the database, fixtures.
//
// The library's parser, its printer and the destruction of a tree recurse over the document or allocate per value, so
// a text is measured in one pass before a tree is made of it. These functions are the only place of the project that
// calls that parser and printer (harness/lint/check_layers.py holds it); who needs speed reads with json::Parser.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace millrace::json {

/// How much a text may hold. The defaults are generous for everything a control plane takes; the size of a request's
/// body is bounded by its route before.
struct TreeBounds {
  std::size_t depth{100};       ///< arrays and objects inside each other
  std::size_t values{100'000};  ///< members and elements in the whole text
};

/// For documents that Millrace itself wrote: they hold what a request gave, and more.
inline constexpr TreeBounds kStoredDocument{.depth = 100, .values = 1'000'000};

/// Why there is no tree, as a clause: `it is not valid JSON`, `it nests more than 100 levels`, …
struct Unreadable {
  std::string reason;
};

template <class Tree>
using TreeResult = boost::system::result<Tree, Unreadable>;

/// Reads a whole text; of members with one name the last counts. A byte order mark before the text is skipped.
/// `Tree` is nlohmann::json or nlohmann::ordered_json; looking up a member of the latter is linear.
template <class Tree = nlohmann::json>
TreeResult<Tree> parse_tree(std::string_view text, const TreeBounds& bounds = {});

/// Prints a tree without blanks; what is not UTF-8 becomes U+FFFD. The tree is one of parse_tree() or built by code.
std::string print_tree(const nlohmann::json& tree);
std::string print_tree(const nlohmann::ordered_json& tree);

/// As base/result.hpp has it for ApiError.
[[noreturn]] void throw_exception_from_error(const Unreadable& error, const boost::source_location& where);

}  // namespace millrace::json
