// Names of resources, in AWS's shape (API reference, 1.8).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"

namespace millrace::model {

/// Whose resources, and where: part of every ARN.
struct Account {
  std::string region{"us-east-1"};
  std::string id{"000000000000"};  ///< 12 digits

  friend auto operator<=>(const Account&, const Account&) = default;
};

std::string table_arn(const Account& account, std::string_view table_name);
std::string index_arn(std::string_view table_arn, std::string_view index_name);
std::string stream_arn(std::string_view table_arn, std::string_view label);
/// `suffix` tells it from others of the same millisecond.
std::string backup_arn(std::string_view table_arn, TimePoint created, std::uint32_t suffix);
/// Of what moves a table's items from or to a bucket: `<table ARN>/<kind>/<milliseconds>-<suffix>`. `kind` is `export`,
/// `import` or `bulk-operation`.
std::string transfer_arn(std::string_view table_arn, std::string_view kind, TimePoint created, std::uint32_t suffix);
std::string function_arn(const Account& account, std::string_view function_name);
std::string event_source_mapping_arn(const Account& account, std::string_view uuid);

/// A stream label: UTC, `YYYY-MM-DDTHH:MM:SS.mmm`, without `Z`.
std::string stream_label(TimePoint created);

struct TableArnParts {
  std::string_view region;
  std::string_view account_id;
  std::string_view table_name;
};
/// Takes a table ARN apart; empty when `arn` does not have that shape. Views into `arn`. What requests say is read by
/// TableReference.
std::optional<TableArnParts> parse_table_arn(std::string_view arn);

struct StreamArnParts {
  std::string_view region;
  std::string_view account_id;
  std::string_view table_name;
  std::string_view label;
};
/// Takes a stream ARN apart; empty when `arn` does not have that shape. Views into `arn`.
std::optional<StreamArnParts> parse_stream_arn(std::string_view arn);

struct BackupArnParts {
  std::string_view region;
  std::string_view account_id;
  std::string_view table_name;
};
/// Takes the ARN of a backup apart; empty when `arn` does not have that shape. Views into `arn`.
std::optional<BackupArnParts> parse_backup_arn(std::string_view arn);

struct TransferArnParts {
  std::string_view region;
  std::string_view account_id;
  std::string_view table_name;
  std::string_view kind;
  std::string_view id;
};
/// Takes the ARN of a transfer apart; empty when `arn` does not have that shape. Views into `arn`.
std::optional<TransferArnParts> parse_transfer_arn(std::string_view arn);

/// What to say behind AWS's text when a stream is not found: that it is of another region or account than the request,
/// which is for `here`; empty when it is not.
std::string stream_elsewhere_hint(std::string_view stream_arn, const Account& here);

}  // namespace millrace::model
