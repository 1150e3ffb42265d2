// Everything that makes a running Millrace, put together: the composition root. It knows every part; no part knows it.
//
// It is no process: it reads no flags and no environment, handles no signals and prints nothing (spdlog's default
// logger is told what happens). Several live in one process side by side and share nothing but that logger and the file
// system.
#pragma once

#include <cstdint>
#include <memory>

#include "handler/in_process.hpp"
#include "harness/emulator/emulator_options.hpp"

namespace millrace::emulator {

class Emulator {
 public:
  /// Opens the database and binds the ports; nothing is served before run(). `handlers` are the in-process functions.
  /// Throws ListenError, FunctionError (start_error.hpp), or std::runtime_error with a sentence about the database.
  explicit Emulator(const EmulatorOptions& options, handler::HandlerCatalog handlers = handler::built_in_handlers());
  ~Emulator();
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  /// The ports that were bound, also where 0 was asked for.
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::uint16_t runtime_api_port() const;

  /// Serves on the calling thread until stop(): requests in flight are answered, batches in flight checkpointed.
  /// Once in the life of an emulator.
  void run();
  /// Makes run() return, in that orderly way; before run() it makes run() end at once. Any thread, any number of times.
  void stop();
  /// Whether stop() has begun the end. Any thread.
  [[nodiscard]] bool is_stopping() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::emulator
