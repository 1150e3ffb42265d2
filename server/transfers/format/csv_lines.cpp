#include "server/transfers/format/csv_lines.hpp"

#include <utility>

#include "server/transfers/format/value_splitter.hpp"

namespace millrace::transfers {

void CsvLines::append(std::string_view text) {
  text_.erase(0, begin_);
  looked_ -= begin_;
  begin_ = 0;
  text_.append(text);
}

std::optional<std::size_t> CsvLines::find_end() {
  for (; looked_ < text_.size(); ++looked_) {
    // A doubled quote closes and opens again.
    if (text_[looked_] == '"') quoted_ = !quoted_;
    if (text_[looked_] == '\n' && !quoted_) return looked_ + 1;
  }
  if (ended_) return text_.size();
  return std::nullopt;
}

ReadResult<std::optional<CsvLine>> CsvLines::next() {
  for (;;) {
    const auto end = find_end();
    if ((end ? *end : text_.size()) - begin_ > kLongestRecord) return Malformed{"a line is longer than 4 MB"};
    if (!end || (ended_ && begin_ == text_.size())) return std::optional<CsvLine>{};
    const auto whole = std::string_view{text_}.substr(begin_, *end - begin_);
    begin_ = *end;
    looked_ = *end;
    if (quoted_) return Malformed{"a quoted value does not end"};
    auto line = whole;
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    auto split_line = split(line);
    if (split_line.has_error()) return std::move(split_line).error();
    split_line->source_bytes = whole.size();
    return std::optional<CsvLine>{*std::move(split_line)};
  }
}

ReadResult<CsvLine> CsvLines::split(std::string_view line) const {
  CsvLine read;
  for (;;) {
    std::string& value = read.values.emplace_back();
    if (line.starts_with('"')) {
      line.remove_prefix(1);
      for (;;) {
        const std::size_t quote = line.find('"');
        if (quote == std::string_view::npos) return Malformed{"a quoted value does not end"};
        value.append(line.substr(0, quote));
        line.remove_prefix(quote + 1);
        if (!line.starts_with('"')) break;
        value.push_back('"');
        line.remove_prefix(1);
      }
      if (!line.empty() && line.front() != delimiter_) return Malformed{"something follows the end of a quoted value"};
    } else {
      const std::size_t end = std::min(line.find(delimiter_), line.size());
      value.assign(line.substr(0, end));
      if (value.find('"') != std::string::npos) return Malformed{"a quote stands within a value that is not quoted"};
      line.remove_prefix(end);
    }
    if (line.empty()) return read;
    line.remove_prefix(1);
  }
}

void append_csv_line(std::string& out, const std::vector<std::string>& values, char delimiter) {
  bool first = true;
  for (const auto& value : values) {
    if (!std::exchange(first, false)) out.push_back(delimiter);
    out.push_back('"');
    for (const char character : value) {
      if (character == '"') out.push_back('"');
      out.push_back(character);
    }
    out.push_back('"');
  }
  out.push_back('\n');
}

}  // namespace millrace::transfers
