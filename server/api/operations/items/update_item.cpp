// UpdateItem (API reference, 3.7 and 5.6). Behind its members: items/item_write_request and items/item_write.
#include <array>

#include "server/api/items/item_write.hpp"
#include "server/api/items/item_write_request.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/operation.hpp"

namespace millrace::api {
namespace {

constexpr std::array kUpdateItemMembers{
    of_items::kTableName,
    of_items::kKey,
    members::Member{.name = "AttributeUpdates", .shape = &of_items::kAttributeUpdates},
    of_items::kExpected,
    of_items::kConditionalOperator,
    of_items::kReturnValues,
    of_items::kReturnConsumedCapacity,
    of_items::kReturnItemCollectionMetrics,
    members::Member{.name = "UpdateExpression", .shape = &members::kString},
    of_items::kConditionExpression,
    of_items::kAttributeNames,
    of_items::kExpressionValues,
    of_items::kReturnValuesOnConditionCheckFailure,
};

}  // namespace

extern const Operation kUpdateItem{"DynamoDB_20120810.UpdateItem", run_item_write<plan::ItemWrite::Kind::kUpdate>,
                                   kUpdateItemMembers, FaultPoint::kDynamodbThrottle, FaultPoint::kDynamodbConflict};

}  // namespace millrace::api
