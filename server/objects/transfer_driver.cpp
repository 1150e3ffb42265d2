#include "server/objects/transfer_driver.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <variant>

namespace millrace::objects {
namespace {

namespace asio = boost::asio;
using transfers::StoreAnswer;

constexpr std::size_t kMostAtOnce = 4;
constexpr std::chrono::seconds kPause{1};

/// As AWS's descriptions of failed transfers tell it.
transfers::StoreFailure to_failure(const ObjectError& error) {
  switch (error.kind) {
    case ObjectErrorKind::kNoSuchBucket:
      return {"S3NoSuchBucket", "The specified bucket does not exist (" + error.detail + ")"};
    case ObjectErrorKind::kNoSuchKey: return {"S3NoSuchKey", "The specified key does not exist (" + error.detail + ")"};
    case ObjectErrorKind::kAccessDenied: return {"S3AccessDenied", "Access Denied (" + error.detail + ")"};
    case ObjectErrorKind::kUnusableName: return {"S3InvalidName", error.detail};
    case ObjectErrorKind::kFailed:
    case ObjectErrorKind::kUnavailable: break;
  }
  return {"S3Failure", error.detail};
}

/// Nothing: it is worth trying again.
template <class T, class ToAnswer>
std::optional<StoreAnswer> answer_of(ObjectResult<T> result, const ToAnswer& to_answer) {
  if (result.has_value()) return to_answer(result);
  if (result.error().kind != ObjectErrorKind::kUnavailable) return StoreAnswer{to_failure(result.error())};
  spdlog::warn("the buckets cannot be reached; it is tried again: {}", result.error().detail);
  return std::nullopt;
}

}  // namespace

TransferDriver::TransferDriver(engine::Engine& engine, transfers::Transfers& transfers, ObjectStore& store,
                               engine::WorkPool& pool)
    : engine_{engine}, transfers_{transfers}, store_{store}, pool_{pool} {
  engine_.on_stored([this] { claim(); });
}

void TransferDriver::start() {
  const auto entry = engine_.gate().enter(storage::Access::kRead);
  claim();
}

/// Inside the gate: of what is committed.
void TransferDriver::claim() {
  auto begun = transfers_.take_begun();
  if (begun.empty()) return;
  for (std::string& arn : begun) {
    // Under way from here on, so that emulated time does not pass in between.
    const auto count = std::make_shared<time::WorkScope>(engine_.emulated_time().under_way(), time::Work::kJob);
    asio::post(engine_.io(), [this, count, arn = std::move(arn)] {
      if (running_.contains(arn) || claimed_.contains(arn)) return;
      claimed_.emplace(arn, std::move(*count));
      waiting_.push_back(arn);
      begin_next();
    });
  }
}

void TransferDriver::begin_next() {
  while (!waiting_.empty() && running_.size() < kMostAtOnce) {
    std::string arn = std::move(waiting_.front());
    waiting_.pop_front();
    running_.emplace(arn, std::move(claimed_.extract(arn).mapped()));
    asio::co_spawn(engine_.io(), run(std::move(arn)), asio::detached);
  }
}

std::unique_ptr<transfers::Mover> TransferDriver::make_mover(const std::string& arn) {
  const auto entry = engine_.gate().enter(storage::Access::kRead);
  return transfers_.make_mover(arn);
}

asio::awaitable<void> TransferDriver::run(std::string arn) {
  for (;;) {
    const auto mover = make_mover(arn);
    if (mover == nullptr) break;
    Leg leg = Leg::kInterrupted;
    try {
      auto carrying = carry_out(*mover);
      leg = co_await std::move(carrying);
    } catch (const std::exception& bug) {
      spdlog::critical("an exception escaped from {}: {}", arn, bug.what());
    }
    if (leg == Leg::kOver) break;
    running_.at(arn).reset();
    auto pausing = pause();
    co_await std::move(pausing);
    running_.at(arn).emplace(engine_.emulated_time().under_way(), time::Work::kJob);
  }
  running_.erase(arn);
  begin_next();
}

TransferDriver::Step TransferDriver::take_step(transfers::Mover& mover, StoreAnswer answer) {
  const auto access = mover.access(answer);
  const auto entry = engine_.gate().enter(access);
  if (entry.status().has_error()) return {entry.status().error(), entry.ticket()};
  return {mover.step(storage::Budget{}, std::move(answer), entry.ticket()), entry.ticket()};
}

asio::awaitable<TransferDriver::Leg> TransferDriver::carry_out(transfers::Mover& mover) {
  StoreAnswer answer;
  for (;;) {
    while (mover.access(answer) == storage::Access::kWrite && engine_.gate().holds_writes()) {
      auto waiting = engine_.checkpointed();
      co_await std::move(waiting);
    }
    auto step = take_step(mover, std::move(answer));
    auto committing = engine_.committed(step.ticket);
    const auto committed = co_await std::move(committing);
    if (committed.has_error()) co_return Leg::kInterrupted;
    if (step.wish.has_error()) {
      spdlog::error("a step of a transfer failed; it is tried again: {}", step.wish.error().detail);
      co_return Leg::kInterrupted;
    }
    if (std::holds_alternative<transfers::Over>(*step.wish)) co_return Leg::kOver;
    auto fulfilling = fulfil(*std::move(step.wish));
    auto fulfilled = co_await std::move(fulfilling);
    if (!fulfilled) co_return Leg::kInterrupted;
    answer = *std::move(fulfilled);
  }
}

asio::awaitable<std::optional<StoreAnswer>> TransferDriver::fulfil(transfers::Wish wish) {
  using transfers::FoundObjects;
  if (auto* const work = std::get_if<transfers::Compute>(&wish)) {
    auto computing = compute(std::move(work->work));
    co_await std::move(computing);
    co_return StoreAnswer{};
  }
  if (auto* const put = std::get_if<transfers::PutObject>(&wish)) {
    auto putting = store_.put(std::move(put->bucket), std::move(put->key), std::move(put->bytes));
    auto done = co_await std::move(putting);
    co_return answer_of(std::move(done), [](const auto&) { return StoreAnswer{}; });
  }
  if (auto* const get = std::get_if<transfers::GetObject>(&wish)) {
    auto getting = store_.get(std::move(get->bucket), std::move(get->key), get->offset, get->at_most);
    auto got = co_await std::move(getting);
    co_return answer_of(std::move(got), [](auto& bytes) { return StoreAnswer{*std::move(bytes)}; });
  }
  if (auto* const list = std::get_if<transfers::ListObjects>(&wish)) {
    auto listing = store_.list(std::move(list->bucket), std::move(list->prefix), std::move(list->after));
    auto listed = co_await std::move(listing);
    co_return answer_of(std::move(listed), [](auto& page) {
      FoundObjects found;
      for (auto& object : *page) found.push_back({std::move(object.key), object.size});
      return StoreAnswer{std::move(found)};
    });
  }
  // Behind the handlers that are ready.
  auto passing = asio::post(engine_.io(), asio::use_awaitable);
  co_await std::move(passing);
  co_return StoreAnswer{};
}

asio::awaitable<void> TransferDriver::compute(std::function<void()> work) {
  for (;;) {
    auto running = pool_.run(work);
    const bool was_run = co_await std::move(running);
    if (was_run) co_return;
    auto pausing = pause();  // too much waits there
    co_await std::move(pausing);
  }
}

asio::awaitable<void> TransferDriver::pause() {
  return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [this](auto handler) {
        auto& time = engine_.real_time();
        const auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        time.schedule(time.now() + kPause, [kept, &io = engine_.io()] { asio::post(io, std::move(*kept)); });
      },
      asio::use_awaitable);
}

}  // namespace millrace::objects
