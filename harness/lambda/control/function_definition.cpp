#include "harness/lambda/control/function_definition.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>

#include "harness/lambda/control/function_reference.hpp"
#include "server/json/tree.hpp"

namespace millrace::lambda {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> kCodeKinds{"zip", "hot-reload", "in-process", "external"};

std::optional<CodeKind> code_kind_from(std::string_view name) {
  for (std::size_t kind = 0; kind < kCodeKinds.size(); ++kind) {
    if (kCodeKinds[kind] == name) return static_cast<CodeKind>(kind);
  }
  return std::nullopt;
}

/// `2025-11-25T15:53:08.123+0000`.
std::string last_modified_text(TimePoint time) {
  const auto milliseconds = base::to_epoch_milliseconds(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}+0000", fmt::gmtime(static_cast<std::time_t>(milliseconds / 1000)),
                     milliseconds % 1000);
}

OrderedJson configuration(const FunctionDefinition& function, std::string_view qualifier) {
  OrderedJson json{
      {"FunctionName", function.name},
      {"FunctionArn", qualified_arn(FunctionReference{function.name, std::string{qualifier}, function.account})},
      {"Runtime", function.runtime},
      {"Role", function.role},
      {"Handler", function.handler},
      {"CodeSize", function.code.size},
      {"Description", function.description},
      {"Timeout", function.timeout_seconds},
      {"MemorySize", function.memory_megabytes},
      {"LastModified", last_modified_text(function.last_modified)},
      {"CodeSha256", function.code.sha256},
      {"Version", "$LATEST"},
  };
  if (function.environment_given || !function.environment.empty())
    json["Environment"] = {{"Variables", function.environment}};
  if (!function.kms_key_arn.empty()) json["KMSKeyArn"] = function.kms_key_arn;
  json["TracingConfig"] = {{"Mode", function.tracing_mode}};
  json["RevisionId"] = function.revision_id;
  json["State"] = "Active";
  json["LastUpdateStatus"] = "Successful";
  json["PackageType"] = "Zip";
  json["Architectures"] = OrderedJson::array({function.architecture});
  json["EphemeralStorage"] = {{"Size", function.ephemeral_megabytes}};
  json["SnapStart"] = {{"ApplyOn", "None"}, {"OptimizationStatus", "Off"}};
  json["RuntimeVersionConfig"] = {
      {"RuntimeVersionArn", fmt::format("arn:aws:lambda:{}::runtime:{:0>64}", function.account.region, "")}};
  json["LoggingConfig"] = {{"LogFormat", "Text"}, {"LogGroup", log_group_of(function)}};
  return json;
}

}  // namespace

FunctionKey key_of(const FunctionDefinition& definition) { return {definition.account, definition.name}; }

bool runs_alike(const FunctionDefinition& one, const FunctionDefinition& other) {
  FunctionDefinition alike = one;
  alike.tags = other.tags;
  alike.recursive_loop = other.recursive_loop;
  return alike == other;
}

std::string arn_of(const FunctionDefinition& definition) {
  return model::function_arn(definition.account, definition.name);
}

std::string log_group_of(const FunctionDefinition& definition) {
  return definition.log_group.empty() ? "/aws/lambda/" + definition.name : definition.log_group;
}

std::string to_document(const FunctionDefinition& function) {
  return json::print_tree(OrderedJson{
      {"region", function.account.region},
      {"account", function.account.id},
      {"name", function.name},
      {"code",
       {{"kind", kCodeKinds[static_cast<std::size_t>(function.code.kind)]},
        {"location", function.code.location},
        {"port", function.code.port},
        {"size", function.code.size},
        {"sha256", function.code.sha256}}},
      {"runtime", function.runtime},
      {"role", function.role},
      {"handler", function.handler},
      {"description", function.description},
      {"architecture", function.architecture},
      {"tracingMode", function.tracing_mode},
      {"timeout", function.timeout_seconds},
      {"memory", function.memory_megabytes},
      {"ephemeral", function.ephemeral_megabytes},
      {"environment", function.environment},
      {"environmentGiven", function.environment_given},
      {"tags", function.tags},
      {"logGroup", function.log_group},
      {"kmsKeyArn", function.kms_key_arn},
      {"sourceKmsKeyArn", function.source_kms_key_arn},
      {"recursiveLoop", function.recursive_loop},
      {"revision", function.revision_id},
      {"lastModified", function.last_modified.time_since_epoch().count()},
  });
}

std::optional<FunctionDefinition> from_document(std::string_view text, const model::Account& home) {
  try {
    const auto document = json::parse_tree(text, json::kStoredDocument);
    if (document.has_error()) return std::nullopt;
    const nlohmann::json& function = *document;
    const nlohmann::json& code = function.at("code");
    const auto kind = code_kind_from(code.at("kind").get<std::string>());
    if (!kind) return std::nullopt;
    return FunctionDefinition{
        .account = {.region = function.value("region", home.region), .id = function.value("account", home.id)},
        .name = function.at("name").get<std::string>(),
        .code = {.kind = *kind,
                 .location = code.at("location").get<std::string>(),
                 .port = code.at("port").get<std::uint16_t>(),
                 .size = code.at("size").get<std::int64_t>(),
                 .sha256 = code.at("sha256").get<std::string>()},
        .runtime = function.at("runtime").get<std::string>(),
        .role = function.at("role").get<std::string>(),
        .handler = function.at("handler").get<std::string>(),
        .description = function.at("description").get<std::string>(),
        .architecture = function.at("architecture").get<std::string>(),
        .tracing_mode = function.at("tracingMode").get<std::string>(),
        .timeout_seconds = function.at("timeout").get<int>(),
        .memory_megabytes = function.at("memory").get<int>(),
        .ephemeral_megabytes = function.at("ephemeral").get<int>(),
        .environment = function.at("environment").get<std::map<std::string, std::string>>(),
        .environment_given = function.value("environmentGiven", false),
        .tags = function.at("tags").get<std::map<std::string, std::string>>(),
        .log_group = function.value("logGroup", ""),
        .kms_key_arn = function.value("kmsKeyArn", ""),
        .source_kms_key_arn = function.value("sourceKmsKeyArn", ""),
        .recursive_loop = function.value("recursiveLoop", "Terminate"),
        .revision_id = function.at("revision").get<std::string>(),
        .last_modified = TimePoint{Duration{function.at("lastModified").get<std::int64_t>()}},
    };
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

std::string to_configuration(const FunctionDefinition& function, std::string_view qualifier) {
  return json::print_tree(configuration(function, qualifier));
}

std::string to_get_function(const FunctionDefinition& function, std::string_view qualifier) {
  OrderedJson json{{"Configuration", configuration(function, qualifier)}};
  // Where AWS gives a link to the package, Millrace says where the code is.
  const std::string_view scheme = kCodeKinds[static_cast<std::size_t>(function.code.kind)];
  json["Code"] = {{"RepositoryType", "S3"}, {"Location", fmt::format("{}:{}", scheme, function.code.location)}};
  if (!function.source_kms_key_arn.empty()) json["Code"]["SourceKMSKeyArn"] = function.source_kms_key_arn;
  if (!function.tags.empty()) json["Tags"] = function.tags;
  return json::print_tree(json);
}

}  // namespace millrace::lambda
