#include "server/http/routing/dispatch.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include "server/api/unserved_operation.hpp"
#include "server/http/message/content_coding.hpp"
#include "server/http/routing/unserved.hpp"
#include "server/json/document.hpp"
#include "server/signing/signature_v4.hpp"

namespace millrace::http {
namespace {

constexpr std::string_view kAmzJson = "application/x-amz-json-1.0";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain";

// Reading it costs a millisecond at most, whatever it holds; what it takes to hand a request over is little beside
// that.
constexpr std::size_t kLongBody = std::size_t{64} << 10U;

/// Parsers are a few hundred kilobytes each and busy only while an operation runs: one pair per thread will do.
struct Parsers {
  json::Parser body;
  json::Parser stored;
};

Parsers& parsers_of_this_thread() {
  thread_local Parsers parsers;
  return parsers;
}

/// The content type to answer in; empty when the request's is not one that DynamoDB serves.
std::string_view answer_type(std::string_view content_type) {
  content_type = content_type.substr(0, std::min(content_type.find(';'), content_type.size()));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  if (equal_ignoring_case(content_type, kAmzJson)) return kAmzJson;
  if (equal_ignoring_case(content_type, kJson)) return kJson;
  return {};
}

/// What a fault at this point is answered: AWS's texts.
ApiError refusal_of(FaultPoint point) {
  if (point == FaultPoint::kDynamodbConflict) return plan::transaction_conflict();
  if (point == FaultPoint::kStreamsThrottle) {
    return {ErrorKind::kLimitExceeded, "Too many operations for a given subscriber."};
  }
  return {ErrorKind::kProvisionedThroughputExceeded,
          "The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
          "provisioning level with the UpdateTable API."};
}

ApiError internal_error() { return {ErrorKind::kInternalServerError, "Internal server error"}; }

}  // namespace

DynamoAnswer DynamoDispatcher::answer(const RequestHead& head, std::string& body, std::string& out, KnownCaller& known,
                                      api::Lane lane) const {
  if (lane == api::Lane::kIo && (body.size() > kLongBody || head.has(KnownField::kContentEncoding))) {
    return {.wants_aside = true};
  }
  if (head.method() == "GET" || head.method() == "HEAD") {
    out.append("healthy: dynamodb.").append(services_.options.worlds.home.region).append(".amazonaws.com ");
    return {.status = 200, .content_type = kText};
  }
  if (auto error = unserved_action(head.known(KnownField::kContentType), body)) {
    out.append(*error);
    return {.status = 400, .content_type = "text/xml"};
  }
  const std::string_view type = answer_type(head.known(KnownField::kContentType));
  if (head.method() != "POST" || type.empty()) {
    out.append("<UnknownOperationException/>\n");
    return {.status = 404};
  }
  DynamoAnswer answer{.status = 200, .content_type = type};
  const std::size_t start = out.size();
  const auto outcome = [&]() -> Result<void> {
    try {
      return process(head, body, out, known, lane, answer);
    } catch (const std::bad_alloc&) {
      spdlog::critical("{} failed: out of memory", head.known(KnownField::kAmzTarget));
      return base::internal_server_error(StorageErrorKind::kOutOfMemory);
    } catch (const std::exception& bug) {
      spdlog::critical("{} failed: {}", head.known(KnownField::kAmzTarget), bug.what());
      return internal_error();
    }
  }();
  if (answer.wants_aside || answer.waits_for_checkpoint) {
    out.resize(start);
    return {.wants_aside = answer.wants_aside, .waits_for_checkpoint = answer.waits_for_checkpoint};
  }
  if (outcome.has_error()) {
    answer.status = base::traits_of(outcome.error().kind).http_status;
    out.resize(start);
    out.append(base::to_body(outcome.error()));
  }
  return answer;
}

DynamoAnswer DynamoDispatcher::answer_lost(const DynamoAnswer& lost, const StorageError& error,
                                           std::string& out) const {
  const ApiError seen = base::to_api_error(error);
  out = base::to_body(seen);
  return {.status = base::traits_of(seen.kind).http_status, .content_type = lost.content_type};
}

Result<void> DynamoDispatcher::process(const RequestHead& head, std::string& body, std::string& out, KnownCaller& known,
                                       api::Lane lane, DynamoAnswer& answer) const {
  // What was signed is the body as it was sent.
  const std::string payload = options_.verifier != nullptr ? signing::payload_hash(body) : std::string{};
  TRY(decode(head, body));
  Parsers& parsers = parsers_of_this_thread();
  std::optional<json::Object> object;
  // An empty body gets past this point: AWS looks at the target and the credentials first.
  if (!body.empty()) {
    object = parsers.body.parse_object(body);
    if (!object) return base::serialization_error();
  }
  const api::Operation* operation = find_(head.known(KnownField::kAmzTarget));
  if (operation == nullptr) {
    ApiError refused = api::unserved_operation(head.known(KnownField::kAmzTarget));
    if (!refused.message.empty() && unserved_.add(refused.message)) spdlog::warn("{}", refused.message);
    return refused;
  }
  TRY_ASSIGN(model::Caller caller, find_caller(head, payload, known));
  if (!object) return base::serialization_error();
  for (const auto& point : {operation->throttle, operation->conflict}) {
    if (point && services_.faults.fires(*point)) return refusal_of(*point);
  }

  api::OperationContext context{
      .services = services_, .caller = std::move(caller), .stored_parser = parsers.stored, .lane = lane};
  // Set also when the operation throws: what it wrote before is in the group.
  struct KeepTicket {
    const api::OperationContext& context;
    DynamoAnswer& answer;
    ~KeepTicket() {
      answer.ticket = context.ticket;
      answer.wants_aside = context.wants_aside;
      answer.waits_for_checkpoint = context.waits_for_checkpoint;
    }
  } const keep_ticket{context, answer};
  return operation->run(context, *object, out);
}

Result<model::Caller> DynamoDispatcher::find_caller(const RequestHead& head, std::string_view payload,
                                                    KnownCaller& known) const {
  const model::Worlds& worlds = services_.options.worlds;
  if (options_.authorization == Authorization::kOptional && !head.has(KnownField::kAuthorization)) {
    return worlds.caller_at_home();
  }
  std::optional<SignatureCheck> check;
  if (options_.verifier != nullptr) check.emplace(SignatureCheck{*options_.verifier, payload});
  TRY_ASSIGN(const bool is_new, authenticate(head, worlds, known, check ? &*check : nullptr));
  const model::Account& account = known.caller.account;
  if (is_new && account != worlds.home && worlds_met_.add(account.region + " " + account.id)) {
    spdlog::info(
        "requests for region {}, account {} see tables, streams and functions of their own, not those of region {}, "
        "account {}; --shared-db merges all",
        account.region, account.id, worlds.home.region, worlds.home.id);
  }
  return known.caller;
}

Result<void> DynamoDispatcher::decode(const RequestHead& head, std::string& body) const {
  const std::string_view coding = head.known(KnownField::kContentEncoding);
  if (coding.empty()) return {};
  switch (decode_body(coding, body, options_.body_limit)) {
    case Decoded::kDone: return {};
    case Decoded::kTooLarge: return ApiError{ErrorKind::kRequestTooLarge};
    case Decoded::kCorrupt:
    case Decoded::kUnsupported: break;  // AWS answers both alike, and as if it were its own fault
  }
  return internal_error();
}

}  // namespace millrace::http
