// How operations change functions: in the catalog, inside the gate, with an answer that waits for the commit. What is
// live follows by itself. Part of this folder.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <utility>

#include "harness/lambda/function_operations.hpp"
#include "server/rest/service_error.hpp"

namespace millrace::lambda {

/// `work` makes the change in the catalog. Completes when it is committed. Errors: those of `work`, at once: they are
/// true whatever becomes of what others have changed; ServiceException when the change was not stored.
template <class Work>
boost::asio::awaitable<Result<void>> change_functions(const FunctionServices& services, Work work) {
  storage::Ticket ticket = 0;
  {
    const auto entry = services.functions.services().gate.enter(storage::Access::kWrite);
    if (entry.status().has_error()) co_return base::to_api_error(entry.status().error());
    if (Result<void> done = work(services.catalog); done.has_error()) co_return done;
    ticket = entry.ticket();
  }
  auto waiting = services.committed(ticket);
  if (const auto committed = co_await std::move(waiting); committed.has_error()) {
    co_return rest::to_service_error("An error occurred while storing the function",
                                     base::to_api_error(committed.error()));
  }
  co_return Result<void>{};
}

}  // namespace millrace::lambda
