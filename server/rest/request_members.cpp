#include "server/rest/request_members.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "server/http/routing/router.hpp"
#include "server/json/tree.hpp"

namespace millrace::rest {
namespace {

using Json = nlohmann::json;

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped_at, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{} || stopped_at != end) return std::nullopt;
  return number;
}

std::string path_in_messages(std::string_view name) {
  std::string path{name};
  if (path.front() >= 'A' && path.front() <= 'Z') path.front() = static_cast<char>(path.front() - 'A' + 'a');
  return path;
}

/// Adds a violation for each integer that is none.
void add_parameters(Json& members, const RequestParts& parts, std::span<const Member> table,
                    validation::Constraints& constraints) {
  auto segment = parts.path.begin();
  for (const Member& member : table) {
    if (member.place == Place::kBody) continue;
    members.erase(std::string{member.name});  // in the body it is a member that nobody knows
    const std::string_view query_name = member.header.empty() ? member.name : member.header;
    if (member.place == Place::kQuery && member.type == MemberType::kStringList) {
      auto values = http::query_parameters(parts.query, query_name);
      if (!values.empty()) members[std::string{member.name}] = std::move(values);
      continue;
    }
    std::optional<std::string> text;
    switch (member.place) {
      case Place::kBody: break;
      case Place::kPath:
        if (segment != parts.path.end()) text = *segment++;
        break;
      case Place::kQuery: text = http::query_parameter(parts.query, query_name); break;
      case Place::kHeader:
        if (parts.header) text = std::string{parts.header(member.header)};
        break;
    }
    if (!text) continue;
    if (member.type != MemberType::kInteger) {
      if (!text->empty()) members[std::string{member.name}] = *std::move(text);
    } else if (const auto number = to_integer(*text)) {
      members[std::string{member.name}] = *number;
    } else {
      constraints.violated("Value '" + *text + "' at '" + path_in_messages(member.name) +
                           "' failed to satisfy constraint: Member must be an integer");
    }
  }
}

}  // namespace

Result<Json> read_members(const RequestParts& parts, std::span<const Member> table) {
  Json members = Json::object();
  if (std::ranges::find(table, Place::kBody, &Member::place) != table.end()) {
    TRY_ASSIGN(members, read_body(parts.body, table));
  }
  validation::Constraints constraints;
  add_parameters(members, parts, table, constraints);
  check_constraints(constraints, members, table);
  TRY(refuse_violations(constraints));
  return members;
}

Result<Json> read_body(std::string_view body, std::span<const Member> table) {
  auto document = json::parse_tree(body);
  if (document.has_error() || !document->is_object()) {
    return ApiError{ErrorKind::kLambdaInvalidRequestContent,
                    "Could not parse request body into json: " +
                        (document.has_error() ? document.error().reason : "the body must be a JSON object")};
  }
  TRY(check_types(*document, table));
  return *std::move(document);
}

}  // namespace millrace::rest
