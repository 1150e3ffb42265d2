// projection := path {, path}   (API reference, 5.2)
#include <utility>

#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/parser_core.hpp"

namespace millrace::expression {
namespace {

class ProjectionParser : private ParserCore {
 public:
  explicit ProjectionParser(std::string_view text) : ParserCore{ExpressionKind::kProjection, text} {}

  Result<ProjectionAst> parse() {
    ProjectionAst ast;
    do {
      TRY_ASSIGN(Path path, parse_path());
      ast.paths.push_back(std::move(path));
    } while (accept(TokenKind::kComma));
    if (current() != TokenKind::kEnd) return syntax_error();
    TRY(finish({Complaint::kReservedWord, Complaint::kPathTooLarge}));
    ast.placeholders = take_placeholders();
    return ast;
  }
};

}  // namespace

Result<ProjectionAst> parse_projection(std::string_view text) {
  TRY(check_text(ExpressionKind::kProjection, text));
  return ProjectionParser{text}.parse();
}

}  // namespace millrace::expression
