#include "server/api/items/transact_write_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "server/api/items/java_text.hpp"
#include "server/api/items/request_fingerprint.hpp"
#include "server/api/items/request_members.hpp"
#include "server/api/members/item_members.hpp"
#include "server/json/object_reader.hpp"
#include "server/plan/transaction.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {
namespace {

using base::validation_error;
using Kind = plan::ItemWrite::Kind;

constexpr Wording kTransactionWording = Wording::kClassic;

/// The members that an element may have, in AWS's order.
struct Action {
  Kind kind;
  std::string_view member;   ///< `ConditionCheck`
  std::string_view in_path;  ///< `conditionCheck`
};
constexpr std::array kActions{Action{Kind::kConditionCheck, "ConditionCheck", "conditionCheck"},
                              Action{Kind::kPut, "Put", "put"}, Action{Kind::kDelete, "Delete", "delete"},
                              Action{Kind::kUpdate, "Update", "update"}};

/// One action as its JSON says it.
struct ActionInput {
  const Action* action{nullptr};
  OptionalText table_name;
  std::optional<json::ItemInput> item;  ///< Item or Key
  OptionalText update_expression;
  OptionalText condition_expression;
  PlaceholdersInput placeholders;
  OptionalText values_on_failure;
};
using ElementInput = std::vector<ActionInput>;

ActionInput read_action(const Action& action, json::ObjectReader& in) {
  ActionInput input;
  input.action = &action;
  input.item = action.kind == Kind::kPut ? in.item("Item", plan::kMaxItemBytes) : in.item("Key");
  if (action.kind == Kind::kUpdate) input.update_expression = in.string("UpdateExpression");
  input.table_name = in.string("TableName");
  input.condition_expression = in.string("ConditionExpression");
  input.placeholders = read_placeholders(in);
  input.values_on_failure = in.string("ReturnValuesOnConditionCheckFailure");
  return input;
}

ElementInput read_element(json::ObjectReader& in) {
  ElementInput element;
  for (const auto& action : kActions) {
    if (auto structure = in.structure(action.member, action.member)) {
      element.push_back(read_action(action, *structure));
      in.adopt(*structure);
    }
  }
  return element;
}

/// As an echo of the list shows it; how AWS prints names and values is not known.
std::string to_java_text(const ElementInput& element) {
  const auto text_or_null = [](OptionalText text) { return text ? std::string{*text} : std::string{"null"}; };
  std::string text{"TransactWriteItem("};
  for (const auto& action : kActions) {
    if (text.back() != '(') text.append(", ");
    text.append(action.in_path).append("=");
    const auto found = std::ranges::find_if(element, [&](const ActionInput& input) { return input.action == &action; });
    if (found == element.end()) {
      text.append("null");
      continue;
    }
    text.append(action.member).append(action.kind == Kind::kPut ? "(item=" : "(key=");
    text.append(found->item ? api::to_java_text(found->item->item) : "null");
    if (action.kind == Kind::kUpdate) {
      text.append(", updateExpression=").append(text_or_null(found->update_expression));
    }
    text.append(", tableName=").append(text_or_null(found->table_name));
    text.append(", conditionExpression=").append(text_or_null(found->condition_expression)).append(")");
  }
  return text.append(")");
}

std::string to_java_text(const std::vector<ElementInput>& elements) {
  std::string text{"["};
  for (const auto& element : elements) {
    if (text.size() >= base::kMostMessageBytes) break;
    if (text.size() > 1) text.append(", ");
    text.append(to_java_text(element));
  }
  return text.append("]");
}

/// Returns the table that is named, if it can be one.
model::TableReference check_action(validation::Constraints& constraints, const std::string& element,
                                   const ActionInput& input) {
  const auto path = [&](std::string_view member) {
    return fmt::format("{}.member.{}.{}", element, input.action->in_path, member);
  };
  const Kind kind = input.action->kind;
  constraints.required(path(kind == Kind::kPut ? "item" : "key"), input.item.has_value());
  if (kind == Kind::kUpdate) constraints.required(path("updateExpression"), input.update_expression.has_value());
  auto table = constraints.table_reference(path("tableName"), input.table_name);
  if (kind == Kind::kConditionCheck) {
    constraints.required(path("conditionExpression"), input.condition_expression.has_value());
  }
  constraints.one_of(path("returnValuesOnConditionCheckFailure"), input.values_on_failure, of_items::kValuesOnFailure);
  return table;
}

/// The tables of all actions, in order.
Result<std::vector<model::TableReference>> check_constraints(const std::optional<std::vector<ElementInput>>& elements,
                                                             OptionalText capacity, OptionalText metrics,
                                                             OptionalText token) {
  validation::Constraints constraints;
  std::vector<model::TableReference> tables;
  constraints.required("transactItems", elements.has_value());
  if (elements && (elements->empty() || elements->size() > kMaxTransactionMembers)) {
    constraints.count("transactItems", elements->size(), to_java_text(*elements), 1, kMaxTransactionMembers);
  } else if (elements) {
    for (std::size_t at = 0; at < elements->size(); ++at) {
      for (const auto& input : (*elements)[at]) {
        tables.push_back(check_action(constraints, fmt::format("transactItems.{}", at + 1), input));
      }
    }
  }
  check_return_consumed_capacity(constraints, capacity);
  constraints.one_of("returnItemCollectionMetrics", metrics, of_items::kCollectionMetrics);
  constraints.length("clientRequestToken", token, 1, kMaxTokenCharacters);
  TRY(constraints.finish());
  return tables;
}

Result<plan::ItemWrite> take_write(expression::ExpressionCache& expressions, ActionInput& input) {
  TRY(input.item->check(kTransactionWording));
  const Kind kind = input.action->kind;
  auto write = kind == Kind::kPut ? plan::ItemWrite::put(std::move(input.item->item))
                                  : plan::ItemWrite::of_key(kind, std::move(input.item->item));
  if (write.item_size() > plan::kMaxItemBytes) {
    return validation_error("Item size has exceeded the maximum allowed size");
  }
  write.failure_shows_item = input.values_on_failure == "ALL_OLD";
  // Names and values beside no expression are no mistake here, unlike in single writes.
  if (!input.update_expression && !input.condition_expression) return write;
  TRY(input.placeholders.check(kTransactionWording));
  auto& placeholders = input.placeholders.placeholders;
  if (input.update_expression) {
    TRY_ASSIGN(auto ast, expressions.update(*input.update_expression));
    TRY_ASSIGN(write.update, expression::resolve_update(std::move(ast), placeholders));
  }
  if (input.condition_expression) {
    TRY_ASSIGN(auto ast, expressions.condition(expression::ExpressionKind::kCondition, *input.condition_expression));
    TRY_ASSIGN(write.condition, expression::resolve_condition(std::move(ast), placeholders));
  }
  TRY(placeholders.check_all_used());
  return write;
}

/// What counts towards the limit of a transaction.
std::size_t bytes_of(const ActionInput& input, const plan::ItemWrite& write) {
  const std::size_t item = write.item_size() > 0 ? write.item_size() : model::size_of(write.item());
  return item + input.update_expression.value_or("").size() + input.condition_expression.value_or("").size();
}

}  // namespace

