#include "harness/esm/control/mapping_registry.hpp"

#include "harness/esm/control/mapping_registry_fixture.hpp"

namespace millrace::esm {
namespace {

TEST_F(MappingRegistryTest, ANewMappingIsCreatingAndThenEnabled) {
  const auto made = create(members());
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ((*made)->state, MappingState::kCreating);
  EXPECT_EQ((*made)->definition.function_arn, "arn:aws:lambda:us-east-1:000000000000:function:echo");
  EXPECT_EQ((*made)->definition.last_modified, time_.now());
  registry_.settle((*made)->definition.uuid);
  EXPECT_EQ((*made)->state, MappingState::kEnabled);
  EXPECT_TRUE(checkpoints().empty());
}

TEST_F(MappingRegistryTest, ItsFunctionIsTheOneOfTheOpenTransaction) {
  const auto removed = write([&] { return functions_.remove({.name = "echo", .account = {}}); });
  ASSERT_TRUE(removed.has_value());
  EXPECT_EQ(create(members()).error().message, "Function does not exist") << "both are committed, or both are lost";
  functions_.committed();
  ASSERT_TRUE(write([&] {
                return functions_.create(
                    std::make_shared<const lambda::FunctionDefinition>(lambda::FunctionDefinition{.name = "echo"}));
              }).has_value());
  EXPECT_TRUE(create(members()).has_value());
}

TEST_F(MappingRegistryTest, AMappingMadeDisabledEndsDisabled) {
  EXPECT_EQ(registry_.find(make(R"("Enabled":false)"))->state, MappingState::kDisabled);
}

TEST_F(MappingRegistryTest, RefusesVersionsAliasesAndFunctionsElsewhere) {
  const auto refusal = [&](const std::string& function) {
    return create(R"("FunctionName":")" + function + R"(","StartingPosition":"LATEST","EventSourceArn":")" + kStream +
                  "\"")
        .error()
        .message;
  };
  EXPECT_EQ(refusal("echo:live"), "Function does not exist");
  EXPECT_EQ(refusal("arn:aws:lambda:us-east-1:000000000000:function:echo:7"), "Function does not exist");
  EXPECT_EQ(refusal("arn:aws:lambda:eu-west-1:000000000000:function:echo"),
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')");
  EXPECT_EQ(refusal("999999999999:function:echo"),
            "Function not found: arn:aws:lambda:us-east-1:999999999999:function:echo");
  EXPECT_TRUE(registry_.all().empty());
}

TEST_F(MappingRegistryTest, LatestFixesTheEndOfEveryShardInTheSameTransaction) {
  const auto made =
      create(R"("FunctionName":"echo","EventSourceArn":")" + kStream + R"(","StartingPosition":"LATEST")");
  ASSERT_TRUE(made.has_value());
  const std::string uuid = (*made)->definition.uuid;
  EXPECT_EQ(checkpoints(),
            (std::map<std::string, std::string>{{uuid + "/shard-1", to_checkpoint({.done = 10, .begun = 10})},
                                                {uuid + "/shard-2", to_checkpoint({.done = 20, .begun = 20})}}));
}

struct RefusedCase {
  std::string name;
  std::string members;
  ErrorKind kind;
  std::string message;
};

class RefusedCreateTest : public MappingRegistryTest, public testing::WithParamInterface<RefusedCase> {};

TEST_P(RefusedCreateTest, SaysWhatAwsSays) {
  const auto made = create(GetParam().members);
  ASSERT_TRUE(made.has_error());
  EXPECT_EQ(made.error().kind, GetParam().kind);
  EXPECT_EQ(made.error().message, GetParam().message);
  EXPECT_TRUE(registry_.all().empty());
}

const std::string kTable = "arn:aws:dynamodb:us-east-1:000000000000:table/Orders";
const std::string kElsewhere = "arn:aws:dynamodb:eu-west-1:000000000000:table/Orders/stream/x";
const std::string kOfOthers = "arn:aws:dynamodb:us-east-1:123456789012:table/Orders/stream/x";
const std::string kGone = "arn:aws:dynamodb:us-east-1:000000000000:table/Gone/stream/x";

INSTANTIATE_TEST_SUITE_P(
    Order, RefusedCreateTest,
    testing::Values(
        RefusedCase{"NoSource", R"("FunctionName":"gone")", ErrorKind::kLambdaInvalidParameterValue,
                    "Unrecognized event source."},
        RefusedCase{"TableArn", R"("FunctionName":"gone","EventSourceArn":")" + kTable + R"(")",
                    ErrorKind::kLambdaInvalidParameterValue, "Unrecognized event source."},
        RefusedCase{"OtherService", R"("FunctionName":"echo","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:q")",
                    ErrorKind::kLambdaInvalidParameterValue,
                    "Millrace emulates only DynamoDB streams as event sources, not "
                    "arn:aws:sqs:us-east-1:000000000000:q"},
        RefusedCase{"OnSuccessBeforeFunction",
                    R"("FunctionName":"gone","DestinationConfig":{"OnSuccess":{}},"EventSourceArn":")" + kGone + R"(")",
                    ErrorKind::kLambdaInvalidParameterValue,
                    "Unsupported DestinationConfig parameter for given event source mapping type."},
        RefusedCase{"FunctionBeforePosition", R"("FunctionName":"gone","EventSourceArn":")" + kGone + R"(")",
                    ErrorKind::kLambdaInvalidParameterValue, "Function does not exist"},
        RefusedCase{"PositionMissing", R"("FunctionName":"echo","EventSourceArn":")" + kGone + R"(")",
                    ErrorKind::kLambdaInvalidParameterValue,
                    "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
                    "Member must not be null."},
        RefusedCase{"AtTimestamp",
                    R"("FunctionName":"echo","StartingPosition":"AT_TIMESTAMP","EventSourceArn":")" + kGone + R"(")",
                    ErrorKind::kLambdaInvalidParameterValue, "Unsupported starting position for arn type: " + kGone},
        RefusedCase{
            "StreamBeforeFilter",
            R"("FunctionName":"echo","StartingPosition":"LATEST","FilterCriteria":{"Filters":[{"Pattern":"x"}]},)"
            R"("EventSourceArn":")" +
                kGone + R"(")",
            ErrorKind::kLambdaInvalidParameterValue, "Stream not found: " + kGone},
        RefusedCase{
            "OtherRegion",
            R"("FunctionName":"echo","StartingPosition":"LATEST","EventSourceArn":")" + kElsewhere + R"(")",
            ErrorKind::kLambdaInvalidParameterValue,
            "Stream not found: " + kElsewhere + " (it is of region eu-west-1, this request of region us-east-1)"},
        RefusedCase{"OtherAccount",
                    R"("FunctionName":"echo","StartingPosition":"LATEST","EventSourceArn":")" + kOfOthers + R"(")",
                    ErrorKind::kLambdaInvalidParameterValue,
                    "Stream not found: " + kOfOthers +
                        " (it is of account 123456789012, this request of account 000000000000)"},
        RefusedCase{
            "BadFilter",
            R"("FunctionName":"echo","StartingPosition":"LATEST","FilterCriteria":{"Filters":[{"Pattern":"x"}]},)"
            R"("EventSourceArn":")" +
                kStream + R"(")",
            ErrorKind::kLambdaInvalidParameterValue, "Invalid filter pattern definition."},
        RefusedCase{
            "FilterBeforeWhatIsNotEmulated",
            R"("FunctionName":"echo","StartingPosition":"LATEST","FilterCriteria":{"Filters":[{"Pattern":"x"}]},)"
            R"("Topics":["t"],"EventSourceArn":")" +
                kStream + R"(")",
            ErrorKind::kLambdaInvalidParameterValue, "Invalid filter pattern definition."},
        RefusedCase{
            "TooManyFilters",
            R"("FunctionName":"echo","StartingPosition":"LATEST","FilterCriteria":{"Filters":[{"Pattern":"{}"},)"
            R"({"Pattern":"{}"},{"Pattern":"{}"},{"Pattern":"{}"},{"Pattern":"{}"},{"Pattern":"{}"}]},)"
            R"("EventSourceArn":")" +
                kStream + R"(")",
            ErrorKind::kLambdaInvalidParameterValue,
            "An event source mapping can have at most 5 filters, and FilterCriteria has 6."},
        RefusedCase{
            "NotEmulated",
            R"("FunctionName":"echo","StartingPosition":"LATEST","Topics":["t"],"EventSourceArn":")" + kStream + R"(")",
            ErrorKind::kLambdaInvalidParameterValue, "Millrace does not emulate Topics yet."}),
    [](const auto& parameter) { return parameter.param.name; });

