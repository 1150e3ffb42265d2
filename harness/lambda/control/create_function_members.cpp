#include "harness/lambda/control/create_function_members.hpp"

#include <array>

namespace millrace::lambda {
namespace {

using rest::Member;
using enum rest::MemberType;
using enum rest::Presence;
using enum rest::Emulation;

constexpr std::string_view kNewFunctionName =
    R"((arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?)"
    R"(([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?)";
constexpr std::string_view kRole = R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)";
constexpr std::string_view kAnyArn = R"((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())";

constexpr std::array<std::string_view, 2> kPackageTypes{"Image", "Zip"};
constexpr std::array<std::string_view, 2> kTracingModes{"Active", "PassThrough"};
constexpr std::array<std::string_view, 2> kArchitectures{"x86_64", "arm64"};
constexpr std::array<std::string_view, 2> kApplyOn{"PublishedVersions", "None"};
constexpr std::array<std::string_view, 2> kLogFormats{"JSON", "Text"};
constexpr std::array<std::string_view, 6> kApplicationLogLevels{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
constexpr std::array<std::string_view, 3> kSystemLogLevels{"DEBUG", "INFO", "WARN"};
constexpr std::array<std::string_view, 1> kPublishTo{"LATEST_PUBLISHED"};
constexpr std::array<std::string_view, 2> kStorageModes{"COPY", "REFERENCE"};

constexpr std::array<std::string_view, 51> kRuntimes{
    "nodejs26.x",     "nodejs24.x",    "nodejs22.x",      "nodejs20.x",    "nodejs18.x",    "nodejs16.x",
    "nodejs14.x",     "nodejs12.x",    "nodejs10.x",      "nodejs8.10",    "nodejs6.10",    "nodejs4.3",
    "nodejs4.3-edge", "nodejs",        "python3.15",      "python3.14",    "python3.13",    "python3.12",
    "python3.11",     "python3.10",    "python3.9",       "python3.8",     "python3.7",     "python3.6",
    "python2.7",      "java25",        "java21",          "java17",        "java17.al2023", "java11",
    "java11.al2023",  "java8",         "java8.al2",       "java8.al2023",  "dotnet10",      "dotnet8",
    "dotnet6",        "dotnetcore3.1", "dotnetcore2.1",   "dotnetcore2.0", "dotnetcore1.0", "go1.x",
    "ruby4.0",        "ruby3.4",       "ruby3.3",         "ruby3.2",       "ruby2.7",       "ruby2.5",
    "provided",       "provided.al2",  "provided.al2023",
};
constexpr std::array<std::string_view, 1> kTenantIsolationModes{"PER_TENANT"};

constexpr std::array kCode{
    Member{.name = "ZipFile", .type = kString},
    Member{.name = "S3Bucket", .type = kString, .bounds = {3, 63}, .pattern = R"([0-9A-Za-z\.\-_]*(?<!\.))"},
    Member{.name = "S3Key", .type = kString, .bounds = {1, 1024}},
    Member{.name = "S3ObjectVersion", .type = kString, .emulation = kDefaultOnly, .bounds = {1, 1024}},
    Member{.name = "S3ObjectStorageMode",
           .type = kString,
           .emulation = kDefaultOnly,
           .values = kStorageModes,
           .default_value = "COPY"},
    Member{.name = "ImageUri", .type = kString},
    Member{.name = "SourceKMSKeyArn", .type = kString, .pattern = kAnyArn},
};
constexpr std::array kVpcConfig{
    Member{.name = "SubnetIds", .type = kStringList, .bounds = {0, 16}},
    Member{.name = "SecurityGroupIds", .type = kStringList, .bounds = {0, 5}},
    Member{.name = "Ipv6AllowedForDualStack", .type = kBoolean},
};
constexpr std::array kDeadLetterConfig{Member{.name = "TargetArn", .type = kString, .pattern = kAnyArn}};
constexpr std::array kEnvironment{
    Member{.name = "Variables", .type = kStringMap, .pattern = "[a-zA-Z]([a-zA-Z0-9_])+"}};
constexpr std::array kTracingConfig{Member{.name = "Mode", .type = kString, .values = kTracingModes}};
constexpr std::array kEphemeralStorage{
    Member{.name = "Size", .type = kInteger, .presence = kRequired, .bounds = {512, 10240}}};
constexpr std::array kSnapStart{
    Member{.name = "ApplyOn", .type = kString, .values = kApplyOn, .default_value = "None"}};
constexpr std::array kLoggingConfig{
    Member{.name = "LogFormat",
           .type = kString,
           .emulation = kDefaultOnly,
           .values = kLogFormats,
           .default_value = "Text"},
    Member{.name = "ApplicationLogLevel", .type = kString, .emulation = kDefaultOnly, .values = kApplicationLogLevels},
    Member{.name = "SystemLogLevel", .type = kString, .emulation = kDefaultOnly, .values = kSystemLogLevels},
    Member{.name = "LogGroup", .type = kString, .bounds = {1, 512}, .pattern = R"([\.\-_/#A-Za-z0-9]+)"},
};
constexpr std::array kImageConfig{
    Member{.name = "EntryPoint", .type = kStringList, .bounds = {0, 1500}},
    Member{.name = "Command", .type = kStringList, .bounds = {0, 1500}},
    Member{.name = "WorkingDirectory", .type = kString, .bounds = {0, 1000}},
};
constexpr std::array kTenancyConfig{
    Member{.name = "TenantIsolationMode", .type = kString, .presence = kRequired, .values = kTenantIsolationModes}};
constexpr std::array kDurableConfig{
    Member{.name = "KMSKeyArn", .type = kString},
    Member{.name = "RetentionPeriodInDays", .type = kInteger, .bounds = {1, 90}},
    Member{.name = "ExecutionTimeout", .type = kInteger, .bounds = {1, 31622400}},
};
constexpr std::array kCapacityProviderConfig{
    Member{.name = "LambdaManagedInstancesCapacityProviderConfig", .type = kStructure}};

constexpr std::array kMembers{
    Member{.name = "Role", .type = kString, .presence = kRequired, .pattern = kRole},
    Member{.name = "FunctionName",
           .type = kString,
           .presence = kRequired,
           .bounds = {1, 140},
           .pattern = kNewFunctionName},
    Member{.name = "Code", .type = kStructure, .presence = kRequired, .members = kCode},
    Member{.name = "Runtime", .type = kString},
    Member{.name = "Handler", .type = kString, .bounds = {0, 128}, .pattern = R"([^\s]+)"},
    Member{.name = "Description", .type = kString, .bounds = {0, 256}},
    Member{.name = "Timeout", .type = kInteger, .bounds = {1, 900}},
    Member{.name = "MemorySize", .type = kInteger, .bounds = {128, 10240}},
    Member{.name = "EphemeralStorage", .type = kStructure, .members = kEphemeralStorage},
    Member{.name = "PackageType", .type = kString, .values = kPackageTypes},
    Member{.name = "TracingConfig", .type = kStructure, .members = kTracingConfig},
    Member{.name = "Architectures", .type = kStringList, .bounds = {1, 1}, .values = kArchitectures},
    Member{.name = "Environment", .type = kStructure, .members = kEnvironment},
    Member{.name = "Tags", .type = kStringMap, .bounds = {0, 50}},
    Member{.name = "Publish", .type = kBoolean, .emulation = kDefaultOnly},
    Member{.name = "PublishTo", .type = kString, .emulation = kDefaultOnly, .values = kPublishTo},
    Member{.name = "VpcConfig", .type = kStructure, .emulation = kDefaultOnly, .members = kVpcConfig},
    Member{.name = "DeadLetterConfig", .type = kStructure, .emulation = kDefaultOnly, .members = kDeadLetterConfig},
    Member{.name = "KMSKeyArn", .type = kString, .pattern = kAnyArn},
    Member{.name = "Layers", .type = kStringList, .emulation = kDefaultOnly},
    Member{.name = "FileSystemConfigs", .type = kStructureList, .emulation = kDefaultOnly, .bounds = {0, 1}},
    Member{.name = "CodeSigningConfigArn", .type = kString, .emulation = kDefaultOnly, .bounds = {0, 200}},
    Member{.name = "ImageConfig", .type = kStructure, .emulation = kDefaultOnly, .members = kImageConfig},
    Member{.name = "SnapStart", .type = kStructure, .emulation = kDefaultOnly, .members = kSnapStart},
    Member{.name = "LoggingConfig", .type = kStructure, .members = kLoggingConfig},
    Member{.name = "TenancyConfig", .type = kStructure, .emulation = kDefaultOnly, .members = kTenancyConfig},
    Member{.name = "CapacityProviderConfig",
           .type = kStructure,
           .emulation = kDefaultOnly,
           .members = kCapacityProviderConfig},
    Member{.name = "DurableConfig", .type = kStructure, .emulation = kDefaultOnly, .members = kDurableConfig},
};

}  // namespace

std::span<const rest::Member> create_function_members() { return kMembers; }
std::span<const std::string_view> runtime_names() { return kRuntimes; }

}  // namespace millrace::lambda
