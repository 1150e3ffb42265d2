#include "harness/esm/dead_letter_office.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "harness/esm/delivery/batch_response.hpp"
#include "harness/esm/delivery/delivery_log.hpp"
#include "server/rest/awaiting.hpp"

namespace millrace::esm {

namespace asio = boost::asio;
using destinations::SendOutcome;
using storage::Access;
using storage::Ticket;

namespace {

constexpr int kMostAttempts = 3;
constexpr Duration kFirstPause = std::chrono::milliseconds{500};  // between attempts; doubled after each
constexpr Duration kPauseOfTheDisk = std::chrono::seconds{1};
/// Of a function: reading more takes longer than others may wait for.
constexpr std::size_t kLongReply = std::size_t{64} << 10U;

/// `sqs` of `arn:aws:sqs:us-east-1:000000000000:queue`.
std::string service_of(std::string_view arn) {
  for (int field = 0; field < 2; ++field) arn.remove_prefix(std::min(arn.find(':'), arn.size() - 1) + 1);
  return std::string{arn.substr(0, arn.find(':'))};
}

bool has_failures(const std::string& answer) {
  const BatchVerdict verdict = read_batch_response(answer).verdict;
  if (std::holds_alternative<AllFailed>(verdict)) return true;
  const auto* const items = std::get_if<ItemsFailed>(&verdict);
  return items != nullptr && !items->sequences.empty();
}

/// What an invocation came to, a clause; empty: a success.
std::string problem_of(const lambda::InvocationResult& result) {
  const auto with_words = [&](std::string_view what) {
    const std::string words = first_words(result.reason.empty() ? result.payload : result.reason);
    return words.empty() ? std::string{what} : fmt::format("{}: {}", what, words);
  };
  switch (result.outcome) {
    case lambda::Outcome::kSuccess: return {};
    case lambda::Outcome::kFunctionError: return with_words("the function failed");
    case lambda::Outcome::kThrottled: return with_words("the function was throttled");
    case lambda::Outcome::kServiceError: return with_words("the function could not be run");
    case lambda::Outcome::kNoRuntime: break;
  }
  return with_words("the function has no process that could run it");
}

}  // namespace

class DeadLetterOffice::Busy {
 public:
  Busy(DeadLetterOffice& office, const std::string& mapping)
      : here_{office.here_}, activity_{office.parts_.activity}, name_{mapping} {
    announced_ = activity_.announce_wake(name_);
    if (announced_) return;
    // Nobody waits for a mapping that does not run, but a drain of everything waits for this.
    name_.append("/dead letters ").append(std::to_string(++office.last_busy_));
    activity_.activate(name_);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    if (here_.expired()) return;
    if (announced_) {
      activity_.wake_handled(name_);
    } else {
      activity_.deactivate(name_);
    }
  }

