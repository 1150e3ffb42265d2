#include "server/api/tables/table_encryption.hpp"

#include <string>

namespace millrace::api {

using base::invalid_parameter_values;

std::string kms_key_arn(const model::Account& account, const std::string& key) {
  return key.starts_with("arn:") ? key : "arn:aws:kms:" + account.region + ":" + account.id + ":key/" + key;
}

Result<void> check_encryption(const EncryptionInput& encryption) {
  if (!encryption.enabled.value_or(false)) {
    if (encryption.type) return invalid_parameter_values("SSEType can not be specified if Enabled is false");
    if (encryption.key_id) return invalid_parameter_values("KMSMasterKeyId can not be specified if Enabled is false");
    return {};
  }
  if (encryption.type && *encryption.type != "KMS") {
    return invalid_parameter_values(std::string{"SSEType "}.append(*encryption.type).append(" is not supported"));
  }
  if (encryption.key_id && !encryption.type) {
    return invalid_parameter_values("SSEType KMS is required if KMSMasterKeyId is specified");
  }
  return {};
}

Result<void> check_encryption_change(const model::Account& account, const model::TableDefinition& table,
                                     const EncryptionInput& encryption) {
  if (!encryption.enabled.value_or(false)) {
    if (!table.kms_key_arn.empty()) return {};
    return invalid_parameter_values("Table is already encrypted by default");
  }
  if (!encryption.key_id || kms_key_arn(account, std::string{*encryption.key_id}) != table.kms_key_arn) return {};
  return invalid_parameter_values(
      "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master "
      "Key");
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