Result<TransactWriteRequest> parse_transact_write(expression::ExpressionCache& expressions, const json::Object& body) {
  json::ObjectReader in{body};
  std::vector<ElementInput> read;
  const auto count = in.structures("TransactItems", "TransactWriteItem", [&](json::ObjectReader& element) {
    // One too many is all that needs to be known.
    if (read.size() <= kMaxTransactionMembers) read.push_back(read_element(element));
  });
  const auto capacity = in.string("ReturnConsumedCapacity");
  const auto metrics = in.string("ReturnItemCollectionMetrics");
  const auto token = in.string("ClientRequestToken");
  if (in.failed()) return in.error();
  std::optional<std::vector<ElementInput>> elements;
  if (count) elements = std::move(read);
  TRY_ASSIGN(auto tables, check_constraints(elements, capacity, metrics, token));

  TransactWriteRequest request;
  request.terms.capacity_detail = capacity_detail_from(capacity);
  request.terms.wants_collection_metrics = metrics == "SIZE";
  if (token) {
    request.terms.token = *token;
    request.terms.fingerprint = fingerprint_of(body, {"TransactItems", "ReturnItemCollectionMetrics"});
  }
  std::size_t bytes = 0;
  for (std::size_t at = 0; at < elements->size(); ++at) {
    auto& element = (*elements)[at];
    if (element.size() != 1) {
      return validation_error("TransactItems can only contain one of Check, Put, Update or Delete");
    }
    TRY_ASSIGN(auto write, take_write(expressions, element.front()));
    write.tells_before = request.terms.capacity_detail != CapacityDetail::kNone;
    bytes += bytes_of(element.front(), write);
    request.members.push_back({std::move(tables[at]), std::move(write)});
  }
  if (bytes > plan::kMaxTransactionBytes) return plan::transaction_too_large();
  return request;
}

}  // namespace millrace::api
