// Server-side encryption of a table: a setting that is kept and told, as nothing here is encrypted.
#pragma once

#include <string>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

/// The ARN of a KMS key that is named by it or by its id.
std::string kms_key_arn(const model::Account& account, const std::string& key);

/// Writes the key's ARN into the definition, or takes it out when encryption with a KMS key is turned off. A request
/// that names no key gets one of AWS's making. `account` is the table's.
void apply_encryption(OperationContext& context, const model::Account& account, model::TableDefinition& table,
                      const EncryptionInput& encryption);

}  // namespace millrace::api
