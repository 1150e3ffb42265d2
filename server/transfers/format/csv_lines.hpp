// Lines of CSV (RFC 4180): values between delimiters, quoted if they hold one, with quotes doubled.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/transfers/format/malformed.hpp"

namespace millrace::transfers {

struct CsvLine {
  std::vector<std::string> values;
  std::size_t source_bytes{0};
};

class CsvLines {
 public:
  explicit CsvLines(char delimiter) : delimiter_{delimiter} {}

  void append(std::string_view text);
  void end() { ended_ = true; }
  /// The next line that is not blank. Nothing: more text is needed, or, after end(), there is none. Errors: a quote
  /// that is not closed, something behind a closing quote, a line of more than kLongestRecord bytes.
  ReadResult<std::optional<CsvLine>> next();

 private:
  /// Where the line at `begin_` ends, behind its line break; nothing while that is not there yet.
  [[nodiscard]] std::optional<std::size_t> find_end();
  ReadResult<CsvLine> split(std::string_view line) const;

  const char delimiter_;
  std::string text_;
  std::size_t begin_{0};
  std::size_t looked_{0};  ///< up to here the line has been looked through
  bool quoted_{false};     ///< there
  bool ended_{false};
};

/// Appends the values as one line.
void append_csv_line(std::string& out, const std::vector<std::string>& values, char delimiter);

}  // namespace millrace::transfers