TEST_F(MappingRegistryTest, TheSameFunctionOnTheSameStreamIsAConflict) {
  const std::string uuid = make();
  const auto again = create(members());
  ASSERT_TRUE(again.has_error());
  EXPECT_EQ(again.error().kind, ErrorKind::kLambdaResourceConflict);
  EXPECT_EQ(again.error().message, "The event source arn (\" " + kStream +
                                       " \") and function (\" echo \") provided mapping already exists. Please update "
                                       "or delete the existing mapping with UUID " +
                                       uuid);
}

TEST_F(MappingRegistryTest, AnotherQualifierAnotherFunctionOrAnotherStreamIsNone) {
  make();
  EXPECT_TRUE(create(R"("FunctionName":"echo:$LATEST","StartingPosition":"LATEST","EventSourceArn":")" + kStream + "\"")
                  .has_value());
  EXPECT_TRUE(
      create(R"("FunctionName":"other","StartingPosition":"LATEST","EventSourceArn":")" + kStream + "\"").has_value());
  EXPECT_TRUE(create(R"("FunctionName":"echo","StartingPosition":"LATEST","EventSourceArn":")" + kOtherStream + "\"")
                  .has_value());
}

TEST_F(MappingRegistryTest, UpdatesMergeAndShowTheirTransition) {
  const std::string uuid = make(R"("BatchSize":7)");
  time_.advance(std::chrono::seconds{5});
  auto updated = update(uuid, R"("MaximumRetryAttempts":2)");
  ASSERT_TRUE(updated.has_value());
  EXPECT_EQ((*updated)->state, MappingState::kUpdating);
  EXPECT_EQ((*updated)->definition.batch_size, 7);
  EXPECT_EQ((*updated)->definition.maximum_retry_attempts, 2);
  EXPECT_EQ((*updated)->definition.last_modified, time_.now());
  registry_.settle(uuid);
  updated = update(uuid, R"("Enabled":false)");
  EXPECT_EQ((*updated)->state, MappingState::kDisabling);
  registry_.settle(uuid);
  EXPECT_EQ(registry_.find(uuid)->state, MappingState::kDisabled);
  EXPECT_EQ(update(uuid, R"("FunctionName":"other:1")").error().message, "Function does not exist");
  updated = update(uuid, R"("Enabled":true,"FunctionName":"other:$LATEST")");
  ASSERT_TRUE(updated.has_value()) << updated.error().message;
  EXPECT_EQ((*updated)->state, MappingState::kEnabling);
  EXPECT_EQ((*updated)->definition.function_arn, "arn:aws:lambda:us-east-1:000000000000:function:other:$LATEST");
}

