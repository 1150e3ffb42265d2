// Resource policies. Oracle: the canonical form of a policy is one, and means the same: it is its own canonical form,
// and so is what is shown of it.
#include <string>
#include <string_view>

#include "harness/fuzz/fuzz_target.hpp"
#include "server/api/settings/policy_document.hpp"

void millrace::fuzz::try_input(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto canonical = api::canonical_policy(text);
  if (canonical.has_error()) return;
  const auto again = api::canonical_policy(*canonical);
  require(again.has_value() && *again == *canonical, "the canonical form is canonical");
  const auto shown = api::canonical_policy(api::shown_policy(*canonical));
  require(shown.has_value(), "what is shown is a policy");
}
