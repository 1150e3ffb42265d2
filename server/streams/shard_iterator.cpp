#include "server/streams/shard_iterator.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "server/model/base64.hpp"

namespace millrace::streams {
namespace {

constexpr std::string_view kVersion = "|1|";

ApiError invalid() { return base::validation_error("Invalid ShardIterator"); }

/// Takes the integer that begins `text`, and the `|` behind it.
template <class Integer>
std::optional<Integer> take_integer(std::string_view& text) {
  Integer value{};
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc{} || read.ptr == end || *read.ptr != '|') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()) + 1);
  return value;
}

}  // namespace

std::string to_text(const ShardIterator& iterator) {
  std::string text = iterator.stream_arn;
  text.append(kVersion);
  model::append_base64(
      text, fmt::format("{}|{}|{}", iterator.after, iterator.created.time_since_epoch().count(), iterator.shard_id));
  return text;
}

Result<ShardIterator> parse_shard_iterator(std::string_view text) {
  const std::size_t version = text.find(kVersion);
  if (version == std::string_view::npos) return invalid();
  const auto decoded = model::decode_base64(text.substr(version + kVersion.size()));
  if (decoded.has_error()) return invalid();

  std::string_view rest = *decoded;
  const auto after = take_integer<Sequence>(rest);
  if (!after) return invalid();
  const auto created = take_integer<std::int64_t>(rest);
  if (!created) return invalid();
  ShardIterator iterator{std::string{text.substr(0, version)}, std::string{rest}, *after,
                         TimePoint{Duration{*created}}};
  // Whatever else differs from our spelling (leading zeros, a strange shard id) was not made here.
  if (to_text(iterator) != text) return invalid();
  return iterator;
}

Result<void> check_not_expired(const ShardIterator& iterator, TimePoint now) {
  // Not `now - created`: an iterator that was not made here may say anything.
  if (iterator.created >= now - kIteratorLifetime) return {};
  return ApiError{ErrorKind::kExpiredIterator, "The provided iterator exceeds the maximum age allowed."};
}

}  // namespace millrace::streams