TEST_F(MappingRegistryTest, RefusesBadUpdates) {
  const std::string uuid = make();
  EXPECT_EQ(update("unknown", "").error().message, "The resource you requested does not exist.");
  EXPECT_EQ(update("unknown", "").error().kind, ErrorKind::kLambdaResourceNotFound);
  EXPECT_EQ(update(uuid, R"("FunctionName":"gone")").error().message, "Function does not exist");
  EXPECT_EQ(update(uuid, R"("ScalingConfig":{"MaximumConcurrency":2})").error().message,
            "Millrace does not emulate ScalingConfig yet.");
  EXPECT_EQ(registry_.find(uuid)->state, MappingState::kEnabled);
}

TEST_F(MappingRegistryTest, ChangesWaitForATransitionToEnd) {
  const auto made = create(members());
  const std::string uuid = (*made)->definition.uuid;
  EXPECT_EQ(update(uuid, R"("BatchSize":1)").error().kind, ErrorKind::kLambdaResourceInUse);
  EXPECT_EQ(update(uuid, R"("BatchSize":1)").error().message,
            "Cannot update the event source mapping because it is in use.");
  EXPECT_EQ(remove(uuid).error().message, "Cannot delete the event source mapping because it is in use.");
}

TEST_F(MappingRegistryTest, RemovingTakesTheCheckpointsAlong) {
  const std::string uuid = make();
  const std::string other = "ffffffff-0000-4000-8000-000000000000";
  write([&] {
    EXPECT_TRUE(storage_->write_document(kCheckpointDocument, checkpoint_name(uuid, "shard-1"), "{}").has_value());
    EXPECT_TRUE(storage_->write_document(kCheckpointDocument, checkpoint_name(other, "shard-1"), "{}").has_value());
    return 0;
  });
  const auto removed = remove(uuid);
  ASSERT_TRUE(removed.has_value());
  EXPECT_EQ((*removed)->state, MappingState::kDeleting);
  EXPECT_EQ(checkpoints().size(), 1U);
  EXPECT_EQ(remove(uuid).error().kind, ErrorKind::kLambdaResourceInUse);
  registry_.settle(uuid);
  EXPECT_EQ(registry_.find(uuid)->state, MappingState::kDeleting);
  EXPECT_TRUE(create(members()).has_value()) << "a mapping on its way out is no conflict";
  registry_.forget(uuid);
  EXPECT_EQ(registry_.require(caller_, uuid).error().kind, ErrorKind::kLambdaResourceNotFound);
}

