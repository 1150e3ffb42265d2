#include <algorithm>
#include <utility>

#include "server/expression/syntax/parser_core.hpp"
#include "server/expression/terms/binder.hpp"
#include "server/expression/terms/document_path.hpp"
#include "server/expression/terms/function_checks.hpp"
#include "server/expression/update.hpp"

namespace millrace::expression {
namespace {

using model::AttributeType;
using model::AttributeValue;

/// ADD and DELETE spell types out, unlike every other message; sets have no long name because DELETE takes them all.
std::string_view long_type_name(AttributeType type) {
  switch (type) {
    case AttributeType::kS: return "STRING";
    case AttributeType::kN: return "NUMBER";
    case AttributeType::kB: return "BINARY";
    case AttributeType::kBool: return "BOOLEAN";
    case AttributeType::kNull: return "NULL";
    case AttributeType::kL: return "LIST";
    case AttributeType::kM: return "MAP";
    case AttributeType::kSs:
    case AttributeType::kNs:
    case AttributeType::kBs: break;
  }
  return {};
}

Result<void> check_section_operand(ExpressionKind kind, std::string_view section, AttributeType type, bool accepted) {
  if (accepted) return {};
  return expression_error(kind, std::string{"Incorrect operand type for operator or function; operator: "}
                                    .append(section)
                                    .append(", operand type: ")
                                    .append(long_type_name(type)));
}

Result<void> check_section_operands(ExpressionKind kind, const UpdateAst& ast, const Bindings& bindings) {
  for (const auto& action : ast.actions) {
    if (const auto* add = std::get_if<AddAction>(&action)) {
      const AttributeType type = bindings.values[add->value.number]->type();
      TRY(check_section_operand(kind, "ADD", type, type == AttributeType::kN || model::is_set(type)));
    } else if (const auto* erase = std::get_if<DeleteAction>(&action)) {
      const AttributeType type = bindings.values[erase->value.number]->type();
      TRY(check_section_operand(kind, "DELETE", type, model::is_set(type)));
    }
  }
  return {};
}

Result<void> check_literal_type(ExpressionKind kind, std::string_view name, const Operand& operand,
                                AttributeType wanted, const Bindings& bindings) {
  const AttributeValue* literal = literal_of(operand, bindings);
  if (literal != nullptr && literal->type() != wanted) return incorrect_operand_type(kind, name, literal->type());
  return {};
}

// The depth of calls is bounded by the parser.
Result<void> check_operand(ExpressionKind kind, const Operand& operand, const Bindings& bindings) {
  const auto* call = std::get_if<FunctionCall>(&operand.node);
  if (call == nullptr) return {};
  for (const auto& argument : call->arguments) TRY(check_operand(kind, argument, bindings));
  TRY(check_operand_count(kind, *call));
  if (call->function == Function::kIfNotExists) return check_document_path(kind, *call);
  for (const auto& argument : call->arguments) {
    TRY(check_literal_type(kind, to_text(call->function), argument, AttributeType::kL, bindings));
  }
  return {};
}

Result<void> check_set_values(ExpressionKind kind, const UpdateAst& ast, const Bindings& bindings) {
  for (const auto& action : ast.actions) {
    const auto* set = std::get_if<SetAction>(&action);
    if (set == nullptr) continue;
    if (const auto* operand = std::get_if<Operand>(&set->value)) {
      TRY(check_operand(kind, *operand, bindings));
      continue;
    }
    const auto& arithmetic = std::get<Arithmetic>(set->value);
    const std::string_view name = arithmetic.op == ArithmeticOperator::kAdd ? "+" : "-";
    for (const auto* operand : {&arithmetic.left, &arithmetic.right}) TRY(check_operand(kind, *operand, bindings));
    for (const auto* operand : {&arithmetic.left, &arithmetic.right}) {
      TRY(check_literal_type(kind, name, *operand, AttributeType::kN, bindings));
    }
  }
  return {};
}

std::vector<BoundPath> targets_of(const UpdateAst& ast, const Bindings& bindings) {
  std::vector<BoundPath> targets;
  targets.reserve(ast.actions.size());
  for (const auto& action : ast.actions) targets.push_back({&target_of(action), &bindings});
  return targets;
}

Result<void> check_bound(ExpressionKind kind, const UpdateAst& ast, const Bindings& bindings) {
  TRY(check_paths_apart(kind, targets_of(ast, bindings)));
  TRY(check_section_operands(kind, ast, bindings));
  return check_set_values(kind, ast, bindings);
}

ApiError key_must_be_scalar(std::string_view role, std::string_view name) {
  return base::validation_error(
      std::string{"Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "}
          .append(role)
          .append(": ")
          .append(name));
}

}  // namespace

bool ResolvedUpdate::is_delete_only() const {
  return !ast->actions.empty() && std::all_of(ast->actions.begin(), ast->actions.end(), [](const auto& action) {
    return std::holds_alternative<RemoveAction>(action) || std::holds_alternative<DeleteAction>(action);
  });
}

Result<ResolvedUpdate> resolve_update(std::shared_ptr<const UpdateAst> ast, Placeholders& placeholders) {
  constexpr auto kKind = ExpressionKind::kUpdate;
  Binder binder{kKind, ast->placeholders, placeholders};
  TRY(binder.bind_names());
  TRY(binder.bind_values());
  TRY(check_bound(kKind, *ast, binder.bindings()));
  return ResolvedUpdate{std::move(ast), binder.take(), UpdateParameter::kUpdateExpression};
}

Result<ResolvedUpdate> resolve_update(std::shared_ptr<const UpdateAst> ast, Bindings bound) {
  TRY(check_bound(ExpressionKind::kStatement, *ast, bound));
  return ResolvedUpdate{std::move(ast), std::move(bound), UpdateParameter::kStatement};
}

std::vector<BoundPath> target_paths(const ResolvedUpdate& update) { return targets_of(*update.ast, update.bindings); }

Result<void> check_key_targets(const ResolvedUpdate& update, const model::KeySchema& table_key) {
  for (const auto& action : update.ast->actions) {
    const BoundPath target{&target_of(action), &update.bindings};
    const std::string_view name = target.top_level();
    if (!table_key.contains(name)) continue;
    if (target.is_nested()) return key_must_be_scalar("Key", name);
    return base::invalid_parameter_values(
        std::string{"Cannot update attribute "}.append(name).append(". This attribute is part of the key"));
  }
  return {};
}

Result<void> check_index_key_targets(const ResolvedUpdate& update, const model::KeySchema& index_key) {
  for (const auto& action : update.ast->actions) {
    const BoundPath target{&target_of(action), &update.bindings};
    if (target.is_nested() && index_key.contains(target.top_level())) {
      return key_must_be_scalar("IndexKey", target.top_level());
    }
  }
  return {};
}

const AttributeValue* literal_assigned_to(const ResolvedUpdate& update, std::string_view attribute) {
  for (const auto& action : update.ast->actions) {
    const auto* set = std::get_if<SetAction>(&action);
    if (set == nullptr || set->target.elements.size() > 1) continue;
    if (name_at(set->target.elements.front(), update.bindings) != attribute) continue;
    const auto* operand = std::get_if<Operand>(&set->value);
    return operand != nullptr ? literal_of(*operand, update.bindings) : nullptr;
  }
  return nullptr;
}

Result<void> check_nesting(const model::Item& after) {
  for (const auto& attribute : after) {
    if (model::depth_of(attribute.value) <= model::kMaxNesting) continue;
    return base::validation_error(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
        "limit");
  }
  return {};
}

}  // namespace millrace::expression
