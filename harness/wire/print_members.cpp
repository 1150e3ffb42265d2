// Prints, as one line of JSON, what is served and which members it knows: javascript/members.test.js compares that with
// the newest models of AWS, and python/test_deep_input.py tries every route.
//
//   {"dynamodb": {"DynamoDB_20120810.GetItem": {"TableName": {"type": "string"}, …}}, "unserved": ["CreateBackup", …],
//    "lambda": {"Invoke": …}, "routes": [{"operation": "Drain", "method": "POST", "path": "/_millrace/drain"}, …]}
//
// A member that is known and not looked at is null. A structure whose members are not told has no "members".
#include <cstdio>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "harness/admin/admin_operations.hpp"
#include "harness/esm/mapping_operations.hpp"
#include "harness/lambda/function_operations.hpp"
#include "server/api/operation.hpp"
#include "server/api/unserved_operation.hpp"
#include "server/json/tree.hpp"

namespace millrace {
namespace {

using Json = nlohmann::json;

std::string_view type_name(members::Kind kind) {
  switch (kind) {
    case members::Kind::kString: return "string";
    case members::Kind::kBlob: return "blob";
    case members::Kind::kInteger:
    case members::Kind::kLong:
    case members::Kind::kDouble: return "number";
    case members::Kind::kTimestamp: return "timestamp";
    case members::Kind::kBoolean: return "boolean";
    case members::Kind::kStructure: return "structure";
    case members::Kind::kList: return "list";
    case members::Kind::kMap: return "map";
  }
  return {};
}

Json to_json(std::span<const members::Member> table, bool in_value);

/// AttributeValues inside an AttributeValue are not opened again.
Json to_json(const members::Shape& shape, bool in_value) {
  Json json{{"type", type_name(shape.kind)}};
  if (shape.element != nullptr) json["element"] = to_json(*shape.element, in_value);
  const bool is_value = shape.name == "AttributeValue";
  if (shape.kind == members::Kind::kStructure && !(is_value && in_value)) {
    json["members"] = to_json(shape.members, is_value);
  }
  return json;
}

Json to_json(std::span<const members::Member> table, bool in_value) {
  Json json = Json::object();
  for (const auto& member : table) {
    json[std::string{member.name}] = member.shape == nullptr ? Json{} : to_json(*member.shape, in_value);
  }
  return json;
}

Json to_json(std::span<const rest::Member> table);

Json to_json(const rest::Member& member) {
  const auto of = [](std::string_view type) { return Json{{"type", type}}; };
  Json structure = of("structure");
  if (!member.members.empty()) structure["members"] = to_json(member.members);
  Json list = of("list");
  switch (member.type) {
    case rest::MemberType::kString: return of("string");
    case rest::MemberType::kInteger: return of("number");
    case rest::MemberType::kTimestamp: return of("timestamp");
    case rest::MemberType::kBoolean: return of("boolean");
    case rest::MemberType::kStructure: return structure;
    case rest::MemberType::kStringList: list["element"] = of("string"); return list;
    case rest::MemberType::kStructureList: list["element"] = std::move(structure); return list;
    case rest::MemberType::kStringMap: return Json{{"type", "map"}, {"element", of("string")}};
  }
  return {};
}

Json to_json(std::span<const rest::Member> table) {
  Json json = Json::object();
  for (const auto& member : table) json[std::string{member.name}] = to_json(member);
  return json;
}

template <class Operation>
void add_members(Json& to, std::span<const Operation* const> operations) {
  for (const Operation* const operation : operations) to[std::string{operation->name}] = to_json(operation->members());
}

template <class Operation>
void add_routes(Json& to, std::span<const Operation* const> operations) {
  for (const Operation* const operation : operations) {
    to.push_back({{"operation", operation->name}, {"method", operation->method}, {"path", operation->path}});
  }
}

Json everything() {
  Json dynamodb = Json::object();
  for (const api::Operation* operation : api::operations()) {
    dynamodb[std::string{operation->target}] = to_json(operation->members, false);
  }
  Json lambda = Json::object();
  add_members(lambda, lambda::function_operations());
  add_members(lambda, esm::mapping_operations());
  Json routes = Json::array();
  add_routes(routes, lambda::function_operations());
  add_routes(routes, esm::mapping_operations());
  add_routes(routes, admin::admin_operations());
  return {{"dynamodb", std::move(dynamodb)},
          {"unserved", api::unserved_operation_names()},
          {"lambda", std::move(lambda)},
          {"routes", std::move(routes)}};
}

}  // namespace
}  // namespace millrace

int main() { std::puts(millrace::json::print_tree(millrace::everything()).c_str()); }
