// Functions that are gone, for as long as something of them runs: then their uploaded code goes too, off the I/O
// thread. A process may read files of its code until its end.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "harness/lambda/control/code_store.hpp"
#include "harness/lambda/invocation/retirable_invoker.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"

namespace millrace::lambda {

/// I/O thread.
class RetiredFunctions {
 public:
  /// `io` outlives close().
  RetiredFunctions(boost::asio::io_context& io, std::shared_ptr<const CodeStore> code, WorkRunner run_work);
  ~RetiredFunctions();
  RetiredFunctions(const RetiredFunctions&) = delete;
  RetiredFunctions& operator=(const RetiredFunctions&) = delete;

  /// Retires the function and keeps it until nothing of it is left; then the folder of its code is removed, unless the
  /// name is empty.
  void add(std::shared_ptr<RetirableInvoker> function, std::string folder);
  /// Removes a folder that nobody needs, later.
  void discard(std::string folder);
  /// Ends what still runs, and removes every folder that is left. Blocks. Work handed to the runner has ended.
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace millrace::lambda
