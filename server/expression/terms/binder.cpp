#include "server/expression/terms/binder.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "server/expression/syntax/parser_core.hpp"
#include "server/expression/terms/document_path.hpp"

namespace millrace::expression {

Binder::Binder(ExpressionKind kind, const PlaceholderTable& table, Placeholders& placeholders)
    : kind_{kind}, table_{table}, placeholders_{&placeholders} {
  bindings_.names.resize(table.names.size());
  bindings_.values.resize(table.values.size());
}

Binder::Binder(ExpressionKind kind, const PlaceholderTable& table, Bindings bound)
    : kind_{kind}, table_{table}, bindings_{std::move(bound)} {}

Result<void> Binder::bind_name(std::size_t slot) {
  std::string_view& name = bindings_.names[slot];
  if (name.data() != nullptr) return {};
  const std::string* found = placeholders_->use_name(table_.names[slot]);
  if (found == nullptr) {
    return expression_error(kind_,
                            "An expression attribute name used in the document path is not defined; "
                            "attribute name: " +
                                table_.names[slot]);
  }
  name = *found;
  return {};
}

Result<void> Binder::bind_value(std::size_t slot) {
  const model::AttributeValue*& value = bindings_.values[slot];
  if (value != nullptr) return {};
  value = placeholders_->use_value(table_.values[slot]);
  if (value == nullptr) {
    return expression_error(kind_,
                            "An expression attribute value used in expression is not defined; "
                            "attribute value: " +
                                table_.values[slot]);
  }
  return {};
}

Bindings Binder::take() {
  if (placeholders_ != nullptr && (!table_.names.empty() || !table_.values.empty())) {
    bindings_.source = placeholders_->source();
  }
  return std::move(bindings_);
}

Result<void> Binder::bind(const Operand& operand) {
  if (const auto* value = std::get_if<ValueSlot>(&operand.node)) return bind_value(value->number);
  if (const auto* path = std::get_if<Path>(&operand.node)) {
    for (const auto& element : path->elements) {
      if (const auto* name = std::get_if<NameSlot>(&element)) TRY(bind_name(name->number));
    }
    return {};
  }
  for (const auto& argument : std::get<FunctionCall>(operand.node).arguments) TRY(bind(argument));
  return {};
}

Result<void> Binder::bind_names() {
  for (std::size_t slot = 0; slot < table_.names.size(); ++slot) TRY(bind_name(slot));
  return {};
}

Result<void> Binder::bind_values() {
  for (std::size_t slot = 0; slot < table_.values.size(); ++slot) TRY(bind_value(slot));
  return {};
}

namespace {

enum class PathRelation : std::uint8_t { kApart, kOverlap, kConflict };

PathRelation relation_of(const BoundPath& one, const BoundPath& two) {
  const auto& left = one.path->elements;
  const auto& right = two.path->elements;
  for (std::size_t n = 0; n < left.size() && n < right.size(); ++n) {
    const auto* left_index = std::get_if<ListIndex>(&left[n]);
    const auto* right_index = std::get_if<ListIndex>(&right[n]);
    if ((left_index == nullptr) != (right_index == nullptr)) return PathRelation::kConflict;
    if (left_index != nullptr) {
      if (*left_index != *right_index) return PathRelation::kApart;
    } else if (name_at(left[n], *one.bindings) != name_at(right[n], *two.bindings)) {
      return PathRelation::kApart;
    }
  }
  return PathRelation::kOverlap;
}

}  // namespace

Result<void> check_paths_apart(ExpressionKind kind, std::span<const BoundPath> paths) {
  const auto complaint = [kind](std::string_view verb, const BoundPath& one, const BoundPath& two) {
    return expression_error(kind, std::string{"Two document paths "}
                                      .append(verb)
                                      .append(" with each other; must remove or rewrite one of these paths; path one: ")
                                      .append(to_message_text(one))
                                      .append(", path two: ")
                                      .append(to_message_text(two)));
  };
  // Paths that overlap or conflict lie next to each other in this order, which tells cheaply that there are none.
  std::vector<BoundPath> sorted{paths.begin(), paths.end()};
  std::sort(sorted.begin(), sorted.end(), comes_before);
  const auto related = [](const BoundPath& one, const BoundPath& two) {
    return relation_of(one, two) != PathRelation::kApart;
  };
  if (std::adjacent_find(sorted.begin(), sorted.end(), related) == sorted.end()) return {};
  // Which two AWS names depends on their order in the expression.
  std::optional<ApiError> conflict;
  for (std::size_t second = 1; second < paths.size(); ++second) {
    for (std::size_t first = 0; first < second; ++first) {
      switch (relation_of(paths[first], paths[second])) {
        case PathRelation::kApart: break;
        case PathRelation::kOverlap: return complaint("overlap", paths[first], paths[second]);
        case PathRelation::kConflict:
          if (!conflict) conflict = complaint("conflict", paths[first], paths[second]);
          break;
      }
    }
  }
  if (conflict) return std::move(*conflict);
  return {};
}

}  // namespace millrace::expression
