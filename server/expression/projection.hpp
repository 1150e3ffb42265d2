// Projections: which parts of an item to return.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/expression/syntax/ast.hpp"
#include "server/expression/syntax/placeholders.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::expression {

/// A projection that is ready to be applied. A value of its own: it keeps what it was resolved with.
struct ResolvedProjection {
  /// kDocument rebuilds the structure around what is selected; kFlat puts it at the top, under the last name of its
  /// path, as PartiQL's SELECT does.
  enum class Shape : std::uint8_t { kDocument, kFlat };

  std::shared_ptr<const ProjectionAst> ast;
  Bindings bindings;
  Shape shape{Shape::kDocument};
};

/// Binds the placeholders of `ast` and refuses overlapping and conflicting paths (API reference 5.3).
[[nodiscard]] Result<ResolvedProjection> resolve_projection(std::shared_ptr<const ProjectionAst> ast,
                                                            Placeholders& placeholders);

/// The selected parts of `item` (reference 5.7; 3.14 of statements). Keys are not added.
[[nodiscard]] model::Item project(const ResolvedProjection& projection, const model::Item& item);

/// Every selected path, in the order of the text. Valid while `projection` stays in place.
[[nodiscard]] std::vector<BoundPath> paths_of(const ResolvedProjection& projection);

/// The attributes those paths begin in, each once, in the order of the text.
[[nodiscard]] std::vector<std::string_view> top_level_attributes(const ResolvedProjection& projection);

}  // namespace millrace::expression
