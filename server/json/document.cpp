#include "server/json/document.hpp"

#include <algorithm>
#include <new>

namespace millrace::json {
namespace {
// Documents beyond this do not keep their memory: a 16 MB request must not make the process fat for good.
constexpr std::size_t kKeptCapacity = std::size_t{1} << 20U;
constexpr std::size_t kFirstCapacity = std::size_t{16} << 10U;
}  // namespace

std::optional<Object> Parser::parse_padded(std::string_view text) {
  if (text.size() > capacity_ || capacity_ > kKeptCapacity) {
    std::size_t wanted = std::max(kFirstCapacity, text.size());
    if (wanted < kKeptCapacity) wanted = std::min(kKeptCapacity, wanted * 2);
    if (parser_.allocate(wanted, kMaxDocumentDepth) != simdjson::SUCCESS) {
      capacity_ = 0;
      throw std::bad_alloc{};
    }
    capacity_ = wanted;
  }
  Object object;
  const auto error = parser_.parse(text.data(), text.size(), /*realloc_if_needed=*/false).get(object);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc{};
  if (error != simdjson::SUCCESS) return std::nullopt;
  return object;
}

std::optional<Object> Parser::parse_object(std::string& text) {
  text.reserve(text.size() + kPadding);
  return parse_padded(text);
}

std::optional<Object> Parser::parse_copy(std::string_view text) {
  std::string copy;
  copy.reserve(text.size() + kPadding);
  copy.assign(text);
  return parse_padded(copy);  // a parsed document does not refer to its text
}

}  // namespace millrace::json