 private:
  std::weak_ptr<bool> here_;
  ActivityBoard& activity_;
  std::string name_;
  bool announced_{false};
};

// --- Storage ---

template <class Work>
asio::awaitable<StorageResult<void>> DeadLetterOffice::write(Work work) {
  StorageResult<void> done;
  Ticket ticket = 0;
  {
    const auto entry = parts_.engine.gate().enter(Access::kWrite);
    ticket = entry.ticket();
    done = entry.status().has_error() ? StorageResult<void>{entry.status().error()} : work();
  }
  auto committed = co_await parts_.engine.committed(ticket);
  if (committed.has_error()) co_return committed;
  co_return done;
}

asio::awaitable<StorageResult<std::optional<ListedLetter>>> DeadLetterOffice::read(LetterId id) {
  StorageResult<std::optional<ListedLetter>> listed{std::optional<ListedLetter>{}};
  Ticket ticket = 0;
  {
    const auto entry = parts_.engine.gate().enter(Access::kRead);
    ticket = entry.ticket();
    listed = parts_.box.read(id);
  }
  const auto committed = co_await parts_.engine.committed(ticket);
  if (committed.has_error()) co_return committed.error();
  co_return listed;
}

asio::awaitable<void> DeadLetterOffice::pause(Duration length) {
  // Of the machine: no disk and no other server gets well because the emulated clock moves.
  auto& time = parts_.engine.real_time();
  auto start = [&time, length](auto done) { time.schedule(time.now() + length, std::move(done)); };
  auto waiting = rest::answered<void>(std::move(start));
  co_await std::move(waiting);
}

// --- Keeping ---

void DeadLetterOffice::start() {
  std::vector<DeadLetter> pending;
  {
    const auto entry = parts_.engine.gate().enter(Access::kRead);
    for (const LetterId id : parts_.box.pending()) {
      if (auto listed = parts_.box.read(id); listed.has_value() && *listed) {
        pending.push_back(std::move((*listed)->letter));
      }
    }
  }
  for (const DeadLetter& letter : pending) enqueue(letter);
}

void DeadLetterOffice::keep(const FailureRecord& record, const MappingDefinition& mapping, std::function<void()> kept) {
  DeadLetter letter = make_dead_letter(record, mapping.uuid, mapping.on_failure);
  if (letter.handover == Handover::kPending) {
    letter.problem = parts_.sender == nullptr ? "nothing is sent" : parts_.sender->why_unreachable(letter.destination);
    if (!letter.problem.empty()) {
      letter.handover = Handover::kFailed;
      if (told_.add(letter.destination)) {
        spdlog::warn("{} is not told of records that mapping {} gives up: {}; GET /_millrace/dead-letters shows them",
                     letter.destination, letter.mapping, letter.problem);
      }
    }
  }
  asio::co_spawn(parts_.engine.io(), keep_durably(std::move(letter), record.event, std::move(kept)), asio::detached);
}

asio::awaitable<void> DeadLetterOffice::keep_durably(DeadLetter letter, std::shared_ptr<const std::string> event,
                                                     std::function<void()> kept) {
  DeadLetter stored;
  const std::string_view bytes = event ? std::string_view{*event} : std::string_view{};
  const auto put = [&]() -> StorageResult<void> {
    auto done = parts_.box.put(letter, bytes, letter.given_up_at);
    if (done.has_error()) return done.error();
    stored = *std::move(done);
    return {};
  };
  for (;;) {
    auto writing = write(put);
    const StorageResult<void> written = co_await std::move(writing);
    if (written.has_value()) break;
    if (told_.add(written.error().detail)) {
      spdlog::error("mapping {} shard {}: records that are given up cannot be kept, and no checkpoint passes them: {}",
                    letter.mapping, letter.shard_id, written.error().detail);
    }
    auto waiting = pause(kPauseOfTheDisk);
    co_await std::move(waiting);
  }
  if (stored.handover == Handover::kPending) enqueue(stored);
  if (stored.handover == Handover::kFailed) count_answer(stored, false);  // nobody stands for its destination
  kept();
}

// --- Handing over ---

void DeadLetterOffice::count_answer(const DeadLetter& letter, bool delivered) {
  DestinationCounts& counted = counts_[letter.mapping];
  ++(delivered ? counted.delivered : counted.failures);
  (delivered ? counted.records_delivered : counted.records_failed) += letter.records;
}

void DeadLetterOffice::enqueue(const DeadLetter& letter) {
  if (parts_.sender == nullptr || stopped_) return;
  const std::string service = service_of(letter.destination);
  Row& row = rows_[service];
  ++pending_[letter.mapping];
  row.waiting.push_back({letter.id, std::make_shared<Busy>(*this, letter.mapping), letter.mapping});
  if (std::exchange(row.running, true)) return;
  asio::co_spawn(parts_.engine.io(), run(service), asio::detached);
}

asio::awaitable<void> DeadLetterOffice::run(std::string service) {
  Row& row = rows_[service];  // never removed
  while (!row.waiting.empty() && !stopped_) {
    Sending sending = std::move(row.waiting.front());
    row.waiting.pop_front();
    const std::string mapping = sending.mapping;
    auto handing = hand_over(row, std::move(sending));
    co_await std::move(handing);
    if (const auto left = pending_.find(mapping); left != pending_.end() && --left->second == 0) pending_.erase(left);
  }
  row.running = false;
}

asio::awaitable<void> DeadLetterOffice::hand_over(Row& row, Sending sending) {
  auto reading = read(sending.id);
  auto listed = co_await std::move(reading);
  if (listed.has_error() || !*listed) co_return;
  const DeadLetter letter_sent = (*listed)->letter;
  auto sent = send(row, **std::move(listed));
  const SendOutcome outcome = co_await std::move(sent);
  if (!outcome.problem.empty() && stopped_) co_return;  // the next process goes on
  const bool delivered = outcome.problem.empty();
  count_answer(letter_sent, delivered);
  if (!delivered) {
    spdlog::warn("{} was not told of records that mapping {} gave up: {}", letter_sent.destination, sending.mapping,
                 outcome.problem);
  }
  const auto note = [&]() -> StorageResult<void> {
    auto current = parts_.box.read(sending.id);
    if (current.has_error()) return current.error();
    if (!*current) return {};
    DeadLetter& letter = (*current)->letter;
    letter.handover = delivered ? Handover::kDelivered : Handover::kFailed;
    letter.problem = outcome.problem;
    return parts_.box.update(letter);
  };
  auto writing = write(note);
  const auto written = co_await std::move(writing);
  if (written.has_error()) {
    spdlog::error("what became of dead letter {} cannot be noted, and the next start sends it again: {}", sending.id,
                  written.error().detail);
  }
}

asio::awaitable<SendOutcome> DeadLetterOffice::send(Row& row, ListedLetter listed) {
  const DeadLetter& letter = listed.letter;
  const destinations::FailureMessage message{
      .destination_arn = letter.destination,
      .document = letter.document,
      .object_key = object_key(letter, base::make_uuid(parts_.random)),  // one object, however often it is put
      .object_body = object_body(letter, listed.event)};
  SendOutcome outcome;
  Duration length = kFirstPause;
  for (int attempt = 1; attempt <= kMostAttempts; ++attempt, length *= 2) {
    auto sending = parts_.sender->send(message);
    outcome = co_await std::move(sending);
    row.problem = outcome.problem;
    if (outcome.problem.empty() || !outcome.worth_another_try || attempt == kMostAttempts || stopped_) break;
    auto waiting = pause(length);
    co_await std::move(waiting);
  }
  co_return outcome;
}

// --- Delivering again ---

void DeadLetterOffice::redrive(std::string mapping, std::vector<LetterId> letters,
                               std::function<void(RedriveReport)> done) {
  asio::co_spawn(parts_.engine.io(), redrive_all(std::move(mapping), std::move(letters), std::move(done)),
                 asio::detached);
}

asio::awaitable<void> DeadLetterOffice::redrive_all(std::string mapping, std::vector<LetterId> letters,
                                                    std::function<void(RedriveReport)> done) {
  const Busy busy{*this, mapping};
  RedriveReport report;
  for (const LetterId id : letters) {
    if (stopped_) break;
    if (!redriving_.insert(id).second) continue;
    auto reading = read(id);
    const auto listed = co_await std::move(reading);
    if (listed.has_value() && *listed) {
      auto delivering = deliver_again(mapping, **listed);
      const std::string problem = co_await std::move(delivering);
      const auto note = [&]() -> StorageResult<void> {
        if (problem.empty()) return parts_.box.erase(id);
        auto current = parts_.box.read(id);
        if (current.has_error()) return current.error();
        if (!*current) return {};
        DeadLetter& letter = (*current)->letter;
        ++letter.redrives;
        letter.redrive_problem = problem;
        return parts_.box.update(letter);
      };
      auto writing = write(note);
      const auto written = co_await std::move(writing);
      if (written.has_error()) {
        report.failed.push_back({id, "what came of it cannot be stored: " + written.error().detail});
      } else if (problem.empty()) {
        report.redriven.push_back(id);
      } else {
        report.failed.push_back({id, problem});
      }
    } else if (listed.has_error()) {
      report.failed.push_back({id, listed.error().detail});
    }
    redriving_.erase(id);
  }
  done(std::move(report));
}

asio::awaitable<std::string> DeadLetterOffice::deliver_again(std::string mapping, ListedLetter listed) {
  if (!listed.letter.has_event) co_return "its records are damaged and were not kept";
  std::optional<Mapping> known;
  {
    const auto entry = parts_.engine.gate().enter(Access::kRead);
    const Mapping* const found = parts_.registry.find(mapping);
    if (found != nullptr && found->state != MappingState::kDeleting) known = found->confirmed();
  }
  if (!known) co_return "its mapping does not exist any more";
  const MappingDefinition& definition = known->definition;
  const auto invoker = parts_.functions.find(function_of(definition));
  if (!invoker) co_return fmt::format("the function '{}' does not exist", definition.function_name);
  const lambda::Invocation invocation{base::make_uuid(parts_.random), definition.function_arn,
                                      std::make_shared<const std::string>(std::move(listed.event))};
  auto start = [&](auto done) { invoker->invoke(invocation, std::move(done)); };
  auto invoking = rest::answered<lambda::InvocationResult>(std::move(start));
  const lambda::InvocationResult result = co_await std::move(invoking);
  std::string problem = problem_of(result);
  if (!problem.empty() || !definition.report_batch_item_failures) co_return problem;
  bool failures = false;
  std::function<void()> look = [&] { failures = has_failures(result.payload); };
  if (result.payload.size() > kLongReply) {
    auto looking = parts_.engine.aside(look);
    co_await std::move(looking);
  } else {
    look();
  }
  co_return failures ? std::string{"the function reported failed items"} : std::string{};
}

void DeadLetterOffice::trim() { asio::co_spawn(parts_.engine.io(), trim_all(), asio::detached); }

asio::awaitable<void> DeadLetterOffice::trim_all() {
  const TimePoint now = parts_.engine.emulated_time().now();
  for (;;) {
    {
      const auto entry = parts_.engine.gate().enter(Access::kRead);
      if (!parts_.box.has_old_letters(now)) co_return;
    }
    const auto remove = [&] { return parts_.box.trim(now); };
    auto writing = write(remove);
    const auto trimmed = co_await std::move(writing);
    if (trimmed.has_value()) continue;
    spdlog::error("dead letters that are too old cannot be removed yet: {}", trimmed.error().detail);
    co_return;
  }
}

// --- Reports ---

DestinationCounts DeadLetterOffice::counts(std::string_view mapping) const {
  const auto found = counts_.find(mapping);
  return found == counts_.end() ? DestinationCounts{} : found->second;
}

void DeadLetterOffice::forget(std::string_view mapping) {
  if (const auto found = counts_.find(mapping); found != counts_.end()) counts_.erase(found);
}

std::string DeadLetterOffice::describe_pending(std::string_view mapping) const {
  const auto found = pending_.find(mapping);
  if (found == pending_.end()) return {};
  std::string sentence =
      fmt::format("{} batch(es) that were given up are on their way to the mapping's destination", found->second);
  for (const auto& [service, row] : rows_) {
    const bool is_of_it = std::ranges::any_of(row.waiting, [&](const Sending& at) { return at.mapping == mapping; });
    if (row.problem.empty() || (!is_of_it && !row.running)) continue;
    sentence.append(fmt::format(" ({}: {})", service, row.problem));
  }
  return sentence.append(".");
}

}  // namespace millrace::esm
