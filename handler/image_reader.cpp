#include "handler/image_reader.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "server/model/base64.hpp"

namespace millrace::handler {
namespace {

using json::RawKind;
using json::RawValue;
using model::AttributeType;
using model::AttributeValue;

constexpr std::array kTypes{AttributeType::kS,    AttributeType::kN,  AttributeType::kB,  AttributeType::kBool,
                            AttributeType::kNull, AttributeType::kSs, AttributeType::kNs, AttributeType::kBs,
                            AttributeType::kL,    AttributeType::kM};

std::optional<AttributeType> type_named(std::string_view name) {
  const auto* const found =
      std::find_if(kTypes.begin(), kTypes.end(), [name](AttributeType type) { return model::type_name(type) == name; });
  return found == kTypes.end() ? std::nullopt : std::optional{*found};
}

class ImageReader {
 public:
  explicit ImageReader(const TellProblem& tell) : tell_{tell} {}

  model::AttributeMap read_map(RawValue object) {
    model::AttributeMapBuilder map;
    object.each_member([&](std::string_view name, RawValue raw) {
      const InPath in_path{path_, ".", name};
      if (auto value = read_value(raw)) map.append(std::string{name}) = *std::move(value);
    });
    return std::move(map).build();
  }

 private:
  /// A step of the path for as long as it lives.
  class InPath {
   public:
    InPath(std::string& path, std::string_view separator, std::string_view step) : path_{path}, before_{path.size()} {
      path_.append(separator).append(step);
    }
    InPath(const InPath&) = delete;
    InPath& operator=(const InPath&) = delete;
    ~InPath() { path_.resize(before_); }

   private:
    std::string& path_;
    std::size_t before_;
  };

  void tell(std::string_view text) { tell_(path_, text); }
  std::nullopt_t unreadable(std::string_view text) {
    tell(text);
    return std::nullopt;
  }

  // The depth of values is bounded by the document's.
  std::optional<AttributeValue> read_value(RawValue raw) {
    std::optional<AttributeType> type;
    std::optional<RawValue> content;
    std::size_t types = 0;
    raw.each_member([&](std::string_view name, RawValue member) {
      const auto known = type_named(name);
      if (!known) return;
      ++types;
      type = known;
      content = member;
    });
    if (types == 0) return unreadable("no attribute value: it has none of the ten types");
    if (types > 1) return unreadable("no attribute value: it has more than one type");
    return read_content(*type, *content);
  }

  std::optional<AttributeValue> read_content(AttributeType type, RawValue content) {
    switch (type) {
      case AttributeType::kS: return wrapped(read_string(content));
      case AttributeType::kN: return wrapped(read_number(content));
      case AttributeType::kB: return wrapped(read_binary(content));
      case AttributeType::kBool:
        if (content.kind() != RawKind::kBoolean) return unreadable("a BOOL must be true or false");
        return AttributeValue{content.text() == "true"};
      case AttributeType::kNull:
        if (content.text() != "true") tell("a NULL must be true; it reads as one");
        return AttributeValue{model::Null{}};
      case AttributeType::kSs: return read_set<model::StringSet>(content, &ImageReader::read_string);
      case AttributeType::kNs: return read_set<model::NumberSet>(content, &ImageReader::read_number);
      case AttributeType::kBs: return read_set<model::BinarySet>(content, &ImageReader::read_binary);
      case AttributeType::kL: return read_list(content);
      case AttributeType::kM: break;
    }
    if (content.kind() != RawKind::kObject) return unreadable("an M must be an object");
    return AttributeValue{read_map(content)};
  }

  template <class T>
  static std::optional<AttributeValue> wrapped(std::optional<T> content) {
    if (!content) return std::nullopt;
    return AttributeValue{*std::move(content)};
  }

  std::optional<std::string> read_string(RawValue content) {
    if (content.kind() != RawKind::kString) return unreadable("it must be a string");
    return content.string();
  }

  std::optional<model::Number> read_number(RawValue content) {
    if (content.kind() != RawKind::kString && content.kind() != RawKind::kNumber) {
      return unreadable("a number must be a string");
    }
    if (content.kind() == RawKind::kNumber) tell("a number must be a string; it reads as one");
    const std::string text = content.kind() == RawKind::kString ? content.string() : std::string{content.text()};
    const auto number = model::Number::parse(text);
    if (number.has_error()) return unreadable(number.error().message);
    return *number;
  }

  std::optional<model::Binary> read_binary(RawValue content) {
    if (content.kind() != RawKind::kString) return unreadable("binary must be a string of base64");
    auto bytes = model::decode_base64(content.string());
    if (bytes.has_error()) return unreadable(bytes.error().message);
    return model::Binary{*std::move(bytes)};
  }

  template <class Set, class Member>
  std::optional<AttributeValue> read_set(RawValue content, std::optional<Member> (ImageReader::*read)(RawValue)) {
    if (content.kind() != RawKind::kArray) return unreadable("a set must be a list");
    Set set;
    bool complete = true;
    content.each_element([&](RawValue element) {
      auto member = (this->*read)(element);
      complete = complete && member.has_value();
      if (member) set.members.push_back(*std::move(member));
    });
    if (!complete) return std::nullopt;
    if (set.members.empty()) tell("a set is empty");
    std::sort(set.members.begin(), set.members.end());
    const auto repeated = std::unique(set.members.begin(), set.members.end());
    if (repeated != set.members.end()) {
      tell("a set holds a member twice; it reads as if it were there once");
      set.members.erase(repeated, set.members.end());
    }
    return AttributeValue{std::move(set)};
  }

  std::optional<AttributeValue> read_list(RawValue content) {
    if (content.kind() != RawKind::kArray) return unreadable("an L must be a list");
    model::List list;
    content.each_element([&](RawValue element) {
      const InPath in_path{path_, "[", std::to_string(list.size()) + "]"};
      auto value = read_value(element);
      list.push_back(value ? *std::move(value) : AttributeValue{model::Null{}});
    });
    return AttributeValue{std::move(list)};
  }

  const TellProblem& tell_;
  std::string path_;
};

}  // namespace

model::Item read_image(RawValue image, const TellProblem& tell) {
  if (image.kind() != RawKind::kObject) {
    tell("", "it must be a map of attribute values");
    return {};
  }
  return ImageReader{tell}.read_map(image);
}

}  // namespace millrace::handler
