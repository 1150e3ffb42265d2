#include "server/api/unserved_operation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "server/api/operation.hpp"

namespace millrace::api {
namespace {

constexpr std::string_view kDynamo = "DynamoDB_20120810";
constexpr std::string_view kStreams = "DynamoDBStreams_20120810";
constexpr std::string_view kServed = "DynamoDB, DynamoDB Streams and Lambda with its event source mappings";

// Sorted. harness/wire compares this list and the registry with the operations of AWS's SDK.
constexpr std::array<std::string_view, 0> kNames{};

std::string text_of(std::string_view service, std::string_view operation) {
  const bool of_dynamo = service == kDynamo;
  if (!of_dynamo && service != kStreams) {
    return fmt::format("Millrace {} does not emulate {} ({}): it serves {}", MILLRACE_VERSION, operation, service,
                       kServed);
  }
  if (of_dynamo && std::binary_search(kNames.begin(), kNames.end(), operation)) {
    return fmt::format("Millrace {} does not emulate {}", MILLRACE_VERSION, operation);
  }
  const std::string_view other = of_dynamo ? kStreams : kDynamo;
  if (find_operation(fmt::format("{}.{}", other, operation)) != nullptr) {
    return fmt::format("{} is an operation of {}, not of {}", operation, other, service);
  }
  return fmt::format("{} has no operation {}", service, operation);
}

}  // namespace

ApiError unserved_operation(std::string_view target) {
  const std::size_t dot = target.find('.');
  if (target.empty()) return {ErrorKind::kUnknownOperation};
  if (dot == std::string_view::npos) {
    return {ErrorKind::kUnknownOperation, fmt::format("X-Amz-Target names no operation: {}", target)};
  }
  return {ErrorKind::kUnknownOperation, text_of(target.substr(0, dot), target.substr(dot + 1))};
}

std::span<const std::string_view> unserved_operation_names() { return kNames; }

}  // namespace millrace::api
