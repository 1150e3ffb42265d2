#include "server/json/tree.hpp"

#include <optional>
#include <stdexcept>
#include <utility>

namespace millrace::json {
namespace {

Unreadable malformed() { return {"it is not valid JSON"}; }
Unreadable too_deep(const TreeBounds& bounds) {
  return {"it nests more than " + std::to_string(bounds.depth) + " levels"};
}
Unreadable too_many_values(const TreeBounds& bounds) {
  return {"it has more than " + std::to_string(bounds.values) + " values"};
}

/// The position behind the string that begins at `at`, the one behind its opening quote.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  while (true) {
    const std::size_t quote = text.find('"', at);
    if (quote == std::string_view::npos) return text.size();
    std::size_t backslashes = 0;
    while (quote - backslashes > at && text[quote - backslashes - 1] == '\\') ++backslashes;
    at = quote + 1;
    if (backslashes % 2 == 0) return at;
  }
}

/// Whether the text keeps the bounds, as far as it is JSON: never less than what a parser would meet before it finds
/// the first error.
std::optional<Unreadable> measure(std::string_view text, const TreeBounds& bounds) {
  std::size_t depth = 0;
  std::size_t values = 1;
  for (std::size_t at = 0; at < text.size();) {
    switch (text[at++]) {
      case '"': at = end_of_string(text, at); break;
      case '[':
      case '{':
        if (++depth > bounds.depth) return too_deep(bounds);
        if (++values > bounds.values) return too_many_values(bounds);
        break;
      case ']':
      case '}':
        if (depth == 0) return malformed();
        --depth;
        break;
      case '\0': return malformed();  // the parser takes it for the end of the text
      case ',':
        if (++values > bounds.values) return too_many_values(bounds);
        break;
      default: break;
    }
  }
  return std::nullopt;
}

template <class Tree>
std::string print(const Tree& tree) {
  return tree.dump(-1, ' ', false, Tree::error_handler_t::replace);
}

}  // namespace

template <class Tree>
TreeResult<Tree> parse_tree(std::string_view text, const TreeBounds& bounds) {
  if (auto problem = measure(text, bounds)) return *std::move(problem);
  Tree tree = Tree::parse(text, nullptr, /*allow_exceptions=*/false);
  if (tree.is_discarded()) return malformed();
  return tree;
}

template TreeResult<nlohmann::json> parse_tree(std::string_view text, const TreeBounds& bounds);
template TreeResult<nlohmann::ordered_json> parse_tree(std::string_view text, const TreeBounds& bounds);

std::string print_tree(const nlohmann::json& tree) { return print(tree); }
std::string print_tree(const nlohmann::ordered_json& tree) { return print(tree); }

void throw_exception_from_error(const Unreadable& error, const boost::source_location&) {
  throw std::logic_error(error.reason);
}

}  // namespace millrace::json
