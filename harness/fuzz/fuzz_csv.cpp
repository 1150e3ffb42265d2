// CSV of files that are imported. Oracle: however the text is cut, its lines are the same; and the lines, written
// again, are read as they were.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/fuzz/fuzz_target.hpp"
#include "server/transfers/format/csv_lines.hpp"

namespace {

using namespace millrace;

struct AllLines {
  std::vector<std::vector<std::string>> lines;
  std::string reason;
  friend bool operator==(const AllLines&, const AllLines&) = default;
};

AllLines read(std::string_view text, std::size_t portion, char delimiter) {
  transfers::CsvLines reader{delimiter};
  AllLines all;
  for (bool more = true; more;) {
    more = !text.empty();
    const auto piece = text.substr(0, portion);
    text.remove_prefix(piece.size());
    reader.append(piece);
    if (!more) reader.end();
    for (;;) {
      auto line = reader.next();
      if (line.has_error()) {
        all.reason = line.error().reason;
        return all;
      }
      if (!*line) break;
      all.lines.push_back(std::move((*line)->values));
    }
  }
  return all;
}

}  // namespace

void millrace::fuzz::try_input(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return;
  constexpr std::string_view kDelimiters = ",;:|\t ";
  const char delimiter = kDelimiters[data[0] % kDelimiters.size()];
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto whole = read(text, size, delimiter);
  require(read(text, 1 + data[0] / 16, delimiter) == whole, "a file is the same however it is cut");
  std::string written;
  for (const auto& line : whole.lines) transfers::append_csv_line(written, line, delimiter);
  const auto again = read(written, written.size() + 1, delimiter);
  require(again.lines == whole.lines && again.reason.empty(), "what is written is read");
}
