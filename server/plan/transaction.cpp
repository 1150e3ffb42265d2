#include "server/plan/transaction.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "server/json/object_writer.hpp"
#include "server/plan/item_keys.hpp"

namespace millrace::plan {
namespace {

using base::validation_error;
using Kind = ItemWrite::Kind;

CancellationReason invalid(std::string message) { return {"ValidationError", std::move(message)}; }

/// Why the key of a member is none of its table's; nothing when it is. A put tells of a wrong type in fewer words here
/// than in PutItem (additions, row 18).
std::optional<CancellationReason> misfit(const model::KeySchema& schema, const ItemWrite& write) {
  constexpr std::string_view kWordsOfPutItem = "One or more parameter values were invalid: ";
  if (write.kind() != Kind::kPut) {
    if (has_key_shape(schema, write.item())) return std::nullopt;
    return invalid("The provided key element does not match the schema");
  }
  if (has_key_shape(schema, model::key_of(schema, write.item()))) return std::nullopt;
  std::string message = encode_item_key(schema, write.item()).error().message;
  if (message.find("Type mismatch") == kWordsOfPutItem.size()) message.erase(0, kWordsOfPutItem.size());
  return invalid(std::move(message));
}

/// Of a key that fits. Errors: its values are empty or too large.
Result<storage::EncodedKey> encode(const model::KeySchema& schema, const ItemWrite& write) {
  return write.kind() == Kind::kPut ? encode_item_key(schema, write.item()) : encode_request_key(schema, write.item());
}

CancellationReason throttled(const ApiError& error) {
  const bool is_provisioned = error.kind == ErrorKind::kProvisionedThroughputExceeded;
  return {is_provisioned ? "ProvisionedThroughputExceeded" : "ThrottlingError", error.message};
}

/// What a failed condition shows: `"Item":{…}`, as ConditionalCheckFailedException has it.
std::string_view shown_item(const ApiError& error) {
  constexpr std::string_view kMember = "\"Item\":";
  const std::string_view members = error.members;
  return members.starts_with(kMember) ? members.substr(kMember.size()) : std::string_view{};
}

}  // namespace

ApiError transaction_too_large() { return validation_error("Transaction request size cannot exceed 4 MB"); }

CancellationReason conflict() { return {"TransactionConflict", transaction_conflict().message}; }

ApiError transaction_cancelled(std::span<const CancellationReason> reasons) {
  ApiError error{ErrorKind::kTransactionCanceled,
                 "Transaction cancelled, please refer cancellation reasons for specific reasons ["};
  std::string& listed = error.members;
  listed = "\"CancellationReasons\":[";
  for (const auto& reason : reasons) {
    if (&reason != &reasons.front()) {
      error.message.append(", ");
      listed.push_back(',');
    }
    error.message.append(reason.code);
    json::ObjectWriter writer{listed};
    writer.string("Code", reason.code);
    if (!reason.message.empty()) writer.string("Message", base::cut_message(reason.message));
    if (!reason.item_json.empty()) writer.raw("Item", reason.item_json);
    writer.finish();
  }
  error.message.push_back(']');
  listed.push_back(']');
  return error;
}

ApiError transaction_cancelled(std::size_t count, std::size_t at, CancellationReason reason) {
  std::vector<CancellationReason> reasons(count);
  reasons[at] = std::move(reason);
  return transaction_cancelled(reasons);
}

Result<std::vector<LocatedMember>> locate_transaction(std::span<const TransactionMember> members) {
  std::vector<LocatedMember> located;
  located.reserve(members.size());
  std::set<std::pair<model::KeyspaceId, storage::EncodedKey>> seen;
  std::optional<ApiError> cancelled;
  for (std::size_t at = 0; at < members.size(); ++at) {
    const auto& definition = members[at].table->definition;
    if (definition.replication && definition.replication->is_strong) {
      return validation_error(
          "Transactions are not supported for global tables with MultiRegionConsistency set to STRONG");
    }
    const auto& write = *members[at].write;
    const auto cancel = [&](CancellationReason reason) {
      if (!cancelled) cancelled = transaction_cancelled(members.size(), at, std::move(reason));
    };
    if (auto reason = misfit(definition.key_schema, write)) {
      cancel(*std::move(reason));
      continue;
    }
    TRY_ASSIGN(auto row_key, encode(definition.key_schema, write));
    if (!seen.emplace(definition.keyspace, row_key).second) {
      return validation_error("Transaction request cannot include multiple operations on one item");
    }
    if (write.kind() == Kind::kPut) {
      if (auto checked = check_index_keys(definition, write.item()); checked.has_error()) {
        cancel(invalid(std::move(checked).error().message));
      }
    }
    located.push_back({&members[at], std::move(row_key)});
  }
  if (cancelled) return *std::move(cancelled);
  return located;
}

Result<void> check_no_conflict(const ReadContext& context, std::span<const LocatedMember> members) {
  if (context.ongoing == nullptr) return {};
  std::vector<CancellationReason> reasons(members.size());
  bool conflicts = false;
  for (std::size_t at = 0; at < members.size(); ++at) {
    const auto& [member, row_key] = members[at];
    if (!context.ongoing->contains(context.group, member->table->definition.keyspace, row_key)) continue;
    reasons[at] = conflict();
    conflicts = true;
  }
  if (conflicts) return transaction_cancelled(reasons);
  return {};
}

Result<void> admit_transaction_read(const ReadContext& context, std::span<const LocatedMember> members) {
  if (context.limits == nullptr) return {};
  std::vector<CancellationReason> reasons(members.size());
  bool is_cancelled = false;
  for (std::size_t at = 0; at < members.size(); ++at) {
    const auto admitted = admit_read(context, *members[at].member->table);
    if (admitted.has_value()) continue;
    reasons[at] = throttled(admitted.error());
    is_cancelled = true;
  }
  if (is_cancelled) return transaction_cancelled(reasons);
  return {};
}

Result<std::vector<PreparedWrite>> prepare_transaction(const ReadContext& context,
                                                       std::span<const LocatedMember> members, std::size_t most_bytes) {
  std::vector<PreparedWrite> prepared;
  prepared.reserve(members.size());
  std::vector<CancellationReason> reasons(members.size());
  bool is_cancelled = false;
  std::size_t met = 0;
  std::size_t written = 0;
  for (std::size_t at = 0; at < members.size(); ++at) {
    const auto& [member, row_key] = members[at];
    if (met > most_bytes) return prepared;
    auto write = prepare(context, member->table, row_key, *member->write);
    if (write.has_value()) {
      if (const auto& row = write->before().row) met += row->item_size;
      if (member->write->kind() != Kind::kConditionCheck) written += write->after_size();
      if (written > kMaxTransactionBytes) return transaction_too_large();
      prepared.push_back(*std::move(write));
      continue;
    }
    is_cancelled = true;
    const ApiError& error = write.error();
    switch (error.kind) {
      case ErrorKind::kValidation: return transaction_cancelled(members.size(), at, invalid(error.message));
      case ErrorKind::kConditionalCheckFailed:
        reasons[at] = {"ConditionalCheckFailed", error.message, std::string{shown_item(error)}};
        break;
      case ErrorKind::kDuplicateItem: reasons[at] = {"DuplicateItem", error.message}; break;
      case ErrorKind::kTransactionConflict: reasons[at] = conflict(); break;
      case ErrorKind::kProvisionedThroughputExceeded:
      case ErrorKind::kThrottling: reasons[at] = throttled(error); break;
      default: return error;
    }
  }
  if (is_cancelled) return transaction_cancelled(reasons);
  return prepared;
}

}  // namespace millrace::plan
