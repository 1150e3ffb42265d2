#include "harness/lambda/function_requests.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "harness/lambda/create_function_members.hpp"
#include "harness/lambda/function_reference.hpp"
#include "server/json/tree.hpp"
#include "server/model/base64.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::lambda {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestEnvironment = 4096;
constexpr std::array<std::string_view, 3> kManagedRuntimes{"provided.al2023", "provided.al2", "provided"};

constexpr std::array<std::string_view, 18> kReservedVariables{
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
};

ApiError bad_parameter(std::string message) { return {ErrorKind::kLambdaInvalidParameterValue, std::move(message)}; }

// Reading, once the types are checked: an absent or null member is empty.

const Json* find(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}
const Json& structure(const Json& object, const char* name) {
  static const Json kEmpty = Json::object();
  const Json* const member = find(object, name);
  return member == nullptr ? kEmpty : *member;
}
std::optional<std::string> text(const Json& object, const char* name) {
  const Json* const member = find(object, name);
  return member == nullptr ? std::nullopt : std::optional{member->get<std::string>()};
}
int integer(const Json& object, const char* name, int absent) {
  const Json* const member = find(object, name);
  return member == nullptr ? absent : member->get<int>();
}
std::map<std::string, std::string> text_map(const Json& object, const char* name) {
  return structure(object, name).get<std::map<std::string, std::string>>();
}

std::string sha256_of(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());  // NOLINT: bytes are bytes
  return model::encode_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});  // NOLINT
}

Result<void> check_environment(const std::map<std::string, std::string>& variables) {
  const std::string measured = json::print_tree(Json(variables));
  constexpr std::string_view kUnable =
      "Lambda was unable to configure your environment variables because the environment variables you have provided ";
  std::string reserved;
  for (const auto& [name, value] : variables) {
    if (std::find(kReservedVariables.begin(), kReservedVariables.end(), name) == kReservedVariables.end()) continue;
    reserved.append(reserved.empty() ? "" : ", ").append(name);
  }
  if (!reserved.empty()) {
    return bad_parameter(std::string{kUnable} +
                         "contains reserved keys that are currently not supported for modification. Reserved keys "
                         "used in this request: " +
                         reserved);
  }
  if (measured.size() > kLargestEnvironment) {
    return bad_parameter(std::string{kUnable} + "exceeded the 4KB limit. String measured: " + measured);
  }
  return {};
}

