// Server-side encryption of a table: a setting that is kept and told, as nothing here is encrypted.
#pragma once

#include <string>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

/// The ARN of a KMS key that is named by it or by its id.
std::string kms_key_arn(const model::Account& account, const std::string& key);

/// Whether the members of a request go together: a kind or a key of encryption that is off is refused, a key needs the
/// kind KMS, and there is no other kind. Ask before apply_encryption(). Any thread.
Result<void> check_encryption(const EncryptionInput& encryption);

/// Whether a table of `account` may be changed so: AWS refuses to turn off what is off, and to name the key in use.
Result<void> check_encryption_change(const model::Account& account, const model::TableDefinition& table,
                                     const EncryptionInput& encryption);

/// Writes the key's ARN into the definition, or takes it out when encryption with a KMS key is turned off. A request
/// that names no key gets one of AWS's making. `account` is the table's.
void apply_encryption(OperationContext& context, const model::Account& account, model::TableDefinition& table,
                      const EncryptionInput& encryption);

}  // namespace millrace::api
