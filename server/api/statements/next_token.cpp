#include "server/api/statements/next_token.hpp"

#include <utility>

#include "server/json/object_reader.hpp"
#include "server/model/base64.hpp"

namespace millrace::api {
namespace {

constexpr std::string_view kTokenVersion = "1|";
constexpr char kEndOfRequest = '|';

}  // namespace

ApiError invalid_next_token() { return base::validation_error("Invalid NextToken"); }
ApiError foreign_next_token() { return base::validation_error("NextToken does not match request"); }

std::string make_next_token(std::string_view request, std::string_view position_json) {
  std::string content{kTokenVersion};
  content.append(request).push_back(kEndOfRequest);
  content.append(position_json);
  return model::encode_base64(content);
}

Result<model::Item> read_next_token(json::Parser& parser, std::string_view request, std::string_view token) {
  const auto content = model::decode_base64(token);
  if (content.has_error() || !content->starts_with(kTokenVersion)) return invalid_next_token();
  std::string_view rest = *content;
  rest.remove_prefix(kTokenVersion.size());
  const std::size_t end = rest.find(kEndOfRequest);
  if (end == std::string_view::npos) return invalid_next_token();
  std::string members{"{\"Key\":"};
  members.append(rest.substr(end + 1)).push_back('}');
  const auto object = parser.parse_object(members);
  if (!object) return invalid_next_token();
  json::ObjectReader reader{*object};
  auto position = reader.item("Key");
  if (!position || position->value_error) return invalid_next_token();
  if (rest.substr(0, end) != request) return foreign_next_token();
  return std::move(position->item);
}

}  // namespace millrace::api