/// Which code, and whether Millrace can run it with this runtime.
Result<void> read_code(const Json& code, NewFunction& into, bool runtime_given) {
  FunctionDefinition& function = into.definition;
  const auto zip = text(code, "ZipFile");
  const auto bucket = text(code, "S3Bucket");
  const auto key = text(code, "S3Key");
  if (find(code, "ImageUri") != nullptr) {
    return bad_parameter(
        "Millrace starts no container images. Start the container yourself with AWS_LAMBDA_RUNTIME_API pointing at "
        "Millrace, and create the function with S3Bucket \"external\".");
  }
  if (zip && bucket)
    return bad_parameter("Please do not provide other FunctionCode parameters when providing a ZipFile.");
  if (zip) {
    auto bytes = model::decode_base64(*zip);
    if (bytes.has_error()) {
      return ApiError{ErrorKind::kLambdaInvalidRequestContent,
                      "Could not parse request body into json: ZipFile is not base64"};
    }
    into.zip = *std::move(bytes);
    function.code = {
        .kind = CodeKind::kZip, .size = static_cast<std::int64_t>(into.zip.size()), .sha256 = sha256_of(into.zip)};
  } else if (bucket == "hot-reload" && key) {
    function.code = {.kind = CodeKind::kHotReload, .location = *key};
  } else if (bucket == "in-process" && key) {
    function.code = {.kind = CodeKind::kInProcess, .location = *key};
  } else if (bucket == "external") {
    function.code = {.kind = CodeKind::kExternal};
    const std::string_view port = key ? std::string_view{*key} : std::string_view{};
    // S3Key must not be empty on the wire: anything that is no port means the shared listener.
    if (std::uint16_t number = 0;
        !port.empty() &&
        std::from_chars(port.data(), port.data() + port.size(), number).ptr == port.data() + port.size()) {
      function.code.port = number;
    }
  } else if (bucket) {
    return bad_parameter(
        "Millrace reads no S3 buckets. S3Bucket must be \"hot-reload\" (S3Key: a path), "
        "\"in-process\" (S3Key: a linked handler) or \"external\".");
  } else {
    return bad_parameter("Please provide a source for function code.");
  }
  const CodeKind kind = function.code.kind;
  if (kind != CodeKind::kZip) {
    function.code.sha256 = sha256_of(bucket.value_or("") + "/" + key.value_or(""));
  }
  const bool runs_bootstrap = kind == CodeKind::kZip || kind == CodeKind::kHotReload;
  if (!runtime_given) {
    return bad_parameter(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  }
  if (runs_bootstrap &&
      std::find(kManagedRuntimes.begin(), kManagedRuntimes.end(), function.runtime) == kManagedRuntimes.end()) {
    return bad_parameter("Millrace runs no function with runtime " + function.runtime +
                         ": it starts provided.al2023 and provided.al2 (an executable called bootstrap). For any other "
                         "runtime, start the function yourself with AWS_LAMBDA_RUNTIME_API pointing at Millrace, and "
                         "create it with S3Bucket \"external\".");
  }
  return {};
}

}  // namespace

Result<NewFunction> parse_create_function(std::string_view body, const FunctionResolver& functions) {
  const auto document = json::parse_tree(body);
  if (document.has_error() || !document->is_object()) {
    return ApiError{ErrorKind::kLambdaInvalidRequestContent,
                    "Could not parse request body into json: " +
                        (document.has_error() ? document.error().reason : "the body must be a JSON object")};
  }
  const Json& in = *document;
  TRY(check_types(in, create_function_members()));
  const auto name = text(in, "FunctionName");
  // The length of a name that stands alone is a rule of its own, with an error type of its own.
  if (name && name->find(':') == std::string::npos && name->size() > kLongestNewName) {
    TRY(functions.resolve_new(*name));
  }
  validation::Constraints constraints;
  check_constraints(constraints, in, create_function_members());
  if (auto checked = constraints.finish(); checked.has_error()) {
    return ApiError{ErrorKind::kLambdaValidation, std::move(checked).error().message};
  }
  NewFunction created;
  FunctionDefinition& function = created.definition;
  TRY_ASSIGN(function.name, functions.resolve_new(*name));
  TRY(check_emulated(in, create_function_members()));

  const auto runtime = text(in, "Runtime");
  const auto handler = text(in, "Handler");
  const Json& environment = structure(in, "Environment");
  function.role = *text(in, "Role");
  if (runtime) function.runtime = *runtime;
  if (handler) function.handler = *handler;
  function.description = text(in, "Description").value_or("");
  function.timeout_seconds = integer(in, "Timeout", function.timeout_seconds);
  function.memory_megabytes = integer(in, "MemorySize", function.memory_megabytes);
  function.ephemeral_megabytes = integer(structure(in, "EphemeralStorage"), "Size", function.ephemeral_megabytes);
  function.tracing_mode = text(structure(in, "TracingConfig"), "Mode").value_or(function.tracing_mode);
  if (const Json* const architectures = find(in, "Architectures")) {
    function.architecture = architectures->front().get<std::string>();
  }
  function.environment = text_map(environment, "Variables");
  function.environment_given = find(environment, "Variables") != nullptr;
  function.tags = text_map(in, "Tags");
  TRY(check_environment(function.environment));
  TRY(read_code(structure(in, "Code"), created, runtime.has_value() && handler.has_value()));
  return created;
}

}  // namespace millrace::lambda
