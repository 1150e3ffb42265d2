// The records of a file that is imported, whatever its format, one after the other: each as the text of an object of
// DynamoDB JSON, `{"Item":{…}}`, in which all further checks are the same.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/model/attribute_value.hpp"
#include "server/transfers/format/malformed.hpp"

namespace millrace::transfers {

enum class RecordFormat : std::uint8_t { kDynamoDbJson, kIon, kCsv };

/// AWS's spellings: `DYNAMODB_JSON`, `ION`, `CSV`.
std::string_view to_text(RecordFormat format);
std::optional<RecordFormat> record_format_from(std::string_view text);

struct CsvFormat {
  char delimiter{','};
  std::vector<std::string> header{};  ///< empty: the first line of each file
  /// Of attributes that are keys; all others are strings.
  std::map<std::string, model::AttributeType, std::less<>> key_types{};
};

struct RecordText {
  std::string json;
  std::size_t source_bytes{0};  ///< that it took of the file
};

class RecordTexts {
 public:
  /// Of one file. `csv` counts for kCsv only, and is copied.
  static std::unique_ptr<RecordTexts> make(RecordFormat format, const CsvFormat& csv);
  RecordTexts() = default;
  RecordTexts(const RecordTexts&) = delete;
  RecordTexts& operator=(const RecordTexts&) = delete;
  virtual ~RecordTexts() = default;

  /// What follows of the file, in portions of any size. Holds one record and what was appended, no more.
  virtual void append(std::string_view text) = 0;
  /// Nothing follows.
  virtual void end() = 0;
  /// The next record. Nothing: more of the file is needed, or, after end(), there is none. Errors: the file cannot be
  /// read from here on; do not ask again.
  virtual ReadResult<std::optional<RecordText>> next() = 0;
};

}  // namespace millrace::transfers