TEST_F(MappingRegistryTest, ListsByFilterInPages) {
  make();
  create(R"("FunctionName":"other","StartingPosition":"LATEST","EventSourceArn":")" + kStream + "\"");
  create(R"("FunctionName":"echo","StartingPosition":"LATEST","EventSourceArn":")" + kOtherStream + "\"");
  EXPECT_EQ(registry_.list(caller_, {}).mappings.size(), 3U);
  EXPECT_EQ(registry_.list(caller_, {.event_source_arn = kStream}).mappings.size(), 2U);
  EXPECT_EQ(registry_.list(caller_, {.function = FunctionName{.name = "echo"}}).mappings.size(), 2U);
  EXPECT_EQ(registry_.list(caller_, {.function = FunctionName{.name = "echo", .qualifier = "1"}}).mappings.size(), 0U);
  EXPECT_EQ(registry_.list(caller_, {.event_source_arn = "nonsense"}).mappings.size(), 0U);

  const MappingPage first = registry_.list(caller_, {.max_items = 2});
  ASSERT_EQ(first.mappings.size(), 2U);
  EXPECT_EQ(first.next_marker, first.mappings.back()->definition.uuid);
  const MappingPage second = registry_.list(caller_, {.marker = first.next_marker, .max_items = 2});
  EXPECT_EQ(second.mappings.size(), 1U);
  EXPECT_TRUE(second.next_marker.empty());
}

TEST_F(MappingRegistryTest, AnUnconfirmedChangeShowsWhatWasBefore) {
  const auto made = create(members());
  ASSERT_TRUE(made.has_value());
  const Mapping& mapping = **made;
  const std::string uuid = mapping.definition.uuid;
  EXPECT_FALSE(mapping.confirmed().has_value());
  registry_.confirm(uuid, mapping.unconfirmed->change);
  EXPECT_EQ(mapping.confirmed()->state, MappingState::kCreating);
  registry_.settle(uuid);

  ASSERT_TRUE(update(uuid, R"("BatchSize":7,"Enabled":false)").has_value());
  EXPECT_EQ(mapping.state, MappingState::kDisabling);
  EXPECT_EQ(mapping.confirmed()->state, MappingState::kEnabled);
  EXPECT_EQ(mapping.confirmed()->definition.batch_size, 100);
  registry_.confirm(uuid, mapping.unconfirmed->change);
  EXPECT_EQ(mapping.confirmed()->state, MappingState::kDisabling);
  EXPECT_EQ(mapping.confirmed()->definition.batch_size, 7);
  registry_.settle(uuid);

  ASSERT_TRUE(remove(uuid).has_value());
  EXPECT_EQ(mapping.confirmed()->state, MappingState::kDisabled);
  registry_.confirm(uuid, mapping.unconfirmed->change);
  EXPECT_EQ(mapping.confirmed()->state, MappingState::kDeleting);
}

