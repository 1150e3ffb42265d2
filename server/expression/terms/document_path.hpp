// Walking a document along a path, and cutting paths out of it. Internal to server/expression.
#pragma once

#include <span>
#include <string_view>

#include "server/expression/syntax/ast.hpp"
#include "server/expression/syntax/placeholders.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::expression {

/// The attribute name of a path element. Precondition: it is not a ListIndex.
std::string_view name_at(const PathElement& element, const Bindings& bindings);

/// The child of `container` that `element` names, or null: missing, or `container` is no document of that kind.
const model::AttributeValue* find_child(const model::AttributeValue& container, const PathElement& element,
                                        const Bindings& bindings);

/// The value at the first `depth` elements of the path, or null when there is none. Precondition: `depth` >= 1.
const model::AttributeValue* find_at(const model::Item& item, const Path& path, const Bindings& bindings,
                                     std::size_t depth);
inline const model::AttributeValue* find_at(const model::Item& item, const Path& path, const Bindings& bindings) {
  return find_at(item, path, bindings, path.elements.size());
}
/// The same for changing the value.
model::AttributeValue* find_at(model::Item& item, const Path& path, const Bindings& bindings, std::size_t depth);

/// An order in which paths through the same element stand together: a path before its extensions, indexes before names.
bool comes_before(const BoundPath& left, const BoundPath& right);

/// The parts of `item` at `paths`, the structure around them rebuilt: maps hold only the selected entries, lists the
/// selected elements in index order, and a document of which nothing is left is omitted. Precondition: no two paths
/// overlap or conflict.
model::Item cut_out(const model::Item& item, std::span<const BoundPath> paths);

}  // namespace millrace::expression
