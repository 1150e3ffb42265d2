#include "server/json/object_writer.hpp"

#include <array>
#include <charconv>

namespace millrace::json {
namespace {

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

}  // namespace

void ObjectWriter::integer(std::string_view name, std::int64_t value) { append_integer(key(name), value); }

void ObjectWriter::decimal(std::string_view name, double value) {
  std::string& out = key(name);
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
  const std::string_view printed{text.data(), static_cast<std::size_t>(end - text.data())};
  out.append(printed);
  if (printed.find('.') == std::string_view::npos) out.append(".0");
}

void ObjectWriter::number(std::string_view name, double value) {
  std::string& out = key(name);
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  const std::string_view printed{text.data(), static_cast<std::size_t>(end - text.data())};
  out.append(printed);
  if (printed.find_first_of(".e") == std::string_view::npos) out.append(".0");
}

void ObjectWriter::timestamp(std::string_view name, TimePoint value) {
  std::string& out = key(name);
  const std::int64_t milliseconds = base::to_epoch_milliseconds(value);
  append_integer(out, milliseconds / 1000);
  const auto fraction = static_cast<int>(milliseconds % 1000);
  out.push_back('.');
  out.push_back(static_cast<char>('0' + fraction / 100));
  out.push_back(static_cast<char>('0' + fraction / 10 % 10));
  out.push_back(static_cast<char>('0' + fraction % 10));
}

}  // namespace millrace::json
