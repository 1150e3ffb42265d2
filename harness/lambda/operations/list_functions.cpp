// ListFunctions (API reference of Lambda).
#include <algorithm>
#include <string>

#include "harness/lambda/operations/named_function.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/base64.hpp"

namespace millrace::lambda {
namespace {

constexpr std::size_t kLargestPage = 50;

Result<std::string> list_page(const LiveFunctions& live, const rest::Call& call) {
  TRY_ASSIGN(const nlohmann::json members, rest::read_members(call.parts(), list_functions_members()));
  TRY(rest::check_emulated(members, list_functions_members()));
  const auto max_items = static_cast<std::size_t>(rest::read_integer(members, "MaxItems").value_or(kLargestPage));
  const std::size_t most = std::min(max_items, kLargestPage);
  // Every function has one version, which ALL names.
  const std::string_view version = rest::read_text(members, "FunctionVersion") ? kLatestVersion : std::string_view{};
  std::string after;
  if (const auto marker = rest::read_text(members, "Marker")) {
    auto name = model::decode_base64(*marker);
    if (name.has_error()) return rest::invalid_parameter_value("Invalid Marker");
    after = *std::move(name);
  }
  auto functions = live.list(call.caller.account, after, most + 1);
  const bool more = functions.size() > most;
  if (more) functions.pop_back();
  std::string body;
  json::ObjectWriter writer{body};
  json::append_list(writer.key("Functions"), functions,
                    [&](const FunctionPointer& function) { body.append(to_configuration(*function, version)); });
  if (more) writer.string("NextMarker", model::encode_base64(functions.back()->name));
  writer.finish();
  return body;
}

rest::Answer list_functions(const FunctionServices& services, rest::Call& call) {
  auto page = list_page(services.functions, call);
  if (page.has_error()) co_return page.error();
  co_return rest::json_response(200, *std::move(page));
}

}  // namespace

extern const FunctionOperation kListFunctions{.name = "ListFunctions",
                                              .method = "GET",
                                              .path = kFunctions,
                                              .members = list_functions_members,
                                              .run = list_functions};

}  // namespace millrace::lambda
