#include "server/api/members/item_members.hpp"

namespace millrace::api::of_items {
namespace {

using members::kBoolean;
using members::Kind;
using members::kString;
using members::kStringList;

constexpr Shape kBlobList{.kind = Kind::kList, .element = &members::kBlob};

constexpr std::array kMembersOfValue{
    Member{.name = "S", .shape = &kString},        Member{.name = "N", .shape = &kString},
    Member{.name = "B", .shape = &members::kBlob}, Member{.name = "SS", .shape = &kStringList},
    Member{.name = "NS", .shape = &kStringList},   Member{.name = "BS", .shape = &kBlobList},
    Member{.name = "M", .shape = &kItem},          Member{.name = "L", .shape = &kAttributeValues},
    Member{.name = "NULL", .shape = &kBoolean},    Member{.name = "BOOL", .shape = &kBoolean},
};

constexpr Member kComparisonOperator{.name = "ComparisonOperator", .shape = &kString, .values = kComparisonOperators};

constexpr std::array kMembersOfCondition{
    Member{.name = "AttributeValueList", .shape = &kAttributeValues},
    Member{.name = "ComparisonOperator", .shape = &kString, .presence = kRequired, .values = kComparisonOperators},
};
constexpr Shape kCondition{.kind = Kind::kStructure, .name = "Condition", .members = kMembersOfCondition};

constexpr std::array kMembersOfExpected{
    Member{.name = "Value", .shape = &kAttributeValue},
    Member{.name = "Exists", .shape = &kBoolean},
    kComparisonOperator,
    Member{.name = "AttributeValueList", .shape = &kAttributeValues},
};
constexpr Shape kExpectedAttribute{
    .kind = Kind::kStructure, .name = "ExpectedAttributeValue", .members = kMembersOfExpected};

constexpr std::array kMembersOfUpdate{
    Member{.name = "Value", .shape = &kAttributeValue},
    Member{.name = "Action", .shape = &kString, .values = kUpdateActions},
};
constexpr Shape kAttributeUpdate{.kind = Kind::kStructure, .name = "AttributeValueUpdate", .members = kMembersOfUpdate};

}  // namespace

constinit const Shape kAttributeValue{.kind = Kind::kStructure, .name = "AttributeValue", .members = kMembersOfValue};
constinit const Shape kAttributeValues{.kind = Kind::kList, .element = &kAttributeValue};
constinit const Shape kItem{.kind = Kind::kMap, .element = &kAttributeValue};
constinit const Shape kConditions{.kind = Kind::kMap, .element = &kCondition};
constinit const Shape kExpectedAttributes{.kind = Kind::kMap, .element = &kExpectedAttribute};
constinit const Shape kAttributeUpdates{.kind = Kind::kMap, .element = &kAttributeUpdate};

}  // namespace millrace::api::of_items
