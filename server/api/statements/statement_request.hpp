// What the three operations of PartiQL have in common: one statement of a request, read, checked and bound; where it is
// looked for; and what its error is called in a list of answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/items/request_members.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/json/object_reader.hpp"
#include "server/partiql/bound_statement.hpp"
#include "server/partiql/syntax/statement_cache.hpp"
#include "server/plan/read_target.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {

/// Parameters that are looked at: more than any statement can mention.
inline constexpr std::size_t kParametersSeen = partiql::kMaxStatementCharacters + 1;

/// Which members a statement has beside its text and parameters, in the order of the operation's table.
enum class StatementMembers : std::uint8_t { kOfBatch, kOfTransaction };

/// One statement as its JSON says it.
struct StatementInput {
  OptionalText statement;
  std::optional<std::vector<json::ValueInput>> parameters;
  std::optional<bool> consistent_read;
  OptionalText values_on_failure;

  [[nodiscard]] plan::Consistency consistency() const {
    return consistent_read.value_or(false) ? plan::Consistency::kStrong : plan::Consistency::kEventual;
  }
};

/// An element of Statements or TransactStatements.
StatementInput read_statement(StatementMembers members, json::ObjectReader& in);

/// The constraints of text and parameters, and that of ReturnValuesOnConditionCheckFailure. `path` stands in front of
/// the members: empty, or `statements.1.member.`.
void check_statement(validation::Constraints& constraints, const std::string& path, const StatementInput& input);

/// Parses it, or remembers what it was parsed to, and binds it. Takes the parameters. Errors: those of the text and of
/// its values.
Result<partiql::BoundStatement> bind_statement(partiql::StatementCache& statements, StatementInput& input);

/// What counts towards the limit of a transaction: the text and what its parameters hold.
std::size_t bytes_of(const StatementInput& input);

/// As an echo of a list of statements shows it.
std::string to_java_text(const std::vector<StatementInput>& inputs, std::string_view structure);

/// The table that a write is about. Errors: it names an index.
Result<model::TableReference> table_of(const partiql::BoundWrite& write);

/// The table or index that a SELECT reads. Errors: either does not exist, or a consistent read of a global index.
Result<plan::ReadTarget> find_source(const PrepareContext& context, const partiql::Source& source,
                                     plan::Consistency consistency);

/// What RETURNING shows, in the words of UpdateItem.
ReturnValues return_values_of(partiql::Returning returning);

/// The Code of a statement's error in the answer of a batch (reference, 3.14); empty for errors that are nobody's
/// statement's.
std::string_view batch_error_code(ErrorKind kind);

}  // namespace millrace::api
