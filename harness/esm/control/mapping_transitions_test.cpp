// States that are shown for a while, in emulated time, although what they lead to has happened (reference, 3.5).
#include "harness/esm/control/mapping_registry_fixture.hpp"

namespace millrace::esm {
namespace {

using std::chrono_literals::operator""s;

class MappingTransitionsTest : public MappingRegistryTest {
 protected:
  MappingTransitionsTest() : MappingRegistryTest{{.transient_statuses = 5s}} {}

  [[nodiscard]] MappingState shown(const std::string& uuid) const {
    return registry_.find(uuid)->shown_state(time_.now());
  }
};

TEST_F(MappingTransitionsTest, AChangeIsShownUntilItsTimeIsOver) {
  const std::string uuid = make();
  EXPECT_EQ(registry_.find(uuid)->state, MappingState::kEnabled) << "it is at work";
  EXPECT_EQ(shown(uuid), MappingState::kCreating);
  time_.advance(4s);
  EXPECT_EQ(shown(uuid), MappingState::kCreating);
  time_.advance(1s);
  EXPECT_EQ(shown(uuid), MappingState::kEnabled);

  for (const auto& [change, state] : {std::pair{R"("BatchSize":5)", MappingState::kUpdating},
                                      {R"("Enabled":false)", MappingState::kDisabling},
                                      {R"("Enabled":true)", MappingState::kEnabling}}) {
    ASSERT_TRUE(update(uuid, change).has_value()) << change;
    registry_.settle(uuid);
    EXPECT_EQ(shown(uuid), state);
    time_.advance(5s);
    EXPECT_NE(shown(uuid), state);
  }
  EXPECT_EQ(shown(uuid), MappingState::kEnabled);
}

TEST_F(MappingTransitionsTest, OthersAreRefusedMeanwhile) {
  const std::string uuid = make();
  EXPECT_EQ(update(uuid, R"("BatchSize":5)").error().message,
            "Cannot update the event source mapping because it is in use.");
  EXPECT_EQ(remove(uuid).error().message, "Cannot delete the event source mapping because it is in use.");
  time_.advance(5s);
  EXPECT_TRUE(update(uuid, R"("BatchSize":5)").has_value());
}

TEST_F(MappingTransitionsTest, ADeletedMappingIsShownForAWhileAndThenGone) {
  const std::string uuid = make();
  time_.advance(5s);
  ASSERT_TRUE(remove(uuid).has_value());
  registry_.forget(uuid);
  ASSERT_TRUE(registry_.require(caller_, uuid).has_value());
  EXPECT_EQ(shown(uuid), MappingState::kDeleting);
  EXPECT_EQ(registry_.list(caller_, {}).mappings.size(), 1U);
  const std::string again = make();
  EXPECT_EQ(registry_.list(caller_, {}).mappings.size(), 2U) << "the pair is free";
  time_.advance(5s);
  EXPECT_EQ(registry_.require(caller_, uuid).error().kind, ErrorKind::kLambdaResourceNotFound);
  EXPECT_EQ(registry_.list(caller_, {}).mappings.size(), 1U);
  ASSERT_TRUE(remove(again).has_value());
  registry_.forget(again);
  EXPECT_EQ(registry_.find(uuid), nullptr) << "nothing is kept of it";
  EXPECT_NE(registry_.find(again), nullptr);
}

TEST_F(MappingTransitionsTest, ARestartEndsThem) {
  const std::string uuid = make();
  ASSERT_TRUE(registry_.load().has_value());
  EXPECT_EQ(shown(uuid), MappingState::kEnabled);
}

}  // namespace
}  // namespace millrace::esm
