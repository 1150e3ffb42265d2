#include "harness/lambda/control/function_members.hpp"

#include <array>

#include "harness/lambda/control/function_reference.hpp"

namespace millrace::lambda {
namespace {

using rest::Member;
using enum rest::MemberType;
using enum rest::Emulation;

constexpr rest::Member function_name_in_path() {
  rest::Member member = kFunctionNameMember;
  member.place = rest::Place::kPath;
  return member;
}

constexpr std::array<std::string_view, 1> kFunctionVersions{"ALL"};
constexpr std::array<std::string_view, 3> kInvocationTypes{"Event", "RequestResponse", "DryRun"};
constexpr std::array<std::string_view, 2> kLogTypes{"None", "Tail"};

constexpr std::array kNamedFunction{function_name_in_path(), kQualifierMember};

constexpr std::array<std::string_view, 2> kRecursiveLoops{"Allow", "Terminate"};
constexpr std::array kGetRecursionConfig{function_name_in_path()};
constexpr std::array kPutRecursionConfig{
    function_name_in_path(),
    Member{.name = "RecursiveLoop", .type = kString, .presence = rest::Presence::kRequired, .values = kRecursiveLoops},
};

constexpr std::array kListFunctions{
    Member{.name = "MasterRegion",
           .type = kString,
           .emulation = kDefaultOnly,
           .place = rest::Place::kQuery,
           .pattern = R"(ALL|[a-z]{2}(-gov)?-[a-z]+-\d{1})"},
    Member{.name = "FunctionVersion", .type = kString, .place = rest::Place::kQuery, .values = kFunctionVersions},
    Member{.name = "Marker", .type = kString, .place = rest::Place::kQuery},
    Member{.name = "MaxItems", .type = kInteger, .place = rest::Place::kQuery, .bounds = {1, 10'000}},
};

constexpr std::array kInvoke{
    function_name_in_path(),
    kQualifierMember,
    Member{.name = "InvocationType",
           .type = kString,
           .place = rest::Place::kHeader,
           .header = "X-Amz-Invocation-Type",
           .values = kInvocationTypes},
    Member{.name = "LogType",
           .type = kString,
           .place = rest::Place::kHeader,
           .header = "X-Amz-Log-Type",
           .values = kLogTypes},
    Member{.name = "ClientContext", .type = kString, .place = rest::Place::kHeader, .header = "X-Amz-Client-Context"},
    Member{.name = "DurableExecutionName",
           .type = kString,
           .emulation = kDefaultOnly,
           .place = rest::Place::kHeader,
           .header = "X-Amz-Durable-Execution-Name",
           .bounds = {1, 64},
           .pattern = "[a-zA-Z0-9-_]+"},
    Member{.name = "TenantId",
           .type = kString,
           .emulation = kDefaultOnly,
           .place = rest::Place::kHeader,
           .header = "X-Amz-Tenant-Id",
           .bounds = {1, 256},
           .pattern = R"([a-zA-Z0-9\._:\/=+\-@ ]+)"},
};

}  // namespace

std::span<const rest::Member> named_function_members() { return kNamedFunction; }
std::span<const rest::Member> list_functions_members() { return kListFunctions; }
std::span<const rest::Member> get_recursion_config_members() { return kGetRecursionConfig; }
std::span<const rest::Member> put_recursion_config_members() { return kPutRecursionConfig; }
std::span<const rest::Member> invoke_members() { return kInvoke; }

}  // namespace millrace::lambda
