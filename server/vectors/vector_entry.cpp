#include "server/vectors/vector_entry.hpp"

#include <bit>
#include <cstring>

#include "server/base/big_endian.hpp"

namespace millrace::vectors {
namespace {

static_assert(std::endian::native == std::endian::little, "floats are stored as they lie in memory");

constexpr std::size_t kCount = sizeof(std::uint32_t);

void append_count(std::string& out, std::size_t count) {
  char bytes[kCount];
  base::write_big_endian(bytes, static_cast<std::uint32_t>(count));
  out.append(bytes, kCount);
}

/// Takes parts off the front of a row.
class RowReader {
 public:
  explicit RowReader(std::string_view row) : rest_{row} {}

  std::optional<std::size_t> count() {
    const auto bytes = take(kCount);
    if (!bytes) return std::nullopt;
    return base::read_big_endian<std::uint32_t>(bytes->data());
  }
  std::optional<std::string_view> take(std::size_t bytes) {
    if (rest_.size() < bytes) return std::nullopt;
    const auto taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace

std::string to_row(const VectorEntry& entry) {
  std::string row;
  const std::size_t floats = entry.vector.size() * sizeof(float);
  std::size_t size = kCount + floats;
  for (const auto& label : entry.labels) size += kCount + label.size();
  row.reserve(size);
  append_count(row, entry.item_key_offset);
  for (const auto& label : entry.labels) {
    append_count(row, label.size());
    row.append(label);
  }
  const std::size_t begin = row.size();
  row.resize(begin + floats);
  std::memcpy(row.data() + begin, entry.vector.data(), floats);
  return row;
}

std::optional<VectorEntry> entry_from_row(std::string_view key, std::string_view row, std::size_t labels,
                                          std::size_t dimensions) {
  RowReader in{row};
  VectorEntry entry;
  const auto offset = in.count();
  if (!offset || *offset > key.size()) return std::nullopt;
  entry.key = key;
  entry.item_key_offset = *offset;
  for (std::size_t at = 0; at < labels; ++at) {
    const auto size = in.count();
    const auto label = size ? in.take(*size) : std::nullopt;
    if (!label) return std::nullopt;
    entry.labels.emplace_back(*label);
  }
  if (in.rest().size() != dimensions * sizeof(float)) return std::nullopt;
  entry.vector.resize(dimensions);
  std::memcpy(entry.vector.data(), in.rest().data(), in.rest().size());
  return entry;
}

}  // namespace millrace::vectors
