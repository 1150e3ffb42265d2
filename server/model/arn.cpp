#include "server/model/arn.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace millrace::model {
namespace {

/// Cuts `text` at the first `separator` and returns what stands before it; empty when there is none.
std::optional<std::string_view> take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at + 1);
  return head;
}

}  // namespace

std::string table_arn(const Account& account, std::string_view table_name) {
  return fmt::format("arn:aws:dynamodb:{}:{}:table/{}", account.region, account.id, table_name);
}

std::string index_arn(std::string_view table_arn, std::string_view index_name) {
  return fmt::format("{}/index/{}", table_arn, index_name);
}

std::string stream_arn(std::string_view table_arn, std::string_view label) {
  return fmt::format("{}/stream/{}", table_arn, label);
}

std::string function_arn(const Account& account, std::string_view function_name) {
  return fmt::format("arn:aws:lambda:{}:{}:function:{}", account.region, account.id, function_name);
}

std::string event_source_mapping_arn(const Account& account, std::string_view uuid) {
  return fmt::format("arn:aws:lambda:{}:{}:event-source-mapping:{}", account.region, account.id, uuid);
}

std::string stream_label(TimePoint created) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(created);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}", fmt::gmtime(seconds.time_since_epoch().count()),
                     (milliseconds - seconds).count());
}

std::string_view table_name_from(std::string_view name_or_arn) {
  if (!name_or_arn.starts_with("arn:")) return name_or_arn;
  std::string_view rest = name_or_arn;
  for (int part = 0; part < 5; ++part) {  // arn : partition : service : region : account
    if (!take_until(rest, ':')) return name_or_arn;
  }
  constexpr std::string_view kTable = "table/";
  if (!rest.starts_with(kTable) || rest.find('/', kTable.size()) != std::string_view::npos) return name_or_arn;
  return rest.substr(kTable.size());
}

std::optional<StreamArnParts> parse_stream_arn(std::string_view arn) {
  std::string_view rest = arn;
  const auto scheme = take_until(rest, ':');
  const auto partition = take_until(rest, ':');
  const auto service = take_until(rest, ':');
  const auto region = take_until(rest, ':');
  const auto account = take_until(rest, ':');
  if (!account || *scheme != "arn" || !partition->starts_with("aws") || *service != "dynamodb") return std::nullopt;
  const auto kind = take_until(rest, '/');
  const auto table = take_until(rest, '/');
  const auto stream = take_until(rest, '/');
  if (!stream || *kind != "table" || *stream != "stream" || table->empty() || rest.empty()) return std::nullopt;
  return StreamArnParts{*region, *account, *table, rest};
}

}  // namespace millrace::model
