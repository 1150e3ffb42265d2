#include "server/expression/terms/document_path.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace millrace::expression {
namespace {

using model::AttributeMap;
using model::AttributeValue;
using model::Item;
using model::List;

bool share_element(const BoundPath& left, const BoundPath& right, std::size_t depth) {
  const auto& left_element = left.path->elements[depth];
  const auto& right_element = right.path->elements[depth];
  const auto* left_index = std::get_if<ListIndex>(&left_element);
  const auto* right_index = std::get_if<ListIndex>(&right_element);
  if (left_index != nullptr || right_index != nullptr) {
    return left_index != nullptr && right_index != nullptr && *left_index == *right_index;
  }
  return name_at(left_element, *left.bindings) == name_at(right_element, *right.bindings);
}

/// Calls `visit` for each run of `paths` (sorted) that go through the same element at `depth`.
template <class Visit>
void for_each_run(std::span<const BoundPath> paths, std::size_t depth, const Visit& visit) {
  for (std::size_t begin = 0; begin < paths.size();) {
    std::size_t end = begin + 1;
    while (end < paths.size() && share_element(paths[begin], paths[end], depth)) ++end;
    visit(paths.subspan(begin, end - begin));
    begin = end;
  }
}

/// What `paths` select of `value`, of which they all name the first `depth` elements. At most 32 levels deep.
std::optional<AttributeValue> cut_value(const AttributeValue& value, std::span<const BoundPath> paths,
                                        std::size_t depth) {
  if (paths.front().path->elements.size() == depth) return value;
  if (value.as_map() != nullptr) {
    AttributeMap kept;
    for_each_run(paths, depth, [&](std::span<const BoundPath> run) {
      const BoundPath& path = run.front();
      const AttributeValue* child = find_child(value, path.path->elements[depth], *path.bindings);
      if (child == nullptr) return;
      if (auto part = cut_value(*child, run, depth + 1)) {
        kept.set(std::string{name_at(path.path->elements[depth], *path.bindings)}, std::move(*part));
      }
    });
    if (kept.empty()) return std::nullopt;
    return AttributeValue{std::move(kept)};
  }
  if (value.as_list() != nullptr) {
    List kept;
    for_each_run(paths, depth, [&](std::span<const BoundPath> run) {
      const AttributeValue* child = find_child(value, run.front().path->elements[depth], *run.front().bindings);
      if (child == nullptr) return;
      if (auto part = cut_value(*child, run, depth + 1)) kept.push_back(std::move(*part));
    });
    if (kept.empty()) return std::nullopt;
    return AttributeValue{std::move(kept)};
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_at(const PathElement& element, const Bindings& bindings) {
  if (const auto* slot = std::get_if<NameSlot>(&element)) return bindings.names[slot->number];
  return std::get<std::string>(element);
}

const AttributeValue* find_child(const AttributeValue& container, const PathElement& element,
                                 const Bindings& bindings) {
  if (const auto* index = std::get_if<ListIndex>(&element)) {
    const List* list = container.as_list();
    return list != nullptr && index->position < list->size() ? &(*list)[index->position] : nullptr;
  }
  const AttributeMap* map = container.as_map();
  return map != nullptr ? map->find(name_at(element, bindings)) : nullptr;
}

const AttributeValue* find_at(const Item& item, const Path& path, const Bindings& bindings, std::size_t depth) {
  const AttributeValue* value = item.find(name_at(path.elements.front(), bindings));
  for (std::size_t n = 1; n < depth && value != nullptr; ++n) value = find_child(*value, path.elements[n], bindings);
  return value;
}

AttributeValue* find_at(Item& item, const Path& path, const Bindings& bindings, std::size_t depth) {
  return const_cast<AttributeValue*>(find_at(std::as_const(item), path, bindings, depth));
}

bool comes_before(const BoundPath& left, const BoundPath& right) {
  const auto& left_elements = left.path->elements;
  const auto& right_elements = right.path->elements;
  for (std::size_t n = 0; n < left_elements.size() && n < right_elements.size(); ++n) {
    const auto* left_index = std::get_if<ListIndex>(&left_elements[n]);
    const auto* right_index = std::get_if<ListIndex>(&right_elements[n]);
    if ((left_index == nullptr) != (right_index == nullptr)) return left_index != nullptr;
    if (left_index != nullptr) {
      if (left_index->position != right_index->position) return left_index->position < right_index->position;
      continue;
    }
    const auto left_name = name_at(left_elements[n], *left.bindings);
    const auto right_name = name_at(right_elements[n], *right.bindings);
    if (left_name != right_name) return left_name < right_name;
  }
  return left_elements.size() < right_elements.size();
}

Item cut_out(const Item& item, std::span<const BoundPath> paths) {
  model::AttributeMapBuilder kept;
  const bool nested = std::any_of(paths.begin(), paths.end(), [](const BoundPath& path) { return path.is_nested(); });
  if (!nested) {
    for (const auto& path : paths) {
      if (const auto* value = item.find(path.top_level())) kept.append(std::string{path.top_level()}) = *value;
    }
    return std::move(kept).build();
  }
  std::vector<BoundPath> sorted{paths.begin(), paths.end()};
  std::sort(sorted.begin(), sorted.end(), comes_before);
  for_each_run(sorted, 0, [&](std::span<const BoundPath> run) {
    const AttributeValue* value = item.find(run.front().top_level());
    if (value == nullptr) return;
    if (auto part = cut_value(*value, run, 1)) kept.append(std::string{run.front().top_level()}) = std::move(*part);
  });
  return std::move(kept).build();
}

}  // namespace millrace::expression
