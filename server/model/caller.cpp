#include "server/model/caller.hpp"

#include <algorithm>
#include <optional>

#include "server/base/characters.hpp"

namespace millrace::model {
namespace {

constexpr std::size_t kLongestRegion = 64;

using base::is_digit;

bool is_account_id(std::string_view key) {
  constexpr std::size_t kDigits = 12;
  return key.size() == kDigits && std::all_of(key.begin(), key.end(), is_digit);
}

struct Scope {
  std::string_view key_id;
  std::string_view region;
};

/// From the end: a key may hold slashes.
std::optional<Scope> take_apart(std::string_view credential) {
  const auto take_last = [&credential]() -> std::optional<std::string_view> {
    const std::size_t slash = credential.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view last = credential.substr(slash + 1);
    credential.remove_suffix(credential.size() - slash);
    return last;
  };
  take_last();  // aws4_request
  take_last();  // the service
  const auto region = take_last();
  const auto date = take_last();
  if (!date) return std::nullopt;
  return Scope{credential, *region};
}

}  // namespace

bool is_region(std::string_view text) {
  const auto in_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= kLongestRegion && std::all_of(text.begin(), text.end(), in_name);
}

bool Caller::is_meant_by(std::string_view region, std::string_view account_id) const {
  return shares_all || (region == account.region && account_id == account.id);
}

Caller Worlds::caller(std::string_view credential) const {
  Caller caller = caller_at_home();
  const auto scope = take_apart(credential);
  if (!scope) return caller;
  caller.key_id = scope->key_id;
  if (shared) return caller;
  if (is_region(scope->region)) caller.account.region = scope->region;
  if (is_account_id(scope->key_id)) caller.account.id = scope->key_id;
  return caller;
}

Caller Worlds::caller_at_home() const { return {home, {}, shared}; }

}  // namespace millrace::model
