// Writing the JSON of an answer straight into its buffer: no tree, no temporary strings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/api_error.hpp"
#include "server/base/clock.hpp"

namespace millrace::json {

/// Writes one object: the brace opens with the writer and closes with finish(). Members come out in call order.
/// A nested object or list is begun with key() and written by whoever comes next on the same buffer.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_{out} { out_.push_back('{'); }

  void string(std::string_view name, std::string_view value) {
    key(name);
    base::append_json_string(out_, value);
  }
  void boolean(std::string_view name, bool value) {
    key(name);
    out_.append(value ? "true" : "false");
  }
  void integer(std::string_view name, std::int64_t value);
  /// A JSON double as AWS prints capacity numbers: `1.0`, `0.5`.
  void decimal(std::string_view name, double value);
  /// Any finite double, in as few digits as tell it from all others: `9.0`, `1.5e-07`.
  void number(std::string_view name, double value);
  /// Seconds since the epoch with a millisecond fraction, `1421866952.062`.
  void timestamp(std::string_view name, TimePoint value);
  /// A value that is JSON already.
  void raw(std::string_view name, std::string_view json) {
    key(name);
    out_.append(json);
  }
  /// Writes the name; the caller appends the value to buffer().
  std::string& key(std::string_view name) {
    if (!first_) out_.push_back(',');
    first_ = false;
    base::append_json_string(out_, name);
    out_.push_back(':');
    return out_;
  }
  [[nodiscard]] std::string& buffer() { return out_; }
  void finish() { out_.push_back('}'); }

 private:
  std::string& out_;
  bool first_{true};
};

/// Writes a list: `append_list(out, members, [&](const Member& m) { … append m to out … })`.
template <class Members, class AppendMember>
void append_list(std::string& out, const Members& members, AppendMember append_member) {
  out.push_back('[');
  bool first = true;
  for (const auto& member : members) {
    if (!first) out.push_back(',');
    first = false;
    append_member(member);
  }
  out.push_back(']');
}

}  // namespace millrace::json
