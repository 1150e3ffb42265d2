#include "server/api/global_tables/replica_request.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace millrace::api {
namespace {

using base::invalid_parameter_values;
using base::validation_error;
using Action = ReplicaUpdate::Action;

ApiError no_actions() {
  return validation_error("There are no actions specified in the Replica Update Action of the request.");
}

std::optional<std::int64_t> units_of(const std::optional<ReadUnitsInput>& input) {
  return input ? input->units : std::nullopt;
}
std::optional<std::string> text_of(const OptionalText& text) {
  return text ? std::optional{std::string{*text}} : std::nullopt;
}

Result<ReplicaUpdate> resolve_update(Action action, const ReplicaInput& input) {
  ReplicaUpdate update{.action = action,
                       .region = std::string{*input.region},
                       .kms_key = text_of(input.kms_key),
                       .read_units = units_of(input.throughput),
                       .most_read_units = units_of(input.on_demand),
                       .table_class = text_of(input.table_class),
                       .indexes = {}};
  if (input.indexes) {
    for (const auto& index : *input.indexes) {
      if (action == Action::kUpdate && !units_of(index.throughput) && !units_of(index.on_demand)) return no_actions();
      update.indexes.push_back({std::string{*index.name}, units_of(index.throughput), units_of(index.on_demand)});
    }
  }
  if (action != Action::kUpdate) return update;
  if (update.kms_key) return invalid_parameter_values("KMSMasterKeyId must be specified for each replica.");
  if (!update.read_units && !update.most_read_units && !update.table_class && update.indexes.empty()) {
    return no_actions();
  }
  return update;
}

Result<ReplicaUpdate> resolve_element(const ReplicaUpdateInput& input) {
  const int given =
      input.create.has_value() + input.update.has_value() + input.erase.has_value() + input.disassociate.has_value();
  if (given == 0) return no_actions();
  if (given > 1) {
    return validation_error("Update table operation with more than one type of replica actions not allowed.");
  }
  if (input.create) return resolve_update(Action::kCreate, *input.create);
  if (input.update) return resolve_update(Action::kUpdate, *input.update);
  if (input.erase) return resolve_update(Action::kDelete, *input.erase);
  return resolve_update(Action::kDisassociate, *input.disassociate);
}

Result<std::vector<ReplicaUpdate>> resolve_updates(const std::vector<ReplicaUpdateInput>& inputs) {
  std::vector<ReplicaUpdate> updates;
  for (const auto& input : inputs) {
    TRY_ASSIGN(auto update, resolve_element(input));
    if (!updates.empty() && updates.front().action != update.action) {
      return validation_error("Update table operation with more than one type of replica actions not allowed.");
    }
    if (std::ranges::find(updates, update.region, &ReplicaUpdate::region) == updates.end()) {
      // No group of replicas that are never apart has more than two beside the table itself.
      constexpr std::size_t kMostUpdates = 2;
      if (updates.size() == kMostUpdates) {
        return validation_error(
            "Update table operation with more than one create or delete replica actions not allowed");
      }
      updates.push_back(std::move(update));
    }
  }
  return updates;
}

Result<std::optional<WitnessUpdate>> resolve_witness(const ReplicaMembers& members) {
  if (!members.witnesses || members.witnesses->empty()) return std::optional<WitnessUpdate>{};
  const auto& input = members.witnesses->front();
  if (input.create.has_value() == input.erase.has_value()) return no_actions();
  if (input.create) {
    return std::optional{WitnessUpdate{.is_created = true, .region = std::string{*input.create->region}}};
  }
  return std::optional{WitnessUpdate{.is_created = false, .region = std::string{*input.erase->region}}};
}

/// Three regions from the first moment, one of which may be a witness, out of those that AWS has for it.
Result<void> check_strong(const ReplicaRequest& request) {
  constexpr std::size_t kRegionsBesideTheTable = 2;
  if (request.updates.size() + (request.witness ? 1 : 0) != kRegionsBesideTheTable) {
    return validation_error("Unsupported replica count for global tables with MultiRegionConsistency set to STRONG.");
  }
  constexpr std::array<std::string_view, 10> kRegions{
      "us-east-1", "us-east-2",    "us-west-2",      "eu-west-1",      "eu-west-2",
      "eu-west-3", "eu-central-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"};
  std::string unsupported;
  const auto check = [&](const std::string& region) {
    if (std::ranges::find(kRegions, region) != kRegions.end()) return;
    if (unsupported.find(region) == std::string::npos)
      unsupported.append(unsupported.empty() ? "" : ", ").append(region);
  };
  for (const auto& update : request.updates) check(update.region);
  if (request.witness) check(request.witness->region);
  if (unsupported.empty()) return {};
  return validation_error(
      "Unsupported Region(s) specified for global tables with MultiRegionConsistency set to STRONG: [" + unsupported +
      "].");
}

Result<void> check_together(const ReplicaRequest& request) {
  const auto action = request.updates.front().action;
  const bool is_strong = request.is_strong.value_or(false);
  if (request.witness && request.witness->is_created && !is_strong) {
    return validation_error(
        "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present.");
  }
  if (request.is_strong && action != Action::kCreate) {
    return validation_error(
        "Only Replica Create actions are supported when MultiRegionConsistency parameter is provided.");
  }
  if (request.updates.size() > 1 && action != Action::kDelete && !is_strong) {
    return validation_error("Update table operation with more than one create or delete replica actions not allowed");
  }
  if (is_strong) TRY(check_strong(request));
  const bool shares_region = request.witness && std::ranges::find(request.updates, request.witness->region,
                                                                  &ReplicaUpdate::region) != request.updates.end();
  if (shares_region) return validation_error("Cannot target multiple regions with the same action");
  return {};
}

}  // namespace

Result<std::optional<ReplicaRequest>> resolve_replica_request(const ReplicaMembers& members, bool asks_for_more) {
  if (asks_for_more && (members.witnesses || members.consistency)) {
    return validation_error("Requests that modify replicas or witnesses must not also modify other fields");
  }
  if (!members.updates || members.updates->empty()) return std::optional<ReplicaRequest>{};
  if (asks_for_more) {
    return invalid_parameter_values("Replica modification must be the only operation in the request");
  }
  ReplicaRequest request;
  TRY_ASSIGN(request.updates, resolve_updates(*members.updates));
  TRY_ASSIGN(request.witness, resolve_witness(members));
  if (members.consistency) request.is_strong = *members.consistency == "STRONG";
  TRY(check_together(request));
  return std::optional{std::move(request)};
}

}  // namespace millrace::api
