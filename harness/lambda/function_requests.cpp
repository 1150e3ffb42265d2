#include "harness/lambda/function_requests.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "harness/lambda/function_reference.hpp"
#include "server/json/tree.hpp"
#include "server/model/base64.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::lambda {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestEnvironment = 4096;
constexpr std::string_view kNamePattern =
    R"((arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?)"
    R"(([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?)";
constexpr std::string_view kRolePattern = R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)";

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

/// Members of one object, by type; the first member of a wrong type is remembered.
class Members {
 public:
  Members(const Json& object, std::string path, std::optional<ApiError>& error)
      : object_{object}, path_{std::move(path)}, error_{error} {}

  std::optional<std::string> text(const char* name) {
    const Json* member = find(name);
    if (member == nullptr) return std::nullopt;
    if (member->is_string()) return member->get<std::string>();
    return fail<std::string>(name, "a string");
  }
  std::optional<std::int64_t> integer(const char* name) {
    const Json* member = find(name);
    if (member == nullptr) return std::nullopt;
    if (member->is_number_integer()) return member->get<std::int64_t>();
    return fail<std::int64_t>(name, "an integer");
  }
  std::map<std::string, std::string> text_map(const char* name) {
    std::map<std::string, std::string> texts;
    const Json* member = find(name);
    if (member == nullptr) return texts;
    if (!member->is_object()) return fail<decltype(texts)>(name, "an object").value_or(texts);
    for (const auto& [key, value] : member->items()) {
      if (!value.is_string()) return fail<decltype(texts)>(name, "an object of strings").value_or(texts);
      texts.emplace(key, value.get<std::string>());
    }
    return texts;
  }
  std::vector<std::string> text_list(const char* name) {
    std::vector<std::string> texts;
    const Json* member = find(name);
    if (member == nullptr) return texts;
    if (!member->is_array()) return fail<decltype(texts)>(name, "a list").value_or(texts);
    for (const auto& value : *member) {
      if (!value.is_string()) return fail<decltype(texts)>(name, "a list of strings").value_or(texts);
      texts.push_back(value.get<std::string>());
    }
    return texts;
  }
  /// An empty object when the member is absent.
  Members object(const char* name) {
    static const Json kEmpty = Json::object();
    const Json* member = find(name);
    if (member == nullptr) return {kEmpty, path_ + name + ".", error_};
    if (!member->is_object()) {
      fail<int>(name, "an object");
      return {kEmpty, path_ + name + ".", error_};
    }
    return {*member, path_ + name + ".", error_};
  }
  [[nodiscard]] bool has(const char* name) const { return find(name) != nullptr; }

 private:
  [[nodiscard]] const Json* find(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  template <class T>
  std::optional<T> fail(const char* name, std::string_view expected) {
    if (!error_) {
      error_ = ApiError{ErrorKind::kLambdaInvalidRequestContent, "Could not parse request body into json: " + path_ +
                                                                     name + " must be " + std::string{expected}};
    }
    return std::nullopt;
  }

  const Json& object_;
  std::string path_;
  std::optional<ApiError>& error_;
};

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

bool is_role(std::string_view text) {
  if (!text.starts_with("arn:")) return false;
  const auto role = text.find(":role");
  const auto iam = text.find(":iam::");
  return iam != std::string_view::npos && role == iam + 6 + 12 && text.size() > role + 5;
}

bool has_blank(std::string_view text) { return text.find_first_of(" \t\r\n\f\v") != std::string_view::npos; }

/// Which code, and whether Millrace can run it with this runtime.
Result<void> read_code(Members code, NewFunction& into, bool runtime_given) {
  FunctionDefinition& function = into.definition;
  const auto zip = code.text("ZipFile");
  const auto bucket = code.text("S3Bucket");
  const auto key = code.text("S3Key");
  if (code.has("ImageUri")) {
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
  if (runs_bootstrap && !runtime_given) {
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
  std::optional<ApiError> wrong_type;
  Members in{*document, "", wrong_type};
  NewFunction created;
  FunctionDefinition& function = created.definition;

  const auto name = in.text("FunctionName");
  const auto role = in.text("Role");
  const auto runtime = in.text("Runtime");
  const auto handler = in.text("Handler");
  const auto description = in.text("Description");
  const auto timeout = in.integer("Timeout");
  const auto memory = in.integer("MemorySize");
  const auto ephemeral = in.object("EphemeralStorage").integer("Size");
  const auto package_type = in.text("PackageType");
  const auto tracing = in.object("TracingConfig").text("Mode");
  const auto architectures = in.text_list("Architectures");
  function.environment = in.object("Environment").text_map("Variables");
  function.tags = in.text_map("Tags");
  const bool has_code = in.has("Code");
  Members code = in.object("Code");
  if (wrong_type) return *std::move(wrong_type);

  const bool is_name_alone = name && name->find(':') == std::string::npos;
  validation::Constraints constraints;
  constraints.required("role", role.has_value());
  if (role) constraints.pattern("role", *role, is_role(*role), kRolePattern);
  constraints.required("functionName", name.has_value());
  if (name) {
    const auto parsed = parse_function_name(*name);
    constraints.pattern("functionName", *name, parsed.has_value() && parsed->name.find('.') == std::string::npos,
                        kNamePattern);
    // The length of a name that stands alone is a rule of its own, with an error type of its own.
    if (!is_name_alone) constraints.length("functionName", *name, 1, 140);
  }
  constraints.required("code", has_code);
  if (handler) constraints.pattern("handler", *handler, !has_blank(*handler), R"([^\s]+)");
  constraints.length("handler", handler, 0, 128);
  constraints.length("description", description, 0, 256);
  constraints.range("timeout", timeout, 1, 900);
  constraints.range("memorySize", memory, 128, 10240);
  constraints.range("ephemeralStorage.size", ephemeral, 512, 10240);
  constraints.one_of("packageType", package_type, {"Image", "Zip"});
  constraints.one_of("tracingConfig.mode", tracing, {"Active", "PassThrough"});
  for (const auto& architecture : architectures) {
    constraints.one_of("architectures", architecture, {"x86_64", "arm64"});
  }
  if (auto checked = constraints.finish(); checked.has_error()) {
    return ApiError{ErrorKind::kLambdaValidation, std::move(checked).error().message};
  }

  TRY_ASSIGN(function.name, functions.resolve_new(*name));
  function.role = *role;
  if (runtime) function.runtime = *runtime;
  if (handler) function.handler = *handler;
  function.description = description.value_or("");
  function.timeout_seconds = static_cast<int>(timeout.value_or(3));
  function.memory_megabytes = static_cast<int>(memory.value_or(128));
  function.ephemeral_megabytes = static_cast<int>(ephemeral.value_or(512));
  function.tracing_mode = tracing.value_or("PassThrough");
  if (!architectures.empty()) function.architecture = architectures.front();
  TRY(check_environment(function.environment));
  TRY(read_code(code, created, runtime.has_value() && handler.has_value()));
  if (wrong_type) return *std::move(wrong_type);
  return created;
}

}  // namespace millrace::lambda
