#include "harness/lambda/control/function_requests.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "harness/lambda/control/create_function_members.hpp"
#include "harness/lambda/control/function_reference.hpp"
#include "harness/lambda/control/managed_runtime.hpp"
#include "harness/lambda/control/resource_tags.hpp"
#include "server/json/tree.hpp"
#include "server/model/base64.hpp"
#include "server/rest/member_reading.hpp"
#include "server/rest/request_members.hpp"
#include "server/rest/service_error.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::lambda {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestEnvironment = 4096;

/// Of a version of a runtime, as RuntimeVersionConfig shows it.
constexpr std::string_view kRuntimeArn =
    R"(arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}::runtime:.+)";

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

int integer_or(const Json& object, std::string_view name, int absent) {
  return static_cast<int>(rest::read_integer(object, name).value_or(absent));
}

/// AWS words this enum unlike all others.
Result<void> check_runtime(const std::string& runtime) {
  const auto names = runtime_names();
  if (std::find(names.begin(), names.end(), runtime) != names.end() || rest::matches_pattern(runtime, kRuntimeArn))
    return {};
  std::string message =
      "Value " + runtime + " at 'runtime' failed to satisfy constraint: Member must satisfy enum " + "value set: [";
  for (const std::string_view name : names) message.append(name == names.front() ? "" : ", ").append(name);
  return rest::invalid_parameter_value(message.append("] or be a valid ARN"));
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
    return rest::invalid_parameter_value(
        std::string{kUnable}
            .append("contains reserved keys that are currently not supported for modification. Reserved keys "
                    "used in this request: ")
            .append(reserved));
  }
  if (measured.size() > kLargestEnvironment) {
    return rest::invalid_parameter_value(
        std::string{kUnable}.append("exceeded the 4KB limit. String measured: ").append(measured));
  }
  return {};
}

/// Which code, and whether Millrace can run it with this runtime.
Result<void> read_code(const Json& code, NewFunction& into, bool runtime_given) {
  FunctionDefinition& function = into.definition;
  const auto zip = rest::read_text(code, "ZipFile");
  const auto bucket = rest::read_text(code, "S3Bucket");
  const auto key = rest::read_text(code, "S3Key");
  if (rest::find_member(code, "ImageUri") != nullptr) {
    return rest::invalid_parameter_value(
        "Millrace starts no container images. Start the container yourself with AWS_LAMBDA_RUNTIME_API pointing at "
        "Millrace, and create the function with S3Bucket \"external\".");
  }
  if (zip && bucket)
    return rest::invalid_parameter_value(
        "Please do not provide other FunctionCode parameters when providing a ZipFile.");
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
    return rest::invalid_parameter_value(
        "Millrace reads no S3 buckets. S3Bucket must be \"hot-reload\" (S3Key: a path), "
        "\"in-process\" (S3Key: a linked handler) or \"external\".");
  } else {
    return rest::invalid_parameter_value("Please provide a source for function code.");
  }
  const CodeKind kind = function.code.kind;
  if (kind != CodeKind::kZip) {
    function.code.sha256 = sha256_of(bucket.value_or("") + "/" + key.value_or(""));
  }
  const bool is_managed = kind == CodeKind::kZip || kind == CodeKind::kHotReload;
  if (!runtime_given) {
    return rest::invalid_parameter_value(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  }
  if (is_managed && !find_managed_runtime(function.runtime)) {
    return rest::invalid_parameter_value(
        "Millrace runs no function with runtime " + function.runtime +
        ": it starts provided.al2023 and provided.al2 (an executable called bootstrap). For any other "
        "runtime, start the function yourself with AWS_LAMBDA_RUNTIME_API pointing at Millrace, and "
        "create it with S3Bucket \"external\".");
  }
  return {};
}

}  // namespace

Result<NewFunction> parse_create_function(std::string_view body, const FunctionResolver& functions) {
  TRY_ASSIGN(const Json in, rest::read_body(body, create_function_members()));
  const auto name = rest::read_text(in, "FunctionName");
  // The length of a name that stands alone is a rule of its own, with an error type of its own.
  if (name && name->find(':') == std::string::npos && name->size() > kLongestNewName) {
    TRY(functions.resolve_new(*name));
  }
  validation::Constraints constraints;
  rest::check_constraints(constraints, in, create_function_members());
  TRY(rest::refuse_violations(constraints));
  NewFunction created;
  FunctionDefinition& function = created.definition;
  function.account = functions.account();
  TRY_ASSIGN(function.name, functions.resolve_new(*name));
  TRY(rest::check_emulated(in, create_function_members()));

  const auto runtime = rest::read_text(in, "Runtime");
  if (runtime) TRY(check_runtime(*runtime));
  const auto handler = rest::read_text(in, "Handler");
  const Json& environment = rest::read_structure(in, "Environment");
  function.role = *rest::read_text(in, "Role");
  if (runtime) function.runtime = *runtime;
  if (handler) function.handler = *handler;
  function.description = rest::read_text(in, "Description").value_or("");
  function.timeout_seconds = integer_or(in, "Timeout", function.timeout_seconds);
  function.memory_megabytes = integer_or(in, "MemorySize", function.memory_megabytes);
  function.ephemeral_megabytes =
      integer_or(rest::read_structure(in, "EphemeralStorage"), "Size", function.ephemeral_megabytes);
  function.tracing_mode =
      rest::read_text(rest::read_structure(in, "TracingConfig"), "Mode").value_or(function.tracing_mode);
  if (const Json* const architectures = rest::find_member(in, "Architectures")) {
    function.architecture = architectures->front().get<std::string>();
  }
  function.environment = rest::read_text_map(environment, "Variables");
  function.environment_given = rest::find_member(environment, "Variables") != nullptr;
  function.tags = rest::read_text_map(in, "Tags");
  TRY(check_tags(function.tags));
  function.log_group = rest::read_text(rest::read_structure(in, "LoggingConfig"), "LogGroup").value_or("");
  function.kms_key_arn = rest::read_text(in, "KMSKeyArn").value_or("");
  function.source_kms_key_arn = rest::read_text(rest::read_structure(in, "Code"), "SourceKMSKeyArn").value_or("");
  TRY(check_environment(function.environment));
  TRY(read_code(rest::read_structure(in, "Code"), created, runtime.has_value() && handler.has_value()));
  return created;
}

}  // namespace millrace::lambda
