// Cuts a text of values one behind the other, of JSON or of Ion, into the texts of the values, without reading them:
// the file as a whole is never held, and lines mean nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::transfers {

enum class ValueLanguage : std::uint8_t { kJson, kIon };

/// A record may be so long, in bytes: the largest item there is, all of it escaped.
inline constexpr std::size_t kLongestRecord = std::size_t{4} << 20U;

class ValueSplitter {
 public:
  enum class Found : std::uint8_t {
    kValue,    ///< value() is the text of the next one
    kNothing,  ///< more text is needed; after end() there is no more
    kTooLong,  ///< the next is longer than kLongestRecord: for good
  };

  explicit ValueSplitter(ValueLanguage language) : language_{language} {}

  void append(std::string_view text);
  /// No text follows. What is left is the last value, complete or not.
  void end() { ended_ = true; }

  Found next();
  /// The value that next() has found, with what stands before it and belongs to it; until the next append() or next().
  [[nodiscard]] std::string_view value() const { return std::string_view{text_}.substr(begin_, at_ - begin_); }

 private:
  enum class Place : std::uint8_t {
    kBetween,  ///< outside of strings and comments
    kString,
    kSymbol,      ///< of Ion: '…'
    kLongString,  ///< of Ion: '''…'''
    kBlob,        ///< of Ion: {{…}}
    kLineComment,
    kBlockComment,
  };

  [[nodiscard]] bool sees(std::string_view what) const { return std::string_view{text_}.substr(at_).starts_with(what); }
  /// Passes one thing; true when a value ends behind it.
  bool step();
  bool step_between();
  void enter(Place place, std::size_t length) {
    place_ = place;
    at_ += length;
  }
  [[nodiscard]] bool skip_blanks();

  const ValueLanguage language_;
  std::string text_;
  std::size_t begin_{0};  ///< of the value that is looked through
  std::size_t at_{0};
  std::size_t depth_{0};
  Place place_{Place::kBetween};
  bool found_{false};
  bool ended_{false};
};

}  // namespace millrace::transfers
