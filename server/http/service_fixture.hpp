// For tests of the HTTP shell: services without a database, and a registry of operations that do what a test needs.
#pragma once

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "server/api/operation.hpp"
#include "server/api/table_catalog.hpp"
#include "server/base/timer_service.hpp"
#include "server/engine/scripted_storage.hpp"
#include "server/expression/expression_cache.hpp"
#include "server/streams/stream_catalog.hpp"
#include "server/streams/stream_writer.hpp"

namespace millrace::http {

using engine::ScriptedStorage;

class ServiceFixture {
 public:
  ServiceFixture(storage::Storage& storage, storage::GroupCommit& gate)
      : streams_{storage, random_},
        stream_writer_{gate, random_},
        tables_{storage, streams_, {}},
        services_{.gate = gate,
                  .tables = tables_,
                  .streams = streams_,
                  .stream_writer = stream_writer_,
                  .expressions = expressions_,
                  .clock = time_,
                  .random = random_,
                  .faults = {},
                  .options = {}} {}

  [[nodiscard]] api::Services& services() { return services_; }

 private:
  base::VirtualTime time_{TimePoint{}};
  Random random_{1};
  streams::StreamCatalog streams_;
  streams::StreamWriter stream_writer_;
  api::TableCatalog tables_;
  expression::ExpressionCache expressions_;
  api::Services services_;
};

inline storage::Ticket write_something(api::OperationContext& context) {
  return context.services.gate.enter(storage::Access::kWrite).ticket();
}

/// Answers with the request.
inline Result<void> run_echo(api::OperationContext&, const json::Object& body, std::string& out) {
  out.append(simdjson::minify(body));
  return {};
}
/// Answers with as many letters as `size` says.
inline Result<void> run_large(api::OperationContext&, const json::Object& body, std::string& out) {
  const auto size = static_cast<std::size_t>(std::uint64_t{body["size"]});
  out.append("{\"text\":\"").append(size, 'x').append("\"}");
  return {};
}
/// Writes, and so has to wait for a commit.
inline Result<void> run_write(api::OperationContext& context, const json::Object&, std::string& out) {
  context.ticket = write_something(context);
  out.append("{}");
  return {};
}
inline Result<void> run_fail(api::OperationContext& context, const json::Object&, std::string& out) {
  context.ticket = write_something(context);
  out.append("half an ans");
  return base::validation_error("as asked");
}
inline Result<void> run_throw(api::OperationContext& context, const json::Object&, std::string&) {
  context.ticket = write_something(context);
  throw std::logic_error{"as asked"};
}

inline const api::Operation* find_test_operation(std::string_view target) {
  static constexpr std::array kOperations{
      api::Operation{"Test.Echo", &run_echo},   api::Operation{"Test.Large", &run_large},
      api::Operation{"Test.Write", &run_write}, api::Operation{"Test.Fail", &run_fail},
      api::Operation{"Test.Throw", &run_throw},
  };
  const auto* const found = std::find_if(kOperations.begin(), kOperations.end(),
                                         [&](const api::Operation& operation) { return operation.target == target; });
  return found == kOperations.end() ? nullptr : found;
}

}  // namespace millrace::http
