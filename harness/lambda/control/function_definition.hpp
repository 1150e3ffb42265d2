// What Millrace knows about a function: what CreateFunction was told, as a value.
//
// Its document (kind "function" in storage) and its FunctionConfiguration (what the API shows) are made here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "harness/lambda/control/function_reference.hpp"
#include "server/base/clock.hpp"
#include "server/model/arn.hpp"

namespace millrace::lambda {

/// The kind of the documents.
inline constexpr std::string_view kFunctionDocuments = "function";

/// Where the code of a function runs.
enum class CodeKind : std::uint8_t {
  kZip,        ///< uploaded; unpacked into a private directory and started by Millrace
  kHotReload,  ///< a file or folder of the user's, run in place and started again when it has changed
  kInProcess,  ///< a handler linked into this program (handler/in_process.hpp)
  kExternal,   ///< a process somebody else starts; it asks the Runtime API for work
};

struct FunctionCode {
  CodeKind kind{CodeKind::kInProcess};
  /// kZip: a folder below the code directory. kHotReload: the path. kInProcess: the handler's name. kExternal: empty.
  std::string location{};
  /// kExternal: the port of a Runtime API of its own, 0 for the shared listener alone.
  std::uint16_t port{0};
  std::int64_t size{0};  ///< bytes of the package, 0 when there is none
  std::string sha256{};  ///< base64, as CodeSha256

  friend bool operator==(const FunctionCode&, const FunctionCode&) = default;
};

struct FunctionDefinition {
  model::Account account{};  ///< whose it is, and where
  std::string name;
  FunctionCode code{};
  std::string runtime{"provided.al2023"};
  std::string role{};
  std::string handler{"bootstrap"};
  std::string description{};
  std::string architecture{"x86_64"};
  std::string tracing_mode{"PassThrough"};
  int timeout_seconds{3};
  int memory_megabytes{128};
  int ephemeral_megabytes{512};
  std::map<std::string, std::string> environment{};
  bool environment_given{false};  ///< also when it is empty: the configuration shows it then
  std::map<std::string, std::string> tags{};
  std::string log_group{};           ///< the function is told of it, and logs where all do; empty: /aws/lambda/NAME
  std::string kms_key_arn{};         ///< shown again: nothing here is encrypted
  std::string source_kms_key_arn{};  ///< likewise, of the code
  std::string recursive_loop{"Terminate"};  ///< of its recursion config: shown again
  std::string revision_id{};
  TimePoint last_modified{};

  friend bool operator==(const FunctionDefinition&, const FunctionDefinition&) = default;
};

FunctionKey key_of(const FunctionDefinition& definition);
/// Whether what runs of the one is what runs of the other: they differ in nothing but what is only shown again.
bool runs_alike(const FunctionDefinition& one, const FunctionDefinition& other);
/// Its ARN, which tells it from all others.
std::string arn_of(const FunctionDefinition& definition);

/// Its log group, whether one was given or not.
std::string log_group_of(const FunctionDefinition& definition);

/// The document to store, named by the ARN.
std::string to_document(const FunctionDefinition& definition);
/// Reads what to_document() wrote; empty when `text` is anything else. `home` is whose the function is when the
/// document does not say so, as in formats before 4.
std::optional<FunctionDefinition> from_document(std::string_view text, const model::Account& home);

/// The JSON of FunctionConfiguration, all members AWS shows for a function that is ready. `qualifier` is what the
/// request asked for, and becomes part of the ARN; empty when it asked for none.
std::string to_configuration(const FunctionDefinition& definition, std::string_view qualifier = {});
/// The JSON of GetFunction's answer.
std::string to_get_function(const FunctionDefinition& definition, std::string_view qualifier = {});

}  // namespace millrace::lambda
