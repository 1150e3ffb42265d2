// How an operation is declared: parse -> execute -> write. No HTTP, no threads, no real time.
//
// An operation is three plain functions in a file of its own:
//   Result<XRequest>  parse_x(const json::Object& body);                 // shape and constraints, no I/O
//   Result<XResponse> execute_x(OperationContext&, const XRequest&);     // the work, inside the storage gate
//   void              write_x(std::string& out, const XResponse&);       // the answer's JSON
// and one line in registry.cpp. An operation with expressions parses them too, outside the gate:
//   Result<XRequest>  parse_x(expression::ExpressionCache&, const json::Object& body);
// A test calls the three, or run_operation(), with no server. A request may hold views into the body, which outlives
// it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "server/base/clock.hpp"
#include "server/base/faults.hpp"
#include "server/base/random.hpp"
#include "server/base/result.hpp"
#include "server/json/document.hpp"
#include "server/model/arn.hpp"
#include "server/model/table_reference.hpp"
#include "server/storage/group_commit.hpp"

namespace millrace::streams {
class StreamCatalog;
class StreamWriter;
}  // namespace millrace::streams
namespace millrace::expression {
class ExpressionCache;
}

namespace millrace::api {

class TableCatalog;

/// What the user may set about the emulated service. Defaults are AWS's, or what serves a tester.
struct ServiceOptions {
  model::Account account{};
  int shards_per_stream{1};
  std::string endpoint{"localhost:8000"};  ///< where clients reach this server: what DescribeEndpoints answers
};

/// What an operation may use. All references outlive every operation.
struct Services {
  storage::GroupCommit& gate;
  TableCatalog& tables;
  streams::StreamCatalog& streams;
  streams::StreamWriter& stream_writer;
  expression::ExpressionCache& expressions;
  const Clock& clock;
  Random& random;
  Faults faults;
  ServiceOptions options;
};

/// One request on its way. Made per request, used by one thread.
struct OperationContext {
  Services& services;
  /// A place to parse stored items; not the parser that holds the request's body.
  json::Parser& stored_parser;
  /// Set when the operation has run: the group its answer must wait for; 0 when there is nothing to wait for.
  storage::Ticket ticket{0};
};

/// A text of the request that may be absent: a view into the body.
using OptionalText = std::optional<std::string_view>;

/// One row of the registry.
struct Operation {
  std::string_view target;  ///< `DynamoDB_20120810.GetItem`
  /// Appends the answer's JSON to `out`, or returns the error. Leaves context.ticket set either way.
  Result<void> (*run)(OperationContext& context, const json::Object& body, std::string& out);
};

/// The operation of an X-Amz-Target, or null. Case-sensitive, as on AWS.
const Operation* find_operation(std::string_view target);

/// Glues the three functions of an operation together. Parsing and writing happen outside the gate, so that several
/// threads do them at the same time.
template <auto Parse, storage::Access kAccess, auto Execute, auto Write>
Result<void> run_operation(OperationContext& context, const json::Object& body, std::string& out) {
  TRY_ASSIGN(const auto request, [&] {
    if constexpr (std::is_invocable_v<decltype(Parse), const json::Object&>) {
      return Parse(body);
    } else {
      return Parse(context.services.expressions, body);
    }
  }());
  auto response = [&] {
    const auto entry = context.services.gate.enter(kAccess);
    context.ticket = entry.ticket();
    using Response = decltype(Execute(context, request));
    if (entry.status().has_error()) return Response{base::to_api_error(entry.status().error())};
    return Execute(context, request);
  }();
  if (response.has_error()) return std::move(response).error();
  Write(out, *response);
  return {};
}

}  // namespace millrace::api
