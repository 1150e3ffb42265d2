#include "harness/lambda/runtimes/external_function.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "harness/lambda/invocation/failure_documents.hpp"

namespace millrace::lambda {

ExternalFunction::ExternalFunction(const LambdaServices& services, FunctionDefinition definition,
                                   ExternalFunctions directory, std::function<void()> attached)
    : services_{services},
      definition_{std::move(definition)},
      directory_{std::move(directory)},
      attached_{std::move(attached)},
      absent_since_{services.real_time.now()} {}

boost::system::result<void> ExternalFunction::listen() {
  if (definition_.code.port == 0) return {};
  auto listener = RuntimeApiListener::open(runtime_api_parts(services_), services_.options.runtime_api_host,
                                           definition_.code.port, directory_.directory_of(runtime_name()));
  if (listener.has_error()) return listener.error();
  listener_ = *std::move(listener);
  return {};
}

std::string ExternalFunction::runtime_name() const {
  return runtime_name_of(definition_, services_.options.worlds.home);
}

RuntimeId ExternalFunction::attach() {
  if (invocations_.broker().runtimes() == 0 && !invocations_.closed() && !invocations_.retired()) {
    services_.real_time.cancel(std::exchange(patience_timer_, 0));
    boost::asio::post(services_.io, attached_);
  }
  return invocations_.broker().attach();
}

std::optional<ApiReply> ExternalFunction::next(RuntimeId runtime, WaiterId waiter, DeliveryCallback deliver) {
  if (invocations_.closed()) return api_error(500, "InternalServerError", "Internal Server Error");
  if (invocations_.retired()) {
    deliver(std::nullopt);
    return std::nullopt;
  }
  return invocations_.start_on(runtime, waiter, std::move(deliver));
}

void ExternalFunction::undelivered(RuntimeId runtime, WaiterId waiter) {
  invocations_.broker().undelivered(runtime, waiter);
  invocations_.end_what_nobody_will_run();
}

ApiReply ExternalFunction::respond(RuntimeId runtime, std::string_view request_id, RuntimeAnswer answer) {
  const RuntimeId target = invocations_.broker().runtime_of(request_id).value_or(runtime);
  ApiReply reply = invocations_.broker().respond(target, request_id, std::move(answer));
  if (reply.status == 202) forget_if_orphan(target);
  return reply;
}

ApiReply ExternalFunction::init_error(RuntimeId runtime, RuntimeAnswer answer) {
  return invocations_.broker().init_error(runtime, std::move(answer));
}

bool ExternalFunction::runs(std::string_view request_id) {
  return invocations_.broker().runtime_of(request_id).has_value();
}

void ExternalFunction::detach(RuntimeId runtime, bool lasting) {
  if (!lasting && invocations_.broker().phase(runtime) == RuntimeBroker::Phase::kRunning) {
    orphans_.insert(runtime);
    return;
  }
  invocations_.broker().detach(runtime, connection_lost);
  watch_absence();
}

void ExternalFunction::forget_if_orphan(RuntimeId runtime) {
  if (orphans_.erase(runtime) == 0) return;
  invocations_.broker().detach(runtime, connection_lost);
  watch_absence();
}

void ExternalFunction::timed_out_on(RuntimeId runtime) { forget_if_orphan(runtime); }

void ExternalFunction::after_submit() { set_patience_timer(); }

void ExternalFunction::watch_absence() {
  if (invocations_.broker().runtimes() > 0) return;
  absent_since_ = services_.real_time.now();
  set_patience_timer();
}

void ExternalFunction::set_patience_timer() {
  const RuntimeBroker& broker = invocations_.broker();
  if (invocations_.closed() || patience_timer_ != 0 || broker.runtimes() > 0 || broker.waiting() == 0) return;
  patience_timer_ = services_.real_time.schedule(
      std::max(services_.real_time.now(), absent_since_ + services_.options.external_patience),
      [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->on_impatience();
      });
}

void ExternalFunction::on_impatience() {
  patience_timer_ = 0;
  RuntimeBroker& broker = invocations_.broker();
  if (invocations_.closed() || broker.runtimes() > 0) return;
  while (broker.waiting() > 0) {
    broker.end_first_waiting([this](std::string_view) { return no_runtime(absence()); });
  }
}

std::string ExternalFunction::absence() const {
  const std::string address = definition_.code.port == 0 ? directory_.address_of(runtime_name())
                                                         : fmt::format("127.0.0.1:{}", definition_.code.port);
  std::string clause = "no process is attached to the external function " + definition_.name;
  if (!address.empty()) clause += ": start one with AWS_LAMBDA_RUNTIME_API=" + address;
  return clause;
}

std::optional<std::string> ExternalFunction::waits_for() const {
  if (invocations_.broker().runtimes() > 0) return std::nullopt;
  return absence();
}

// The connections live on: they serve the function that is made under this name next.
void ExternalFunction::retiring() {
  services_.real_time.cancel(std::exchange(patience_timer_, 0));
  if (listener_) directory_.release(std::move(listener_));
}

void ExternalFunction::closing() {
  services_.real_time.cancel(std::exchange(patience_timer_, 0));
  listener_.reset();
}

}  // namespace millrace::lambda
