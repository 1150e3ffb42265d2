#include <gtest/gtest.h>

#include <type_traits>

#include "server/time/emulated_time.hpp"
#include "server/time/real_time.hpp"

namespace millrace::time {
namespace {

using Emulated = EmulatedTime::TimePoint;
using Real = RealTime::TimePoint;

template <class A, class B>
concept Subtractable = requires(A a, B b) {
  a - b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
  a < b;
};

static_assert(!std::is_convertible_v<Emulated, Real> && !std::is_convertible_v<Real, Emulated>);
static_assert(!std::is_constructible_v<Emulated, Real> && !std::is_constructible_v<Real, Emulated>);
static_assert(!std::is_assignable_v<Emulated&, Real> && !std::is_assignable_v<Real&, Emulated>);
static_assert(Subtractable<Real, Real> && !Subtractable<Emulated, Real> && !Subtractable<Real, Emulated>);
static_assert(Comparable<Real, Real> && !Comparable<Emulated, Real> && !Comparable<Real, Emulated>);
static_assert(!std::is_convertible_v<EmulatedTime&, RealTime&> && !std::is_convertible_v<RealTime&, EmulatedTime&>);
static_assert(!std::is_convertible_v<RealTime&, Clock&>, "what the core stamps is emulated");

TEST(TimeTypes, ARealTimeIsMillisecondsSinceTheEpochForARuntime) {
  EXPECT_EQ(to_epoch_milliseconds(Real{std::chrono::microseconds{1'764'085'988'123'999}}), 1'764'085'988'123);
}

}  // namespace
}  // namespace millrace::time
