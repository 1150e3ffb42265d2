#include "harness/lambda/external_function.hpp"

#include <utility>

#include "harness/lambda/external_functions.hpp"

namespace millrace::lambda {

boost::system::result<void> ExternalFunction::listen() {
  if (definition_.code.port == 0) return {};
  std::weak_ptr<RuntimeEndpoint> endpoint{std::static_pointer_cast<ExternalFunction>(shared_from_this())};
  auto listener = RuntimeApiListener::open(services_.io, services_.options.runtime_api_host, definition_.code.port,
                                           single_function(std::move(endpoint)), services_.options.guard);
  if (listener.has_error()) return listener.error();
  listener_ = *std::move(listener);
  return {};
}

RuntimeId ExternalFunction::attach() {
  const std::scoped_lock lock{mutex_};
  return broker_.attach();
}

std::optional<ApiReply> ExternalFunction::next(RuntimeId runtime, WaiterId waiter, DeliveryCallback deliver) {
  const std::scoped_lock lock{mutex_};
  if (closed_) return api_error(500, "InternalServerError", "Internal Server Error");
  return start_on(runtime, waiter, std::move(deliver));
}

void ExternalFunction::undelivered(RuntimeId runtime, WaiterId waiter) {
  const std::scoped_lock lock{mutex_};
  broker_.undelivered(runtime, waiter);
}

ApiReply ExternalFunction::respond(RuntimeId runtime, std::string_view request_id, RuntimeAnswer answer) {
  const std::scoped_lock lock{mutex_};
  const RuntimeId target = broker_.runtime_of(request_id).value_or(runtime);
  ApiReply reply = broker_.respond(target, request_id, std::move(answer));
  if (reply.status == 202) forget_if_orphan(target);
  return reply;
}

ApiReply ExternalFunction::init_error(RuntimeId runtime, RuntimeAnswer answer) {
  const std::scoped_lock lock{mutex_};
  return broker_.init_error(runtime, std::move(answer));
}

bool ExternalFunction::runs(std::string_view request_id) {
  const std::scoped_lock lock{mutex_};
  return broker_.runtime_of(request_id).has_value();
}

void ExternalFunction::detach(RuntimeId runtime, bool lasting) {
  const std::scoped_lock lock{mutex_};
  if (!lasting && broker_.phase(runtime) == RuntimeBroker::Phase::kRunning) {
    orphans_.insert(runtime);
    return;
  }
  broker_.detach(runtime, connection_lost);
}

void ExternalFunction::forget_if_orphan(RuntimeId runtime) {
  if (orphans_.erase(runtime) > 0) broker_.detach(runtime, connection_lost);
}

void ExternalFunction::timed_out_on(RuntimeId runtime) { forget_if_orphan(runtime); }

void ExternalFunction::after_submit(const std::string& request_id) {
  if (!broker_.is_waiting(request_id)) return;
  services_.timers.schedule(services_.clock.now() + services_.options.external_patience,
                            [weak = weak_from_this(), request_id] {
                              const auto self = std::static_pointer_cast<ExternalFunction>(weak.lock());
                              if (self) self->on_impatience(request_id);
                            });
}

void ExternalFunction::on_impatience(const std::string& request_id) {
  const std::scoped_lock lock{mutex_};
  if (closed_ || !broker_.is_waiting(request_id)) return;
  // With a runtime attached it only waits for its turn.
  if (broker_.runtimes() > 0) return after_submit(request_id);
  broker_.end(request_id, not_run("no process is attached to the external function " + definition_.name));
}

void ExternalFunction::closing() { listener_.reset(); }

}  // namespace millrace::lambda
