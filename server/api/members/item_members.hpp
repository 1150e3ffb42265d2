// Members that many item operations have in common, as rows (API reference, 2.2). Item operations read by hand, for
// their speed; these tables describe them, and give their messages the values that are allowed.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "server/members/member.hpp"

namespace millrace::api::of_items {

using members::Member;
using members::Shape;
using enum members::Presence;

extern const Shape kAttributeValue;
extern const Shape kAttributeValues;  ///< a list of them
extern const Shape kItem;             ///< a map of attribute name to AttributeValue: an item, or a key
extern const Shape kConditions;       ///< QueryFilter, ScanFilter, KeyConditions
extern const Shape kExpectedAttributes;
extern const Shape kAttributeUpdates;

inline constexpr std::array<std::string_view, 3> kCapacityDetails{"INDEXES", "TOTAL", "NONE"};
inline constexpr std::array<std::string_view, 2> kCollectionMetrics{"SIZE", "NONE"};
inline constexpr std::array<std::string_view, 2> kConditionalOperators{"OR", "AND"};
inline constexpr std::array<std::string_view, 2> kValuesOnFailure{"ALL_OLD", "NONE"};
inline constexpr std::array<std::string_view, 3> kUpdateActions{"ADD", "PUT", "DELETE"};
inline constexpr std::array<std::string_view, 13> kComparisonOperators{
    "IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE", "BEGINS_WITH", "GE", "CONTAINS"};
inline constexpr std::array<std::string_view, 5> kAllReturnValues{"NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW",
                                                                  "UPDATED_NEW"};
inline constexpr std::array<std::string_view, 4> kSelects{"SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES",
                                                          "ALL_PROJECTED_ATTRIBUTES"};

inline constexpr Member kTableName{.name = "TableName",
                                   .shape = &members::kString,
                                   .presence = kRequired,
                                   .bounds = {1, 1024},
                                   .pattern = "[a-zA-Z0-9_.-]+"};
inline constexpr Member kIndexName{
    .name = "IndexName", .shape = &members::kString, .bounds = {3, 255}, .pattern = "[a-zA-Z0-9_.-]+"};
inline constexpr Member kKey{.name = "Key", .shape = &kItem, .presence = kRequired};
inline constexpr Member kExpected{.name = "Expected", .shape = &kExpectedAttributes};
inline constexpr Member kConditionalOperator{
    .name = "ConditionalOperator", .shape = &members::kString, .values = kConditionalOperators};
inline constexpr Member kReturnValues{.name = "ReturnValues", .shape = &members::kString, .values = kAllReturnValues};
inline constexpr Member kReturnConsumedCapacity{
    .name = "ReturnConsumedCapacity", .shape = &members::kString, .values = kCapacityDetails};
inline constexpr Member kReturnItemCollectionMetrics{
    .name = "ReturnItemCollectionMetrics", .shape = &members::kString, .values = kCollectionMetrics};
inline constexpr Member kReturnValuesOnConditionCheckFailure{
    .name = "ReturnValuesOnConditionCheckFailure", .shape = &members::kString, .values = kValuesOnFailure};
inline constexpr Member kConditionExpression{.name = "ConditionExpression", .shape = &members::kString};
inline constexpr Member kProjectionExpression{.name = "ProjectionExpression", .shape = &members::kString};
inline constexpr Member kFilterExpression{.name = "FilterExpression", .shape = &members::kString};
inline constexpr Member kAttributeNames{.name = "ExpressionAttributeNames", .shape = &members::kStringMap};
inline constexpr Member kExpressionValues{.name = "ExpressionAttributeValues", .shape = &kItem};
inline constexpr Member kAttributesToGet{
    .name = "AttributesToGet", .shape = &members::kStringList, .bounds = {1, INT64_MAX}};
inline constexpr Member kConsistentRead{.name = "ConsistentRead", .shape = &members::kBoolean};
inline constexpr Member kSelect{.name = "Select", .shape = &members::kString, .values = kSelects};
inline constexpr Member kLimit{.name = "Limit", .shape = &members::kInteger, .bounds = {1, INT32_MAX}};
inline constexpr Member kExclusiveStartKey{.name = "ExclusiveStartKey", .shape = &kItem};

}  // namespace millrace::api::of_items
