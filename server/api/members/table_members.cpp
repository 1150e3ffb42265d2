#include "server/api/members/table_members.hpp"

namespace millrace::api {
namespace {

constexpr std::size_t kMinTableName = 3;
constexpr std::size_t kMaxTableName = 255;

}  // namespace

void check_resource_name(validation::Constraints& constraints, std::string_view path, std::string_view text) {
  constraints.resource_name(path, text);
}

void check_name_of_table(validation::Constraints& constraints, std::string_view path, std::string_view text) {
  constraints.resource_name(path, model::TableReference{std::string{text}}.name());
}

void check_apart(validation::Constraints& /*constraints*/, std::string_view /*path*/, std::string_view /*text*/) {}

Result<model::TableReference> finish_with_table(validation::Constraints& constraints, OptionalText table_name) {
  model::TableReference table{std::string{table_name.value_or("")}};
  if (table.is_foreign_arn()) {
    constexpr std::size_t kMaxArn = 1024;
    constraints.length("tableName", table.text(), 1, kMaxArn);
    TRY(constraints.finish());
    return table;  // the catalog says that it is no table's
  }
  const auto name = table.name();
  constraints.pattern("tableName", name, validation::is_resource_name(name), "[a-zA-Z0-9_.-]+");
  TRY(constraints.finish());
  if (!table_name) {
    return base::validation_error("The parameter 'TableName' is required but was not present in the request");
  }
  if (name.size() < kMinTableName || name.size() > kMaxTableName) {
    return base::validation_error("TableName must be at least 3 characters long and at most 255 characters long");
  }
  return table;
}

}  // namespace millrace::api
