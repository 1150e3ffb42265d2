// What others see and hear of a mapping's change before its transaction is committed, and when it is lost.
#include "harness/esm/live_mappings_fixture.hpp"
#include "server/base/faults.hpp"

namespace millrace::esm {
namespace {

class MappingCommitTest : public LiveMappingsTest {
 protected:
  MappingCommitTest() {
    process_.reset();
    storage_ = storage::sqlite::SqliteStorage::open({.file = {}, .faults = Faults{plan_}}).value();
    restart();
    create_stream();
  }

  ~MappingCommitTest() override {  // before the plan
    process_.reset();
    storage_.reset();
  }

  [[nodiscard]] std::string create_body() const {
    return Json{{"FunctionName", "echo"}, {"EventSourceArn", stream_arn_}, {"StartingPosition", "TRIM_HORIZON"}}.dump();
  }
  std::vector<MappingReport> report() {
    std::optional<std::vector<MappingReport>> reports;
    process_->live_mappings.report([&](std::vector<MappingReport> found) { reports = std::move(found); });
    work_until(reports);
    return *reports;
  }
  /// A change that is made, and committed with the next work.
  template <class Work>
  auto change(const Work& work) {
    const auto entry = process_->engine.gate().enter(storage::Access::kWrite);
    return work();
  }
  /// Sends requests that arrive together, so that they share a transaction; their statuses.
  std::vector<int> post_together(const std::vector<std::string>& bodies) {
    std::vector<std::string> texts = bodies;
    std::vector<std::unique_ptr<http::Request>> requests;
    std::vector<std::optional<int>> statuses(bodies.size());
    const auto match = process_->router.find("POST", kMappings);
    for (std::size_t at = 0; at < bodies.size(); ++at) {
      requests.push_back(std::make_unique<http::Request>(
          http::Request{"POST", kMappings, {}, texts[at], [](std::string_view) { return std::string_view{}; }}));
      boost::asio::co_spawn(process_->engine.io(), (*match.handler)(*requests.back(), {}),
                            [&status = statuses[at]](const std::exception_ptr& bug, const http::Response& answer) {
                              EXPECT_FALSE(bug);
                              status = answer.status;
                            });
    }
    std::vector<int> answered;
    for (const auto& status : statuses) {
      work_until(status);
      answered.push_back(status.value_or(0));
    }
    return answered;
  }
  void fail_next_commit() { plan_.set(FaultPoint::kStorageCommit, {.times = 1}); }

  base::FaultPlan plan_;
};

TEST_F(MappingCommitTest, ReportsTellOfNothingThatMayBeLost) {
  const Mapping* made = change(
      [&] { return process_->registry.create({}, parse_create_request({.body = create_body()}).value()).value(); });
  EXPECT_TRUE(report().empty());
  const std::string uuid = made->definition.uuid;
  process_->registry.confirm(uuid, made->unconfirmed->change);
  EXPECT_EQ(report().size(), 1U);
  process_->registry.settle(uuid);

  change([&] { return process_->registry.remove({}, uuid).value(); });
  ASSERT_EQ(report().size(), 1U);
  EXPECT_EQ(report().front().state, MappingState::kEnabled);
}

TEST_F(MappingCommitTest, AConflictWithAMappingThatIsLostIsNone) {
  fail_next_commit();
  EXPECT_EQ(post_together({create_body(), create_body()}), (std::vector<int>{500, 500}));
  ASSERT_TRUE(process_->registry.load().has_value());  // which the program does when a group is lost
  EXPECT_TRUE(report().empty());
  EXPECT_EQ(post_together({create_body(), create_body()}), (std::vector<int>{202, 409}));
}

}  // namespace
}  // namespace millrace::esm
