#include "server/model/attribute_value.hpp"

#include <algorithm>

#include "server/model/base64.hpp"

namespace millrace::model {
namespace {

template <class Entries>
auto lower_bound_of(Entries& entries, std::string_view name) {
  return std::lower_bound(entries.begin(), entries.end(), name, [](const Attribute& entry, std::string_view wanted) {
    return entry.name.compare(wanted) < 0;
  });
}

constexpr std::size_t kDocumentOverhead = 3;
constexpr std::size_t kElementOverhead = 1;

struct SizeVisitor {
  std::size_t operator()(const std::string& text) const { return text.size(); }
  std::size_t operator()(const Number& number) const { return size_of(number); }
  std::size_t operator()(const Binary& binary) const { return binary.bytes.size(); }
  std::size_t operator()(bool) const { return 1; }
  std::size_t operator()(const Null&) const { return 1; }
  std::size_t operator()(const StringSet& set) const {
    std::size_t total = 0;
    for (const auto& member : set.members) total += member.size();
    return total;
  }
  std::size_t operator()(const NumberSet& set) const {
    std::size_t total = 0;
    for (const auto& member : set.members) total += size_of(member);
    return total;
  }
  std::size_t operator()(const BinarySet& set) const {
    std::size_t total = 0;
    for (const auto& member : set.members) total += member.bytes.size();
    return total;
  }
  std::size_t operator()(const List& list) const {
    std::size_t total = kDocumentOverhead;
    for (const auto& element : list) total += kElementOverhead + size_of(element);
    return total;
  }
  std::size_t operator()(const AttributeMap& map) const {
    std::size_t total = kDocumentOverhead;
    for (const auto& entry : map) total += kElementOverhead + entry.name.size() + size_of(entry.value);
    return total;
  }
};

template <class Members, class Text>
std::string bracketed(const Members& members, Text text_of) {
  std::string text{"["};
  for (const auto& member : members) {
    if (text.size() > 1) text.append(", ");
    text.append(text_of(member));
  }
  return text.append("]");
}

struct MessageVisitor {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const Number& number) const { return number.to_string(); }
  std::string operator()(const Binary& binary) const { return encode_base64(binary.bytes); }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(const Null&) const { return "true"; }
  std::string operator()(const StringSet& set) const {
    return bracketed(set.members, [](const std::string& member) { return member; });
  }
  std::string operator()(const NumberSet& set) const {
    return bracketed(set.members, [](const Number& member) { return member.to_string(); });
  }
  std::string operator()(const BinarySet& set) const {
    return bracketed(set.members, [](const Binary& member) { return encode_base64(member.bytes); });
  }
  std::string operator()(const List& list) const { return bracketed(list, to_message_text); }
  std::string operator()(const AttributeMap& map) const {
    std::string text{"{"};
    for (const auto& entry : map) {
      if (text.size() > 1) text.append(", ");
      text.append(entry.name).append("=").append(to_message_text(entry.value));
    }
    return text.append("}");
  }
};

}  // namespace

const AttributeValue* AttributeMap::find(std::string_view name) const {
  const auto found = lower_bound_of(entries_, name);
  return found != entries_.end() && found->name == name ? &found->value : nullptr;
}

AttributeValue* AttributeMap::find(std::string_view name) {
  return const_cast<AttributeValue*>(std::as_const(*this).find(name));
}

AttributeValue& AttributeMap::set(std::string name, AttributeValue value) {
  if (entries_.empty() || entries_.back().name < name) {
    return entries_.emplace_back(Attribute{std::move(name), std::move(value)}).value;
  }
  const auto found = lower_bound_of(entries_, name);
  if (found != entries_.end() && found->name == name) {
    found->value = std::move(value);
    return found->value;
  }
  return entries_.insert(found, Attribute{std::move(name), std::move(value)})->value;
}

bool AttributeMap::erase(std::string_view name) {
  const auto found = lower_bound_of(entries_, name);
  if (found == entries_.end() || found->name != name) return false;
  entries_.erase(found);
  return true;
}

void AttributeMap::merge(std::vector<Attribute> entries) {
  AttributeMapBuilder builder;
  builder.reserve(entries_.size() + entries.size());
  for (auto* part : {&entries_, &entries}) {
    for (auto& entry : *part) builder.append(std::move(entry.name)) = std::move(entry.value);
  }
  *this = std::move(builder).build();
}

void AttributeMap::erase(std::vector<std::string_view> names) {
  std::sort(names.begin(), names.end());
  const auto is_named = [&](const Attribute& entry) {
    return std::binary_search(names.begin(), names.end(), std::string_view{entry.name});
  };
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(), is_named), entries_.end());
}

AttributeValue& AttributeMapBuilder::append(std::string name) {
  sorted_ = sorted_ && (entries_.empty() || entries_.back().name < name);
  name_bytes_ += name.size();
  Attribute& entry = entries_.emplace_back();
  entry.name = std::move(name);
  return entry.value;
}

void AttributeMapBuilder::compact() {
  if (sorted_) return;
  // Pointers are sorted, as an entry costs much to move; each is then moved once.
  std::vector<Attribute*> order;
  order.reserve(entries_.size());
  for (auto& entry : entries_) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const Attribute* left, const Attribute* right) {
    const int names = left->name.compare(right->name);
    return names != 0 ? names < 0 : left < right;
  });
  std::vector<Attribute> sorted;
  sorted.reserve(order.size());
  name_bytes_ = 0;
  for (std::size_t at = 0; at < order.size(); ++at) {
    if (at + 1 < order.size() && order[at]->name == order[at + 1]->name) continue;  // the last one counts
    name_bytes_ += order[at]->name.size();
    sorted.push_back(std::move(*order[at]));
  }
  entries_ = std::move(sorted);
  sorted_ = true;
}

AttributeMap AttributeMapBuilder::build() && {
  compact();
  AttributeMap map;
  map.entries_ = std::move(entries_);
  return map;
}

bool operator==(const AttributeMap& left, const AttributeMap& right) { return left.entries_ == right.entries_; }

std::string_view type_name(AttributeType type) {
  static constexpr std::string_view kNames[] = {"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"};
  return kNames[static_cast<std::size_t>(type)];
}

std::size_t size_of(const Number& number) {
  if (number.is_zero()) return 1;
  constexpr std::size_t kMaxSize = 21;
  const int digits = number.digit_count();
  const int before_point = std::clamp(number.leading_exponent() + 1, 0, digits);
  const int after_point = digits - before_point;
  const auto size =
      static_cast<std::size_t>(1 + (before_point + 1) / 2 + (after_point + 1) / 2) + (number.is_negative() ? 1 : 0);
  return std::min(size, kMaxSize);
}

std::size_t size_of(const AttributeValue& value) { return std::visit(SizeVisitor{}, value.value); }

std::size_t size_of(const Item& item) {
  std::size_t total = 0;
  for (const auto& attribute : item) total += attribute.name.size() + size_of(attribute.value);
  return total;
}

std::string to_message_text(const AttributeValue& value) {
  std::string text{"{"};
  return text.append(type_name(value.type())).append(":").append(std::visit(MessageVisitor{}, value.value)).append("}");
}

int depth_of(const AttributeValue& value) {
  int deepest = 0;
  if (const auto* list = value.as_list()) {
    for (const auto& element : *list) deepest = std::max(deepest, depth_of(element));
  } else if (const auto* map = value.as_map()) {
    for (const auto& entry : *map) deepest = std::max(deepest, depth_of(entry.value));
  }
  return deepest + 1;
}

}  // namespace millrace::model
