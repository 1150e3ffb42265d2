#include "server/partiql/syntax/statement_cache.hpp"

#include "server/partiql/syntax/parser.hpp"

namespace millrace::partiql {

Result<std::shared_ptr<const Statement>> StatementCache::get(std::string_view text) {
  return statements_.get(text, parse_statement);
}

}  // namespace millrace::partiql
