// PutItem (API reference, 3.5). Behind its members: items/item_write_request and items/item_write.
#include <array>

#include "server/api/items/item_write.hpp"
#include "server/api/items/item_write_request.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/operation.hpp"

namespace millrace::api {
namespace {

constexpr std::array kPutItemMembers{
    of_items::kTableName,
    members::Member{.name = "Item", .shape = &of_items::kItem, .presence = of_items::kRequired},
    of_items::kExpected,
    of_items::kConditionalOperator,
    of_items::kReturnValues,
    of_items::kReturnConsumedCapacity,
    of_items::kReturnItemCollectionMetrics,
    of_items::kConditionExpression,
    of_items::kAttributeNames,
    of_items::kExpressionValues,
    of_items::kReturnValuesOnConditionCheckFailure,
};

}  // namespace

extern const Operation kPutItem{"DynamoDB_20120810.PutItem", run_item_write<plan::ItemWrite::Kind::kPut>,
                                kPutItemMembers, FaultPoint::kDynamodbThrottle, FaultPoint::kDynamodbConflict};

}  // namespace millrace::api
