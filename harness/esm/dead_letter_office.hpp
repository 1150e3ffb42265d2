// What happens to records that mappings have given up: they are kept (DeadLetterBox), handed to the destinations of
// their mappings, and delivered again when somebody asks. Part of the shell of harness/esm.
//
// The box is the outbox, too: a letter is written with its destination, and what is pending is sent by whoever comes
// next, after a kill -9 as well. Nobody waits for a destination: one row of letters for each kind of service, one at a
// time, with bounded waits and retries.
//
// Of the I/O thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/destinations/failure_sender.hpp"
#include "harness/esm/activity_board.hpp"
#include "harness/esm/control/mapping_registry.hpp"
#include "harness/esm/dead_letters/dead_letter_box.hpp"
#include "harness/esm/driver/mapping_report.hpp"
#include "harness/lambda/invocation/invoker_directory.hpp"
#include "server/base/first_sightings.hpp"
#include "server/base/random.hpp"
#include "server/engine/engine.hpp"

namespace millrace::esm {

/// What destinations have been told since the process started.
struct DestinationCounts {
  std::uint64_t delivered{0};          ///< letters
  std::uint64_t failures{0};           ///< letters; AWS's DestinationDeliveryFailures
  std::uint64_t records_delivered{0};  ///< that those letters are about
  std::uint64_t records_failed{0};
};

/// What a redrive came to.
struct RedriveReport {
  struct Failure {
    LetterId id{0};
    std::string problem;  ///< a clause
  };
  std::vector<LetterId> redriven{};  ///< delivered, and removed
  std::vector<Failure> failed{};     ///< kept, with one more attempt counted
};

class DeadLetterOffice {
 public:
  struct Parts {
    engine::Engine& engine;
    DeadLetterBox& box;
    const MappingRegistry& registry;
    lambda::InvokerDirectory& functions;
    Random& random;
    ActivityBoard& activity;
    destinations::FailureSender* sender;  ///< null: nothing leaves the box
  };
  /// All parts outlive the office.
  explicit DeadLetterOffice(const Parts& parts) : parts_{parts} {}

  /// Sends what an earlier process has left pending. Once.
  void start();
  /// Nothing is sent or delivered again any more, but for what is under way.
  void stop() { stopped_ = true; }

  /// Keeps what a mapping has given up. `kept` is called when it will survive a crash; as long as it cannot be written
  /// that is tried again every second.
  void keep(const FailureRecord& record, const MappingDefinition& mapping, std::function<void()> kept);

  /// Delivers letters of one mapping again, oldest first, each as a batch of its own, to the function that the mapping
  /// has now: what it takes is removed. Letters that are gone, or under way already, are left out. Works for a mapping
  /// that is disabled, too. `done` as soon as all have been tried.
  void redrive(std::string mapping, std::vector<LetterId> letters, std::function<void(RedriveReport)> done);

  /// Removes letters that are too old by now, a portion at a time.
  void trim();

  /// Inside an entry of the gate.
  [[nodiscard]] const DeadLetterBox& box() const { return parts_.box; }
  [[nodiscard]] DestinationCounts counts(std::string_view mapping) const;
  void forget(std::string_view mapping);
  /// Why a drain waits for letters of the mapping; empty when it does not.
  [[nodiscard]] std::string describe_pending(std::string_view mapping) const;

 private:
  /// A mapping that has work under way here is busy: a drain waits, and so does a clock that is being advanced.
  class Busy;
  struct Sending {
    LetterId id;
    std::shared_ptr<Busy> busy;
    std::string mapping;
  };
  /// The letters for one kind of service.
  struct Row {
    std::deque<Sending> waiting;
    bool running{false};
    std::string problem{};  ///< of the last attempt, empty after a success
  };

  void enqueue(const DeadLetter& letter);
  void count_answer(const DeadLetter& letter, bool delivered);
  boost::asio::awaitable<void> keep_durably(DeadLetter letter, std::shared_ptr<const std::string> event,
                                            std::function<void()> kept);
  boost::asio::awaitable<void> trim_all();
  boost::asio::awaitable<void> run(std::string service);
  boost::asio::awaitable<void> hand_over(Row& row, Sending sending);
  boost::asio::awaitable<destinations::SendOutcome> send(Row& row, ListedLetter listed);
  boost::asio::awaitable<void> redrive_all(std::string mapping, std::vector<LetterId> letters,
                                           std::function<void(RedriveReport)> done);
  boost::asio::awaitable<std::string> deliver_again(std::string mapping, ListedLetter listed);
  /// Does `work` inside the gate and waits for its commit. Errors: what went wrong, a clause.
  template <class Work>
  boost::asio::awaitable<StorageResult<void>> write(Work work);
  boost::asio::awaitable<StorageResult<std::optional<ListedLetter>>> read(LetterId id);
  boost::asio::awaitable<void> pause(Duration length);

  const Parts parts_;
  const std::shared_ptr<bool> here_{
      std::make_shared<bool>(true)};              ///< gone with the office: what is dropped later asks
  std::map<std::string, Row, std::less<>> rows_;  ///< by service
  std::map<std::string, DestinationCounts, std::less<>> counts_;
  std::map<std::string, std::size_t, std::less<>> pending_;  ///< letters under way, by mapping
  std::set<LetterId> redriving_;
  base::FirstSightings told_;
  std::uint64_t last_busy_{0};
  bool stopped_{false};
};

}  // namespace millrace::esm
