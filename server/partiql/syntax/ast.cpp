#include "server/partiql/syntax/ast.hpp"

namespace millrace::partiql {
namespace {

struct SourceOf {
  const Source& operator()(const Select& select) const { return select.from; }
  const Source& operator()(const Insert& insert) const { return insert.into; }
  const Source& operator()(const Update& update) const { return update.target; }
  const Source& operator()(const Delete& erase) const { return erase.from; }
  const Source& operator()(const Exists& exists) const { return exists.select.from; }
};

}  // namespace

const Source& source_of(const Statement& statement) { return std::visit(SourceOf{}, statement.node); }

}  // namespace millrace::partiql
