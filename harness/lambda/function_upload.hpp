// The part of CreateFunction that takes long: reading a body of up to 70 MB and unpacking the zip in it.
#pragma once

#include <optional>
#include <string>

#include "harness/lambda/function_definition.hpp"
#include "harness/lambda/function_registry.hpp"
#include "server/base/result.hpp"

namespace millrace::lambda {

/// Not synchronised: one thread after the other.
class FunctionUpload {
 public:
  FunctionUpload(FunctionRegistry& registry, std::string body) : registry_{registry}, body_{std::move(body)} {}

  /// Whether reading takes no longer than an ordinary request, so that it needs no other thread.
  [[nodiscard]] bool is_small() const { return body_.size() <= kSmallBody; }

  /// Reads the request, and unpacks its code if its name is free. Any thread; may take seconds. Once.
  void read();
  /// What has been read. Errors: those of CreateFunction; nothing is left behind then.
  Result<FunctionDefinition> take() { return std::move(*definition_); }

 private:
  static constexpr std::size_t kSmallBody = std::size_t{16} << 10U;

  Result<FunctionDefinition> read_definition();
  Result<void> unpack(const std::string& zip, const std::string& folder);

  FunctionRegistry& registry_;
  std::string body_;
  std::optional<Result<FunctionDefinition>> definition_;
};

}  // namespace millrace::lambda
