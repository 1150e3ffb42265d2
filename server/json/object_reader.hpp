// Typed access to the members of a request: step 8 of AWS's order, "type check of every known member".
//
// A parse function reads the members in the order of AWS's model. The first member of a wrong type fails the reader;
// later reads return nothing, and the function ends with `if (in.failed()) return in.error();`. A member that is
// absent or null reads as empty: whether it is required is a constraint, checked afterwards (server/validation).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/json/document.hpp"

namespace millrace::json {

/// Value class names for ObjectReader::map() and structure(), without the package.
inline constexpr std::string_view kDynamoPackage = "com.amazonaws.dynamodb.v20120810.";

class ObjectReader {
 public:
  explicit ObjectReader(Object object) : object_{object} {}

  std::optional<std::string_view> string(std::string_view name);
  std::optional<bool> boolean(std::string_view name);
  /// Integer or Long: fractions are cut off, as AWS does. `java_type` is `Integer` or `Long`, for the message.
  std::optional<std::int64_t> integer(std::string_view name, std::string_view java_type = "Integer");
  /// Seconds since the epoch with a fraction; what lies before the year 1 or after 9999 is taken for their ends.
  std::optional<TimePoint> timestamp(std::string_view name);
  /// A Double.
  std::optional<double> number(std::string_view name);
  /// A map of attribute name to AttributeValue: an item or a key. `max_bytes` as read_item() has it.
  std::optional<ItemInput> item(std::string_view name, std::size_t max_bytes = kMaxMapBytes);
  /// ExpressionAttributeValues; `max_entries` as read_expression_values() has it.
  std::optional<ExpressionValuesInput> expression_values(std::string_view name, std::size_t max_entries = SIZE_MAX);
  std::optional<std::vector<std::string>> string_list(std::string_view name);
  std::optional<std::map<std::string, std::string>> string_map(std::string_view name);

  /// A structure; `shape` is its name in AWS's model. Read its members with another ObjectReader and adopt() it.
  std::optional<ObjectReader> structure(std::string_view name, std::string_view shape);
  /// A list of structures: calls `read` with a reader per element. Returns the number of elements, or empty when
  /// absent.
  std::optional<std::size_t> structures(std::string_view name, std::string_view shape,
                                        const std::function<void(ObjectReader&)>& read);
  /// A list of items (`Keys`): one ItemInput per element, of the first `most` elements.
  std::optional<std::vector<ItemInput>> items(std::string_view name, std::size_t most = SIZE_MAX);
  /// A list of AttributeValues (`AttributeValueList`): the first `most` of them.
  std::optional<std::vector<ValueInput>> values(std::string_view name, std::size_t most = SIZE_MAX);
  /// One AttributeValue (`Value`).
  std::optional<ValueInput> value(std::string_view name);
  /// A map whose values are structures: calls `read` with key and reader of each, in the order of the text. What comes
  /// behind the first `most` entries is not looked at.
  std::optional<std::size_t> structure_map(std::string_view name, std::string_view shape,
                                           const std::function<void(std::string_view key, ObjectReader&)>& read,
                                           std::size_t most = SIZE_MAX);
  /// A map whose values are lists of structures (BatchWriteItem's RequestItems): the first `most` entries, and as many
  /// elements of each.
  std::optional<std::size_t> structure_list_map(
      std::string_view name, std::string_view shape,
      const std::function<void(std::string_view key, ObjectReader&)>& read_element,
      const std::function<void(std::string_view key, std::size_t elements)>& finish_list, std::size_t most = SIZE_MAX);

  /// The object being read, for what no function above reads.
  [[nodiscard]] const Object& object() const { return object_; }

  /// Takes over the failure of a reader of a nested structure, if it has one.
  void adopt(const ObjectReader& nested);
  void fail(ApiError error);

  [[nodiscard]] bool failed() const { return error_.has_value(); }
  /// Precondition: failed().
  [[nodiscard]] const ApiError& error() const { return *error_; }

 private:
  /// The member, unless it is absent or null or the reader has failed.
  std::optional<Element> find(std::string_view name) const;

  Object object_;
  std::optional<ApiError> error_;
};

}  // namespace millrace::json
