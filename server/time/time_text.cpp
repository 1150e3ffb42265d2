#include "server/time/time_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace millrace::time {
namespace {

constexpr double kMicroseconds = 1e6;
constexpr std::chrono::hours kLongest{std::chrono::days{36'525}};

/// Reads a text from its beginning.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : left_{text} {}

  [[nodiscard]] bool at_end() const { return left_.empty(); }
  bool take(char wanted) {
    if (left_.empty() || left_.front() != wanted) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view wanted) {
    if (!left_.starts_with(wanted)) return false;
    left_.remove_prefix(wanted.size());
    return true;
  }
  /// A number of exactly so many digits.
  std::optional<int> digits(std::size_t count) {
    if (left_.size() < count) return std::nullopt;
    int value = 0;
    const auto [end, error] = std::from_chars(left_.data(), left_.data() + count, value);
    if (error != std::errc{} || end != left_.data() + count || left_.front() == '-') return std::nullopt;
    left_.remove_prefix(count);
    return value;
  }
  /// `12`, `1.5`: no sign, no exponent.
  std::optional<double> decimal() {
    if (left_.empty() || left_.front() < '0' || left_.front() > '9') return std::nullopt;
    double value = 0;
    const auto [end, error] =
        std::from_chars(left_.data(), left_.data() + left_.size(), value, std::chars_format::fixed);
    if (error != std::errc{}) return std::nullopt;
    left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
    return value;
  }
  /// What follows a decimal point, as microseconds; more digits than six are cut off.
  std::optional<Duration> fraction() {
    Duration::rep value = 0;
    Duration::rep unit = 100'000;
    bool any = false;
    while (!left_.empty() && left_.front() >= '0' && left_.front() <= '9') {
      value += unit * (left_.front() - '0');
      unit /= 10;
      left_.remove_prefix(1);
      any = true;
    }
    if (!any) return std::nullopt;
    return Duration{value};
  }

 private:
  std::string_view left_;
};

std::optional<Duration> time_of_day(Cursor& cursor) {
  const auto hour = cursor.digits(2);
  if (!hour || *hour > 23 || !cursor.take(':')) return std::nullopt;
  const auto minute = cursor.digits(2);
  if (!minute || *minute > 59) return std::nullopt;
  Duration time = std::chrono::hours{*hour} + std::chrono::minutes{*minute};
  if (!cursor.take(':')) return time;
  const auto second = cursor.digits(2);
  if (!second || *second > 59) return std::nullopt;
  time += std::chrono::seconds{*second};
  if (!cursor.take('.')) return time;
  const auto fraction = cursor.fraction();
  if (!fraction) return std::nullopt;
  return time + *fraction;
}

/// How far the zone is ahead of UTC.
std::optional<Duration> zone(Cursor& cursor) {
  if (cursor.at_end() || cursor.take('Z')) return Duration::zero();
  const bool ahead = cursor.take('+');
  if (!ahead && !cursor.take('-')) return std::nullopt;
  const auto hours = cursor.digits(2);
  cursor.take(':');
  const auto minutes = cursor.digits(2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const Duration distance = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  return ahead ? distance : -distance;
}

std::optional<TimePoint> calendar_time(std::string_view text) {
  Cursor cursor{text};
  const auto year = cursor.digits(4);
  if (!year || !cursor.take('-')) return std::nullopt;
  const auto month = cursor.digits(2);
  if (!month || !cursor.take('-')) return std::nullopt;
  const auto day = cursor.digits(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  TimePoint time{std::chrono::sys_days{date}};
  if (cursor.at_end()) return time;
  if (!cursor.take('T') && !cursor.take(' ')) return std::nullopt;
  const auto of_day = time_of_day(cursor);
  if (!of_day) return std::nullopt;
  const auto ahead = zone(cursor);
  if (!ahead || !cursor.at_end()) return std::nullopt;
  return time + *of_day - *ahead;
}

std::optional<TimePoint> epoch_time(std::string_view text) {
  Cursor cursor{text};
  const auto seconds = cursor.decimal();
  const double latest = std::chrono::duration<double>{latest_time().time_since_epoch()}.count();
  if (!seconds || !cursor.at_end() || *seconds > latest) return std::nullopt;
  return TimePoint{Duration{std::llround(*seconds * kMicroseconds)}};
}

}  // namespace

TimePoint latest_time() {
  using namespace std::chrono_literals;
  return TimePoint{std::chrono::sys_days{10000y / 1 / 1}} - std::chrono::milliseconds{1};
}

std::optional<TimePoint> parse_time(std::string_view text) {
  auto time = calendar_time(text);
  if (!time) time = epoch_time(text);
  if (!time || *time < TimePoint{} || *time > latest_time()) return std::nullopt;
  return time;
}

std::optional<Duration> parse_duration(std::string_view text) {
  // The longer names first, where one begins another.
  constexpr std::array<std::pair<std::string_view, double>, 5> kUnits{
      {{"ms", 0.001}, {"d", 86'400}, {"h", 3'600}, {"m", 60}, {"s", 1}}};
  Cursor cursor{text};
  double seconds = 0;
  bool any_unit = false;
  do {
    const auto number = cursor.decimal();
    if (!number) return std::nullopt;
    double unit = 0;
    for (const auto& [name, length] : kUnits) {
      if (!cursor.take(name)) continue;
      unit = length;
      break;
    }
    if (unit == 0) {
      if (any_unit || !cursor.at_end()) return std::nullopt;
      unit = 1;
    }
    any_unit = true;
    seconds += *number * unit;
  } while (!cursor.at_end());
  if (seconds > std::chrono::duration<double>{kLongest}.count()) return std::nullopt;
  return Duration{std::llround(seconds * kMicroseconds)};
}

}  // namespace millrace::time
