#include "server/streams/record/record_payload.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "server/base/big_endian.hpp"

namespace millrace::streams {
namespace {

constexpr unsigned kByTimeToLive = 1U << 0U;
constexpr unsigned kHasNewImage = 1U << 1U;
constexpr unsigned kHasOldImage = 1U << 2U;

/// What two texts have in common at their ends.
struct CommonEnds {
  std::size_t front{0};
  std::size_t back{0};
};

constexpr std::size_t kStride = sizeof(std::uint64_t);

CommonEnds common_ends(std::string_view left, std::string_view right) {
  const std::size_t shorter = std::min(left.size(), right.size());
  CommonEnds common;
  const auto equal = [](const char* a, const char* b) { return std::memcmp(a, b, kStride) == 0; };
  while (common.front + kStride <= shorter && equal(left.data() + common.front, right.data() + common.front)) {
    common.front += kStride;
  }
  while (common.front < shorter && left[common.front] == right[common.front]) ++common.front;
  const std::size_t most = shorter - common.front;
  const char* const left_end = left.data() + left.size();
  const char* const right_end = right.data() + right.size();
  while (common.back + kStride <= most && equal(left_end - common.back - kStride, right_end - common.back - kStride)) {
    common.back += kStride;
  }
  while (common.back < most && left_end[-1 - static_cast<std::ptrdiff_t>(common.back)] ==
                                   right_end[-1 - static_cast<std::ptrdiff_t>(common.back)]) {
    ++common.back;
  }
  return common;
}

void append_byte(std::string& out, unsigned value) {
  out.push_back(static_cast<char>(static_cast<unsigned char>(value)));
}

void append_fixed(std::string& out, std::uint64_t value) {
  std::array<char, sizeof value> bytes{};
  base::write_big_endian(bytes.data(), value);
  out.append(bytes.data(), bytes.size());
}

/// Seven bits in a byte, the lowest first; the highest bit says that more follow.
void append_count(std::string& out, std::size_t value) {
  while (value >= 0x80U) {
    append_byte(out, static_cast<unsigned>(value & 0x7FU) | 0x80U);
    value >>= 7U;
  }
  append_byte(out, static_cast<unsigned>(value));
}

void append_text(std::string& out, std::string_view text) {
  append_count(out, text.size());
  out.append(text);
}

/// Takes a payload apart. After the first mistake everything is empty and failed() is true.
class PayloadReader {
 public:
  explicit PayloadReader(std::string_view payload) : rest_{payload} {}

  unsigned byte() {
    const std::string_view taken = bytes(1);
    return taken.empty() ? 0 : static_cast<unsigned char>(taken.front());
  }

  std::uint64_t fixed() {
    const std::string_view taken = bytes(sizeof(std::uint64_t));
    return taken.empty() ? 0 : base::read_big_endian<std::uint64_t>(taken.data());
  }

  std::size_t count() {
    std::size_t value = 0;
    for (unsigned shift = 0; shift < std::numeric_limits<std::size_t>::digits; shift += 7) {
      const unsigned part = byte();
      value |= std::size_t{part & 0x7FU} << shift;
      if ((part & 0x80U) == 0) return value;
    }
    failed_ = true;
    return 0;
  }

  std::string_view text() { return bytes(count()); }

  std::string_view bytes(std::size_t length) {
    if (failed_ || length > rest_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  /// To be called at the end: what is left over is a mistake too.
  [[nodiscard]] bool failed() const { return failed_ || !rest_.empty(); }
  void fail() { failed_ = true; }

 private:
  std::string_view rest_;
  bool failed_{false};
};

template <class Enum>
Enum read_enum(PayloadReader& in, Enum last) {
  const unsigned value = in.byte();
  if (value > static_cast<unsigned>(last)) in.fail();
  return static_cast<Enum>(value);
}

void read_old_image(PayloadReader& in, StoredRecord& record) {
  const std::string_view new_image = record.content.new_image_json;
  const CommonEnds common{in.count(), in.count()};
  const std::string_view middle = in.text();
  if (common.front > new_image.size() || common.back > new_image.size() - common.front) return in.fail();
  record.old_image = {new_image.substr(0, common.front), middle, new_image.substr(new_image.size() - common.back)};
}

}  // namespace

void append_payload(std::string& out, const RecordContent& content) {
  const bool by_time_to_live = content.cause == ChangeCause::kTimeToLive;
  append_byte(out, (by_time_to_live ? kByTimeToLive : 0U) | (content.new_image_json.empty() ? 0U : kHasNewImage) |
                       (content.old_image_json.empty() ? 0U : kHasOldImage));
  append_byte(out, static_cast<unsigned>(content.event));
  append_byte(out, static_cast<unsigned>(content.view));
  append_fixed(out, content.event_id_high);
  append_fixed(out, content.event_id_low);
  append_text(out, content.region);
  append_count(out, content.size_bytes);
  append_text(out, content.keys_json);
  if (!content.new_image_json.empty()) append_text(out, content.new_image_json);
  if (content.old_image_json.empty()) return;
  const CommonEnds common = common_ends(content.old_image_json, content.new_image_json);
  append_count(out, common.front);
  append_count(out, common.back);
  append_text(out,
              content.old_image_json.substr(common.front, content.old_image_json.size() - common.front - common.back));
}

StorageResult<StoredRecord> read_payload(const storage::RecordView& record) {
  PayloadReader in{record.payload};
  StoredRecord stored;
  RecordContent& content = stored.content;
  content.created = record.created;
  content.sequence = record.sequence;
  const unsigned flags = in.byte();
  content.cause = (flags & kByTimeToLive) != 0 ? ChangeCause::kTimeToLive : ChangeCause::kRequest;
  content.event = read_enum(in, EventName::kRemove);
  content.view = read_enum(in, model::StreamViewType::kKeysOnly);
  content.event_id_high = in.fixed();
  content.event_id_low = in.fixed();
  content.region = in.text();
  content.size_bytes = in.count();
  content.keys_json = in.text();
  if ((flags & kHasNewImage) != 0) content.new_image_json = in.text();
  if ((flags & kHasOldImage) != 0) read_old_image(in, stored);
  if (in.failed()) return StorageError{StorageErrorKind::kCorrupt, "a stream record is damaged"};
  return stored;
}

}  // namespace millrace::streams
