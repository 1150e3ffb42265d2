#include "server/api/tables/table_encryption.hpp"

#include <string>

namespace millrace::api {

void apply_encryption(OperationContext& context, model::TableDefinition& table, const EncryptionInput& encryption) {
  if (!encryption.enabled.value_or(false)) {
    table.kms_key_arn.clear();
    return;
  }
  const auto& account = context.caller.account;
  const std::string key{encryption.key_id ? std::string{*encryption.key_id} : base::make_uuid(context.services.random)};
  table.kms_key_arn =
      key.starts_with("arn:") ? key : "arn:aws:kms:" + account.region + ":" + account.id + ":key/" + key;
}

}  // namespace millrace::api
