#include "server/http/message/response_head.hpp"

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <charconv>
#include <chrono>

namespace millrace::http {
namespace {

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void put_digits(char* at, int width, unsigned value) {
  for (int digit = width - 1; digit >= 0; --digit) {
    at[digit] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

}  // namespace

void append_status_line(std::string& out, unsigned status) {
  if (status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
    return;
  }
  const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  out.append("HTTP/1.1 ");
  append_number(out, status);
  out.append(" ").append(reason.data(), reason.size()).append("\r\n");
}

void append_safe_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  const std::size_t start = out.size();
  out.append(value);
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
      [](char letter) { return letter == '\r' || letter == '\n' || letter == '\0'; }, ' ');
  out.append("\r\n");
}

void append_field(std::string& out, std::string_view name, std::uint64_t value) {
  out.append(name).append(": ");
  append_number(out, value);
  out.append("\r\n");
}

std::string_view DateText::at(RealTime::TimePoint when) {
  const std::chrono::sys_time<Duration> now{when.time_since_epoch()};  // a calendar knows no other
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::string_view text{text_.data(), text_.size()};
  if (second == second_) return text;
  second_ = second;
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(now - day)};
  constexpr std::string_view kPattern = "Xxx, 00 Xxx 0000 00:00:00 GMT";
  std::copy(kPattern.begin(), kPattern.end(), text_.begin());
  const std::string_view day_name = kDays[std::chrono::weekday{day}.c_encoding()];
  const std::string_view month_name = kMonths[static_cast<unsigned>(date.month()) - 1];
  std::copy(day_name.begin(), day_name.end(), text_.begin());
  put_digits(text_.data() + 5, 2, static_cast<unsigned>(date.day()));
  std::copy(month_name.begin(), month_name.end(), text_.begin() + 8);
  put_digits(text_.data() + 12, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_digits(text_.data() + 17, 2, static_cast<unsigned>(time.hours().count()));
  put_digits(text_.data() + 20, 2, static_cast<unsigned>(time.minutes().count()));
  put_digits(text_.data() + 23, 2, static_cast<unsigned>(time.seconds().count()));
  return text;
}

std::uint64_t RequestIds::next() {
  // SplitMix64: one addition and a few mixing steps per 64 bits; ids need to differ, not to be secret.
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

std::string_view RequestIds::next_long() {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
  constexpr std::size_t kDigitsPerDraw = 12;  // of 5 bits each
  for (std::size_t at = 0; at < text_.size();) {
    std::uint64_t bits = next();
    for (const std::size_t end = std::min(at + kDigitsPerDraw, text_.size()); at < end; ++at) {
      text_[at] = kDigits[bits & 0x1FU];
      bits >>= 5U;
    }
  }
  return {text_.data(), text_.size()};
}

std::string_view RequestIds::next_uuid() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::string_view kPattern = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  std::uint64_t bits = 0;
  std::size_t drawn = 0;
  for (std::size_t at = 0; at < kPattern.size(); ++at) {
    text_[at] = kPattern[at];
    if (kPattern[at] != 'x' && kPattern[at] != 'y') continue;
    if (drawn++ % 16 == 0) bits = next();
    const std::uint64_t digit = bits & 0xFU;
    text_[at] = kDigits[kPattern[at] == 'y' ? 8 + digit % 4 : digit];
    bits >>= 4U;
  }
  return {text_.data(), kPattern.size()};
}

}  // namespace millrace::http
