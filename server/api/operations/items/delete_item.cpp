// DeleteItem (API reference, 3.8). Behind its members: items/item_write_request and items/item_write.
#include <array>

#include "server/api/items/item_write.hpp"
#include "server/api/items/item_write_request.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/operation.hpp"

namespace millrace::api {
namespace {

constexpr std::array kDeleteItemMembers{
    of_items::kTableName,
    of_items::kKey,
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

extern const Operation kDeleteItem{"DynamoDB_20120810.DeleteItem", run_item_write<plan::ItemWrite::Kind::kDelete>,
                                   kDeleteItemMembers, FaultPoint::kDynamodbThrottle, FaultPoint::kDynamodbConflict};

}  // namespace millrace::api
