#include "server/http/byte_budget.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace millrace::http {
namespace {

class ByteBudgetTest : public ::testing::Test {
 protected:
  std::shared_ptr<ByteBudget> budget_{std::make_shared<ByteBudget>(100)};
  std::string revoked_;
  ByteBudget::Share a_{budget_, [this] { revoked_.push_back('a'); }};
  ByteBudget::Share b_{budget_, [this] { revoked_.push_back('b'); }};
  ByteBudget::Share c_{budget_, [this] { revoked_.push_back('c'); }};
};

TEST_F(ByteBudgetTest, CountsWhatIsHeldNow) {
  a_.hold(60);
  b_.hold(30);
  a_.hold(70);
  EXPECT_EQ(budget_->held(), 100U);
  a_.hold(0);
  EXPECT_EQ(budget_->held(), 30U);
  {
    ByteBudget::Share gone{budget_, [] {}};
    gone.hold(20);
    EXPECT_EQ(budget_->held(), 50U);
  }
  EXPECT_EQ(budget_->held(), 30U);
  EXPECT_EQ(revoked_, "");
}

TEST_F(ByteBudgetTest, WhoHasNotMovedForLongestGoesFirst) {
  a_.hold(30);
  b_.hold(30);
  c_.hold(30);
  a_.hold(35);
  EXPECT_EQ(revoked_, "");
  c_.hold(60);
  EXPECT_EQ(revoked_, "b");
  EXPECT_EQ(budget_->held(), 95U);
  b_.hold(0);
  EXPECT_EQ(budget_->held(), 95U) << "nothing is given back twice";
  c_.hold(70);
  EXPECT_EQ(revoked_, "ba");
}

TEST_F(ByteBudgetTest, ManyMayHaveToGoForOneAndOneForItself) {
  a_.hold(10);
  b_.hold(20);
  c_.hold(95);
  EXPECT_EQ(revoked_, "ab");
  c_.hold(101);
  EXPECT_EQ(revoked_, "abc");
  EXPECT_EQ(budget_->held(), 0U);
}

TEST_F(ByteBudgetTest, ManyHoldersNeverHoldMoreThanThereIs) {
  std::vector<std::unique_ptr<ByteBudget::Share>> many;
  int gone = 0;
  for (int holder = 0; holder < 300; ++holder) {
    many.push_back(std::make_unique<ByteBudget::Share>(budget_, [&gone] { ++gone; }));
    many.back()->hold(16);
    EXPECT_LE(budget_->held(), 100U);
  }
  EXPECT_EQ(gone, 300 - 6);
}

}  // namespace
}  // namespace millrace::http
