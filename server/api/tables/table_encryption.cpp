#include "server/api/tables/table_encryption.hpp"

#include <string>

namespace millrace::api {

std::string kms_key_arn(const model::Account& account, const std::string& key) {
  return key.starts_with("arn:") ? key : "arn:aws:kms:" + account.region + ":" + account.id + ":key/" + key;
}

void apply_encryption(OperationContext& context, const model::Account& account, model::TableDefinition& table,
                      const EncryptionInput& encryption) {
  if (!encryption.enabled.value_or(false)) {
    table.kms_key_arn.clear();
    return;
  }
  const std::string key{encryption.key_id ? std::string{*encryption.key_id} : base::make_uuid(context.services.random)};
  table.kms_key_arn = kms_key_arn(account, key);
}

}  // namespace millrace::api
