// Constraint validation: step 9 of AWS's order. Every violated constraint of a request is collected and reported in
// one ValidationException, "N validation errors detected: …" (API reference, 2.1). That text lives here and nowhere
// else.
//
// A parse function reads the members (json::ObjectReader), then calls the checks below in the order of the reference's
// member list (2.3) and ends with `TRY(constraints.finish())`. Paths are AWS's: lower camel case, nested with dots,
// list members as `.1.member`.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/model/table_reference.hpp"

namespace millrace::validation {

/// AWS lists at most ten violations; later ones are dropped.
inline constexpr std::size_t kMaxReported = 10;

class Constraints {
 public:
  /// `Value null at 'path' failed to satisfy constraint: Member must not be null` unless `present`.
  void required(std::string_view path, bool present);

  /// Length in characters of a string that is present.
  void length(std::string_view path, std::optional<std::string_view> value, std::size_t minimum, std::size_t maximum);
  /// Number of elements of a list or map; `printed` is its text in the message.
  void count(std::string_view path, std::size_t elements, std::string_view printed, std::size_t minimum,
             std::size_t maximum);
  void range(std::string_view path, std::optional<std::int64_t> value, std::int64_t minimum, std::int64_t maximum);
  /// The allowed values stand in the order the message prints them (reference, 2.2).
  void one_of(std::string_view path, std::optional<std::string_view> value,
              std::initializer_list<std::string_view> allowed) {
    one_of(path, value, std::span{allowed.begin(), allowed.size()});
  }
  void one_of(std::string_view path, std::optional<std::string_view> value, std::span<const std::string_view> allowed);
  /// `matches` was decided by the caller; `pattern` is what the message prints.
  void pattern(std::string_view path, std::string_view value, bool matches, std::string_view pattern);
  /// Any other violation, worded by the caller: the text after the count.
  void violated(std::string text);

  /// The table of an operation on items: a name or an ARN of 1 to 1024 characters.
  model::TableReference table_reference(std::string_view path, std::optional<std::string_view> value);

  /// The name of a resource that is being made: 3 to 255 of [a-zA-Z0-9_.-]. Pattern comes before length.
  void resource_name(std::string_view path, std::optional<std::string_view> value);

  [[nodiscard]] bool empty() const { return violations_.empty(); }
  /// Success, or the one ValidationException with everything that was collected.
  [[nodiscard]] Result<void> finish() const;

 private:
  void add(std::string_view path, std::string_view printed_value, std::string_view rule);

  std::vector<std::string> violations_;
};

/// True when every character is one of [a-zA-Z0-9_.-].
bool is_resource_name(std::string_view text);

}  // namespace millrace::validation