TEST_F(MappingRegistryTest, ConfirmingOneChangeConfirmsNoLaterOne) {
  const auto made = create(members());
  const std::string uuid = (*made)->definition.uuid;
  const ChangeId first = (*made)->unconfirmed->change;
  ASSERT_TRUE(registry_.load().has_value());  // as when another group of writes is lost
  ASSERT_TRUE(update(uuid, R"("BatchSize":7)").has_value());
  registry_.confirm(uuid, first);
  EXPECT_EQ(registry_.find(uuid)->confirmed()->definition.batch_size, 100);
  registry_.confirm("unknown", first);
}

TEST_F(MappingRegistryTest, ForCallersOfAnotherAccountOrRegionItDoesNotExist) {
  const std::string uuid = make();
  for (const model::Account& account : {model::Account{"eu-west-1", "000000000000"}, {"us-east-1", "123456789012"}}) {
    const model::Caller stranger{.account = account};
    EXPECT_EQ(registry_.require(stranger, uuid).error().kind, ErrorKind::kLambdaResourceNotFound);
    EXPECT_EQ(registry_.update(stranger, {.uuid = uuid, .changes = {}}).error().kind,
              ErrorKind::kLambdaResourceNotFound);
    EXPECT_EQ(registry_.remove(stranger, uuid).error().kind, ErrorKind::kLambdaResourceNotFound);
    EXPECT_TRUE(registry_.list(stranger, {}).mappings.empty());
    EXPECT_TRUE(registry_.list(stranger, {.event_source_arn = kStream}).mappings.empty());
  }
  EXPECT_EQ(registry_.list(caller_, {}).mappings.size(), 1U);
}

TEST_F(MappingRegistryTest, WhereAllIsSharedAnyArnMeansTheOneStreamAndFunction) {
  const model::Caller everybody{.shares_all = true};
  const auto parsed = parse_create_request(
      {.body =
           R"({"FunctionName":"arn:aws:lambda:ap-south-1:123456789012:function:echo","StartingPosition":"LATEST",
          "EventSourceArn":"arn:aws:dynamodb:ap-south-1:123456789012:table/Orders/stream/2025-11-25T15:47:40.123"})"});
  const auto made = write([&] { return registry_.create(everybody, *parsed); });
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ((*made)->definition.event_source_arn, kStream);
  EXPECT_EQ((*made)->definition.function_arn, "arn:aws:lambda:us-east-1:000000000000:function:echo");
  EXPECT_EQ(registry_.list(everybody, {.event_source_arn = *parsed->event_source_arn}).mappings.size(), 1U);
}

TEST_F(MappingRegistryTest, LoadingBringsBackWhatIsStoredAndNothingElse) {
  const std::string kept = make(R"("Enabled":false)");
  ASSERT_TRUE(storage_->begin().has_value());
  const auto lost = registry_.create(
      caller_,
      *parse_create_request(
          {.body = R"({"FunctionName":"other","StartingPosition":"LATEST","EventSourceArn":")" + kStream + "\"}"}));
  ASSERT_TRUE(lost.has_value());
  storage_->rollback();
  EXPECT_EQ(registry_.all().size(), 2U);
  ASSERT_TRUE(registry_.load().has_value());
  ASSERT_EQ(registry_.all().size(), 1U);
  EXPECT_EQ(registry_.all().begin()->first, kept);
  EXPECT_EQ(registry_.find(kept)->state, MappingState::kDisabled);
}

}  // namespace
}  // namespace millrace::esm
