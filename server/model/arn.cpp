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

struct Owner {
  std::string_view region;
  std::string_view account_id;
};

/// Cuts what stands before the resource off a DynamoDB ARN; empty when `arn` is none.
std::optional<Owner> take_owner(std::string_view& arn) {
  if (!arn.starts_with("arn:")) return std::nullopt;
  take_until(arn, ':');
  const auto partition = take_until(arn, ':');
  const auto service = take_until(arn, ':');
  const auto region = take_until(arn, ':');
  const auto account = take_until(arn, ':');
  if (!account || !partition->starts_with("aws") || *service != "dynamodb") return std::nullopt;
  return Owner{*region, *account};
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

std::string backup_arn(std::string_view table_arn, TimePoint created, std::uint32_t suffix) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(created.time_since_epoch());
  return fmt::format("{}/backup/{:014}-{:08x}", table_arn, milliseconds.count(), suffix);
}

std::string transfer_arn(std::string_view table_arn, std::string_view kind, TimePoint created, std::uint32_t suffix) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(created.time_since_epoch());
  return fmt::format("{}/{}/{:014}-{:08x}", table_arn, kind, milliseconds.count(), suffix);
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

std::optional<TableArnParts> parse_table_arn(std::string_view arn) {
  constexpr std::string_view kTable = "table/";
  const auto owner = take_owner(arn);
  if (!owner || !arn.starts_with(kTable)) return std::nullopt;
  arn.remove_prefix(kTable.size());
  if (arn.empty() || arn.find('/') != std::string_view::npos) return std::nullopt;
  return TableArnParts{owner->region, owner->account_id, arn};
}

std::optional<BackupArnParts> parse_backup_arn(std::string_view arn) {
  const auto owner = take_owner(arn);
  if (!owner) return std::nullopt;
  const auto kind = take_until(arn, '/');
  const auto table = take_until(arn, '/');
  const auto backup = take_until(arn, '/');
  if (!backup || *kind != "table" || *backup != "backup" || table->empty() || arn.empty()) return std::nullopt;
  return BackupArnParts{owner->region, owner->account_id, *table};
}

std::optional<TransferArnParts> parse_transfer_arn(std::string_view arn) {
  const auto owner = take_owner(arn);
  if (!owner) return std::nullopt;
  const auto resource = take_until(arn, '/');
  const auto table = take_until(arn, '/');
  const auto kind = take_until(arn, '/');
  if (!kind || *resource != "table" || table->empty() || arn.empty() || arn.find('/') != std::string_view::npos) {
    return std::nullopt;
  }
  return TransferArnParts{owner->region, owner->account_id, *table, *kind, arn};
}

std::optional<StreamArnParts> parse_stream_arn(std::string_view arn) {
  const auto owner = take_owner(arn);
  if (!owner) return std::nullopt;
  const auto kind = take_until(arn, '/');
  const auto table = take_until(arn, '/');
  const auto stream = take_until(arn, '/');
  if (!stream || *kind != "table" || *stream != "stream" || table->empty() || arn.empty()) return std::nullopt;
  return StreamArnParts{owner->region, owner->account_id, *table, arn};
}

std::string stream_elsewhere_hint(std::string_view stream_arn, const Account& here) {
  const auto parts = parse_stream_arn(stream_arn);
  if (!parts) return {};
  const auto differs = [](std::string_view what, std::string_view theirs, std::string_view ours) {
    return std::string{" (it is of "}
        .append(what)
        .append(" ")
        .append(theirs)
        .append(", this request of ")
        .append(what)
        .append(" ")
        .append(ours)
        .append(")");
  };
  if (parts->region != here.region) return differs("region", parts->region, here.region);
  if (parts->account_id != here.id) return differs("account", parts->account_id, here.id);
  return {};
}

}  // namespace millrace::model
