#include "server/rest/member_reading.hpp"

namespace millrace::rest {
namespace {

using Json = nlohmann::json;

template <class T>
std::optional<T> read(const Json& object, std::string_view name) {
  const Json* const member = find_member(object, name);
  return member == nullptr ? std::nullopt : std::optional{member->get<T>()};
}

}  // namespace

const Json* find_member(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const Json& read_structure(const Json& object, std::string_view name) {
  static const Json kEmpty = Json::object();
  const Json* const member = find_member(object, name);
  return member == nullptr ? kEmpty : *member;
}

std::optional<std::string> read_text(const Json& object, std::string_view name) {
  return read<std::string>(object, name);
}
std::optional<std::int64_t> read_integer(const Json& object, std::string_view name) {
  return read<std::int64_t>(object, name);
}
std::optional<bool> read_boolean(const Json& object, std::string_view name) { return read<bool>(object, name); }

std::map<std::string, std::string> read_text_map(const Json& object, std::string_view name) {
  return read_structure(object, name).get<std::map<std::string, std::string>>();
}

}  // namespace millrace::rest
