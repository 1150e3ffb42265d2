// Everything that makes a running Millrace, put together: the composition root. It knows every part; no part knows it.
#pragma once

#include <memory>
#include <string>

#include "handler/in_process.hpp"
#include "harness/cli/serve.hpp"

namespace millrace::cli {

class Emulator {
 public:
  /// Opens the database and binds the ports; nothing is served before run(). Throws std::runtime_error with a sentence
  /// for the user: port taken, database not writable, a --function that cannot be read.
  /// `handlers` are the in-process functions.
  explicit Emulator(const ServeOptions& options, handler::HandlerCatalog handlers = handler::built_in_handlers());
  ~Emulator();
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::uint16_t runtime_api_port() const;

  /// Serves until SIGTERM, SIGINT or stop(): requests in flight are answered, batches in flight checkpointed.
  void run();
  /// Makes run() return, in the same orderly way. Any thread.
  void stop();
  /// Whether a signal or stop() has begun the end. Any thread.
  [[nodiscard]] bool is_stopping() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::cli
