// UpdateTable (API reference, 3.2; streams-and-esm, 1.12): throughput and billing mode, stream, global indexes, table
// class, deletion protection. All of it is done when the answer leaves, though the answer says UPDATING as AWS's does;
// only a new index over a large table is filled afterwards, in portions (index_backfill.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/api/operation.hpp"
#include "server/api/table_description.hpp"
#include "server/api/table_request.hpp"
#include "server/json/document.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

struct UpdateTableRequest {
  struct IndexUpdate {
    enum class Action { kUpdate, kCreate, kDelete };
    Action action{Action::kUpdate};
    IndexInput index;  ///< Update has name and throughput, Delete the name alone
  };

  model::TableReference table;
  std::vector<model::KeyAttribute> definitions;  ///< each name once
  std::optional<model::BillingMode> billing_mode;
  std::optional<model::Throughput> throughput;
  std::vector<IndexUpdate> index_updates;
  std::optional<StreamInput> stream;
  std::optional<EncryptionInput> encryption;
  std::optional<model::OnDemandThroughput> on_demand;
  std::optional<std::string> table_class;
  std::optional<bool> deletion_protection;
};

Result<UpdateTableRequest> parse_update_table(const json::Object& body);
Result<TableDescription> execute_update_table(OperationContext& context, const UpdateTableRequest& request);
void write_update_table(std::string& out, const TableDescription& response);

}  // namespace millrace::api
