#include "harness/admin/reshard_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "server/json/tree.hpp"
#include "server/rest/service_error.hpp"

namespace millrace::admin {
namespace {

using Action = ReshardRequest::Action;
using Plan = Result<std::vector<streams::Succession>>;

constexpr std::array<std::pair<std::string_view, Action>, 3> kActions{
    {{"rollover", Action::kRollover}, {"split", Action::kSplit}, {"merge", Action::kMerge}}};

Plan plan_in_words_of_streams(const ReshardRequest& request, const streams::StreamDescriptor& stream) {
  switch (request.action) {
    case Action::kRollover: return streams::plan_rollover(stream, request.shard_id);
    case Action::kSplit: return streams::plan_split(stream, request.shard_id);
    case Action::kMerge: return streams::plan_merge(stream, request.shard_id, request.adjacent_shard_id);
  }
  return std::vector<streams::Succession>{};
}

}  // namespace

Result<ReshardRequest> parse_reshard_request(std::string_view body) {
  constexpr const char* kWhichActions = R"(action must be "rollover", "split" or "merge".)";
  const auto document = json::parse_tree(body);
  if (document.has_error()) {
    return rest::invalid_parameter_value("The body of a request to shards cannot be read: " + document.error().reason +
                                         ".");
  }
  if (!document->is_object())
    return rest::invalid_parameter_value("The body of a request to shards must be a JSON object.");
  if (!document->contains("action")) return rest::invalid_parameter_value(kWhichActions);
  ReshardRequest request;
  for (const auto& [name, value] : document->items()) {
    if (name != "action" && name != "shardId" && name != "adjacentShardId") {
      return rest::invalid_parameter_value(
          fmt::format("A request to shards has no member '{}'; it has action, shardId and adjacentShardId.", name));
    }
    if (!value.is_string()) {
      return rest::invalid_parameter_value(name == "action" ? kWhichActions : name + " must be the id of a shard.");
    }
    auto text = value.get<std::string>();
    if (name == "action") {
      const auto* const action = std::ranges::find(kActions, text, [](const auto& known) { return known.first; });
      if (action == kActions.end()) return rest::invalid_parameter_value(kWhichActions);
      request.action = action->second;
    } else {
      (name == "shardId" ? request.shard_id : request.adjacent_shard_id) = std::move(text);
    }
  }
  if (request.adjacent_shard_id && request.action != Action::kMerge) {
    return rest::invalid_parameter_value("adjacentShardId is the second shard of a merge.");
  }
  return request;
}

Result<std::vector<streams::Succession>> plan_of(const ReshardRequest& request,
                                                 const streams::StreamDescriptor& stream) {
  auto plan = plan_in_words_of_streams(request, stream);
  if (plan.has_error()) return rest::invalid_parameter_value(plan.error().message);
  return plan;
}

}  // namespace millrace::admin
