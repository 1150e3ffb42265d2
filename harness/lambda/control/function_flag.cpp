#include "harness/lambda/control/function_flag.hpp"

#include <charconv>
#include <string>

#include "harness/lambda/control/function_reference.hpp"

namespace millrace::lambda {
namespace {

ApiError bad_flag(std::string_view text, std::string_view problem) {
  std::string message{"--function "};
  message.append(text).append(": ").append(problem);
  return {ErrorKind::kLambdaInvalidParameterValue, std::move(message)};
}

}  // namespace

Result<FunctionDefinition> parse_function_flag(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) {
    return bad_flag(text, "must look like NAME=in-process:HANDLER, NAME=PATH, NAME=external or NAME=external:PORT");
  }
  FunctionDefinition definition{.name = std::string{text.substr(0, equals)}};
  if (!is_function_name(definition.name)) {
    return bad_flag(text, "the name must be 1 to 64 letters, digits, hyphens or underscores");
  }
  const std::string_view where = text.substr(equals + 1);
  constexpr std::string_view kInProcess = "in-process:";
  constexpr std::string_view kExternal = "external";
  FunctionCode& code = definition.code;
  if (where.starts_with(kInProcess)) {
    code.kind = CodeKind::kInProcess;
    code.location = where.substr(kInProcess.size());
    if (code.location.empty()) return bad_flag(text, "which handler? Write NAME=in-process:HANDLER");
    return definition;
  }
  if (where == kExternal) {
    code.kind = CodeKind::kExternal;
    return definition;
  }
  if (where.starts_with("external:")) {
    code.kind = CodeKind::kExternal;
    const std::string_view port = where.substr(kExternal.size() + 1);
    const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), code.port);
    if (problem != std::errc{} || end != port.data() + port.size() || code.port == 0) {
      return bad_flag(text, "the port must be a number from 1 to 65535");
    }
    return definition;
  }
  if (where.empty()) return bad_flag(text, "there is nothing behind the equals sign");
  code.kind = CodeKind::kHotReload;
  code.location = where;
  return definition;
}

}  // namespace millrace::lambda
