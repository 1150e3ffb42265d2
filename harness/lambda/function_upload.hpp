// The part of CreateFunction that takes long: reading a body of up to 70 MB and unpacking the zip in it.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "harness/lambda/catalog/function_catalog.hpp"
#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/control/function_reference.hpp"
#include "harness/lambda/live_functions.hpp"
#include "server/base/result.hpp"

namespace millrace::lambda {

/// Not synchronised but for give_up(): one thread after the other.
class FunctionUpload {
 public:
  /// The first two outlive it. Of `functions` it uses what any thread may.
  FunctionUpload(const FunctionCatalog& catalog, const LiveFunctions& functions, model::Caller caller, std::string body)
      : catalog_{catalog}, functions_{functions}, resolver_{std::move(caller)}, body_{std::move(body)} {}

  /// Whether reading takes no longer than an ordinary request, so that it needs no other thread.
  [[nodiscard]] bool is_small() const { return body_.size() <= kSmallBody; }

  /// What it keeps until it is read.
  [[nodiscard]] std::size_t bytes() const { return body_.capacity(); }

  /// Reads the request, and unpacks its code if its name is free, unless it was given up before. Any thread; may take
  /// seconds. Not within the gate. Once.
  void read();
  /// Frees what it keeps, unless read() has begun. Any thread.
  void give_up();
  [[nodiscard]] bool is_given_up() const { return stage_ == Stage::kGivenUp; }
  /// What has been read. Errors: those of CreateFunction; nothing is left behind then.
  Result<FunctionDefinition> take() { return std::move(*definition_); }

 private:
  enum class Stage : std::uint8_t { kWaiting, kReading, kGivenUp };

  static constexpr std::size_t kSmallBody = std::size_t{16} << 10U;

  Result<FunctionDefinition> read_definition();
  [[nodiscard]] bool is_free(const FunctionDefinition& function) const;
  Result<void> unpack(const std::string& zip, const FunctionDefinition& function);

  const FunctionCatalog& catalog_;
  const LiveFunctions& functions_;
  FunctionResolver resolver_;
  std::string body_;
  std::atomic<Stage> stage_{Stage::kWaiting};
  std::optional<Result<FunctionDefinition>> definition_;
};

}  // namespace millrace::lambda
