#include "harness/admin/admin_operations.hpp"

#include <array>

namespace millrace::admin {

extern const AdminOperation kChangeClock;
extern const AdminOperation kChangeShards;
extern const AdminOperation kDeleteDeadLetter;
extern const AdminOperation kDeleteDeadLetters;
extern const AdminOperation kDrain;
extern const AdminOperation kListDeadLetters;
extern const AdminOperation kMetrics;
extern const AdminOperation kPutFaults;
extern const AdminOperation kReadClock;
extern const AdminOperation kReadDeliveries;
extern const AdminOperation kReadFaults;
extern const AdminOperation kReadInsights;
extern const AdminOperation kReadShards;
extern const AdminOperation kRedrive;
extern const AdminOperation kRemoveFaults;
extern const AdminOperation kStatus;
extern const AdminOperation kWhy;

std::span<const AdminOperation* const> admin_operations() {
  static constexpr std::array kOperations{&kChangeClock, &kChangeShards,    &kDeleteDeadLetter, &kDeleteDeadLetters,
                                          &kDrain,       &kListDeadLetters, &kMetrics,          &kPutFaults,
                                          &kRedrive,     &kReadClock,       &kReadDeliveries,   &kReadShards,
                                          &kReadFaults,  &kReadInsights,    &kRemoveFaults,     &kStatus,
                                          &kWhy};
  return kOperations;
}

}  // namespace millrace::admin
