// Writing the header of an answer: plain text into a string that a connection keeps from answer to answer.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/time/real_time.hpp"

namespace millrace::http {

/// `HTTP/1.1 200 OK` and its line end.
void append_status_line(std::string& out, unsigned status);
/// One field. What could end the line is replaced by a blank, so that no value can smuggle in another field.
void append_field(std::string& out, std::string_view name, std::string_view value);
void append_field(std::string& out, std::string_view name, std::uint64_t value);
/// The same for a value of our own, of which we know that it ends no line.
void append_safe_field(std::string& out, std::string_view name, std::string_view value);

/// The value of a Date field, formatted once per second.
class DateText {
 public:
  /// `Sun, 06 Nov 1994 08:49:37 GMT`; the view is valid until the next call.
  std::string_view at(RealTime::TimePoint now);

 private:
  std::int64_t second_{-1};
  std::array<char, 29> text_{};
};

/// Request ids of one connection: cheap, and the same for the same seed.
class RequestIds {
 public:
  explicit RequestIds(std::uint64_t seed) : state_{seed} {}

  /// 52 characters of 0-9 and A-V, as DynamoDB has them.
  std::string_view next_long();
  /// A lower-case UUID, as Lambda has them. Both views are valid until the next call.
  std::string_view next_uuid();

 private:
  std::uint64_t next();

  std::uint64_t state_;
  std::array<char, 52> text_{};
};

}  // namespace millrace::http
