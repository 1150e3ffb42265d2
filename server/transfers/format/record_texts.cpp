#include "server/transfers/format/record_texts.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "server/base/api_error.hpp"
#include "server/transfers/format/csv_lines.hpp"
#include "server/transfers/format/ion_values.hpp"
#include "server/transfers/format/value_splitter.hpp"

namespace millrace::transfers {
namespace {

constexpr std::array<std::pair<RecordFormat, std::string_view>, 3> kFormats{
    {{RecordFormat::kDynamoDbJson, "DYNAMODB_JSON"}, {RecordFormat::kIon, "ION"}, {RecordFormat::kCsv, "CSV"}}};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// JSON or Ion.
class ValueTexts final : public RecordTexts {
 public:
  explicit ValueTexts(ValueLanguage language) : language_{language}, splitter_{language} {}

  void append(std::string_view text) override { splitter_.append(text); }
  void end() override { splitter_.end(); }

  ReadResult<std::optional<RecordText>> next() override {
    switch (splitter_.next()) {
      case ValueSplitter::Found::kNothing: return std::optional<RecordText>{};
      case ValueSplitter::Found::kTooLong: return Malformed{"a record is longer than 4 MB"};
      case ValueSplitter::Found::kValue: break;
    }
    auto value = splitter_.value();
    RecordText record{.json = {}, .source_bytes = value.size()};
    if (std::exchange(is_first_, false) && value.starts_with(kByteOrderMark)) {
      value.remove_prefix(kByteOrderMark.size());
    }
    if (language_ == ValueLanguage::kJson) {
      record.json = value;
      return std::optional{std::move(record)};
    }
    auto json = ion_record_to_json(value);
    if (json.has_error()) return std::move(json).error();
    if (json->empty()) return std::optional<RecordText>{};  // comments at the end of the file
    record.json = *std::move(json);
    return std::optional{std::move(record)};
  }

 private:
  const ValueLanguage language_;
  ValueSplitter splitter_;
  bool is_first_{true};
};

class CsvTexts final : public RecordTexts {
 public:
  explicit CsvTexts(CsvFormat format) : format_{std::move(format)}, lines_{format_.delimiter} {}

  void append(std::string_view text) override { lines_.append(text); }
  void end() override { lines_.end(); }

  ReadResult<std::optional<RecordText>> next() override {
    for (;;) {
      auto line = lines_.next();
      if (line.has_error()) return std::move(line).error();
      if (!*line) return std::optional<RecordText>{};
      if (std::exchange(is_first_, false)) {
        auto& first = (*line)->values.front();
        if (first.starts_with(kByteOrderMark)) first.erase(0, kByteOrderMark.size());
      }
      if (format_.header.empty()) {
        format_.header = std::move((*line)->values);
        continue;
      }
      return to_record(**line);
    }
  }

 private:
  ReadResult<std::optional<RecordText>> to_record(const CsvLine& line) const {
    if (line.values.size() != format_.header.size()) {
      return Malformed{
          fmt::format("a line has {} values, and the header names {}", line.values.size(), format_.header.size())};
    }
    RecordText record{.json = R"({"Item":{)", .source_bytes = line.source_bytes};
    std::string_view comma;
    for (std::size_t at = 0; at < line.values.size(); ++at) {
      const auto key = format_.key_types.find(format_.header[at]);
      const auto type = key == format_.key_types.end() ? model::AttributeType::kS : key->second;
      record.json.append(std::exchange(comma, ","));
      base::append_json_string(record.json, format_.header[at]);
      record.json.append(":{\"").append(model::type_name(type)).append("\":");
      base::append_json_string(record.json, line.values[at]);
      record.json.push_back('}');
    }
    record.json.append("}}");
    return std::optional{std::move(record)};
  }

  CsvFormat format_;
  CsvLines lines_;
  bool is_first_{true};
};

}  // namespace

std::string_view to_text(RecordFormat format) { return kFormats[static_cast<std::size_t>(format)].second; }

std::optional<RecordFormat> record_format_from(std::string_view text) {
  for (const auto& [format, name] : kFormats) {
    if (name == text) return format;
  }
  return std::nullopt;
}

std::unique_ptr<RecordTexts> RecordTexts::make(RecordFormat format, const CsvFormat& csv) {
  switch (format) {
    case RecordFormat::kIon: return std::make_unique<ValueTexts>(ValueLanguage::kIon);
    case RecordFormat::kCsv: return std::make_unique<CsvTexts>(csv);
    case RecordFormat::kDynamoDbJson: break;
  }
  return std::make_unique<ValueTexts>(ValueLanguage::kJson);
}

}  // namespace millrace::transfers
