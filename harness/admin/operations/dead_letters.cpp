// GET /_millrace/dead-letters?mapping=UUID&before=ID&limit=N: the records that mappings have given up, newest first.
// DELETE /_millrace/dead-letters/{Id}, and DELETE /_millrace/dead-letters?mapping=UUID (without: of all mappings).
// POST /_millrace/dead-letters/redrive {"mapping":"UUID"} or {"id":"ID"}: delivers them again, oldest first; answers
// when all have been tried.
#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/admin/admin_operations.hpp"
#include "server/json/object_writer.hpp"
#include "server/json/tree.hpp"
#include "server/rest/awaiting.hpp"
#include "server/rest/service_error.hpp"

namespace millrace::admin {
namespace {

constexpr std::string_view kDeadLetters = "/_millrace/dead-letters";
/// Removed in one entry of the gate.
constexpr std::size_t kRemovedAtATime = 64;

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (text.empty() || read.ptr != end || read.ec != std::errc{}) return std::nullopt;
  return number;
}

ApiError no_such_letter(std::string_view id) {
  return {ErrorKind::kLambdaResourceNotFound, "There is no dead letter '" + std::string{id} + "'."};
}

/// A typing mistake must not become a request about something else.
Result<void> check_names(std::string_view query, std::initializer_list<std::string_view> known) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::string name = http::percent_decode(pair.substr(0, pair.find('=')));
    if (name.empty() || std::ranges::find(known, name) != known.end()) continue;
    std::string names;
    for (const std::string_view one : known) names.append(names.empty() ? "" : ", ").append(one);
    return rest::invalid_parameter_value("There is no parameter '" + name + "'; there is " + names + ".");
  }
  return {};
}

Result<esm::LetterQuery> parse_query(std::string_view query) {
  TRY(check_names(query, {"mapping", "before", "limit"}));
  esm::LetterQuery wanted;
  wanted.mapping = http::query_parameter(query, "mapping").value_or("");
  if (const auto before = http::query_parameter(query, "before"); before && !before->empty()) {
    const auto id = read_number<esm::LetterId>(*before);
    if (!id) return rest::invalid_parameter_value("before must be the id of a dead letter, not '" + *before + "'.");
    wanted.before = *id;
  }
  if (const auto limit = http::query_parameter(query, "limit")) {
    const auto number = read_number<std::size_t>(*limit);
    if (!number || *number < 1 || *number > esm::kMaxLettersPerPage) {
      return rest::invalid_parameter_value("limit must be a number from 1 to " +
                                           std::to_string(esm::kMaxLettersPerPage) + ".");
    }
    wanted.limit = *number;
  }
  return wanted;
}

rest::Answer list_dead_letters(const AdminServices& services, rest::Call& call) {
  const auto query = parse_query(call.request.query);
  if (query.has_error()) co_return query.error();
  std::string body;
  storage::Ticket ticket = 0;
  StorageResult<esm::LetterPage> page;
  json::ObjectWriter writer{body};
  {
    const auto entry = services.engine.gate().enter(storage::Access::kRead);
    ticket = entry.ticket();
    page = services.dead_letters.list(*query);
    writer.integer("kept", static_cast<std::int64_t>(services.dead_letters.size()));
    writer.integer("bytes", static_cast<std::int64_t>(services.dead_letters.bytes()));
    writer.integer("dropped", static_cast<std::int64_t>(services.dead_letters.dropped()));
  }
  if (const auto committed = co_await services.engine.committed(ticket); committed.has_error()) {
    co_return base::to_api_error(committed.error());
  }
  if (page.has_error()) co_return base::to_api_error(page.error());
  json::append_list(writer.key("letters"), page->letters,
                    [&](const esm::ListedLetter& listed) { esm::append_json(body, listed.letter, listed.event); });
  writer.boolean("more", page->more);
  if (page->more) writer.string("next", std::to_string(page->next));
  writer.finish();
  co_return rest::json_response(200, std::move(body));
}

/// Removes letters, a portion of them in each entry of the gate.
rest::Answer remove(const AdminServices& services, std::vector<esm::LetterId> letters) {
  storage::Ticket ticket = 0;
  StorageResult<void> removed;
  for (std::size_t at = 0; at < letters.size() && removed.has_value(); at += kRemovedAtATime) {
    const auto entry = services.engine.gate().enter(storage::Access::kWrite);
    ticket = entry.ticket();
    removed = entry.status();
    const std::size_t end = std::min(at + kRemovedAtATime, letters.size());
    for (std::size_t one = at; one < end && removed.has_value(); ++one) {
      removed = services.dead_letters.erase(letters[one]);
    }
  }
  if (const auto committed = co_await services.engine.committed(ticket); committed.has_error()) {
    co_return base::to_api_error(committed.error());
  }
  if (removed.has_error()) co_return base::to_api_error(removed.error());
  std::string body;
  json::ObjectWriter writer{body};
  writer.integer("deleted", static_cast<std::int64_t>(letters.size()));
  writer.finish();
  co_return rest::json_response(200, std::move(body));
}

rest::Answer delete_dead_letters(const AdminServices& services, rest::Call& call) {
  if (const auto checked = check_names(call.request.query, {"mapping"}); checked.has_error()) co_return checked.error();
  std::vector<esm::LetterId> letters;
  {
    const auto entry = services.engine.gate().enter(storage::Access::kRead);
    letters = services.dead_letters.ids_of(http::query_parameter(call.request.query, "mapping").value_or(""));
  }
  auto removing = remove(services, std::move(letters));
  co_return co_await std::move(removing);
}

rest::Answer delete_dead_letter(const AdminServices& services, rest::Call& call) {
  const std::string& text = call.path.front();
  const auto id = read_number<esm::LetterId>(text);
  {
    const auto entry = services.engine.gate().enter(storage::Access::kRead);
    if (!id || !services.dead_letters.contains(*id)) co_return no_such_letter(text);
  }
  auto removing = remove(services, {*id});
  co_return co_await std::move(removing);
}

struct RedriveRequest {
  std::string mapping{};
  std::optional<std::string> id{};
};

Result<RedriveRequest> parse_redrive(std::string_view body) {
  const auto document = json::parse_tree(body);
  if (document.has_error())
    return rest::invalid_parameter_value("The body of a redrive cannot be read: " + document.error().reason + ".");
  if (!document->is_object()) return rest::invalid_parameter_value("The body of a redrive must be a JSON object.");
  RedriveRequest request;
  for (const auto& [name, value] : document->items()) {
    if (name != "mapping" && name != "id") {
      return rest::invalid_parameter_value("A redrive has no member '" + name + "'; it has mapping and id.");
    }
    if (!value.is_string()) return rest::invalid_parameter_value(name + " must be a string.");
    if (name == "mapping") {
      request.mapping = value.get<std::string>();
    } else {
      request.id = value.get<std::string>();
    }
  }
  if (request.mapping.empty() != request.id.has_value()) {
    return rest::invalid_parameter_value(
        "A redrive is of one dead letter, {\"id\":\"…\"}, or of all of a mapping, {\"mapping\":\"<uuid>\"}.");
  }
  return request;
}

/// Which letters are meant, and finds out of which mapping a single one is.
Result<std::vector<esm::LetterId>> find_letters(const AdminServices& services, RedriveRequest& request) {
  const auto entry = services.engine.gate().enter(storage::Access::kRead);
  if (!request.id) {
    if (services.mappings.find(request.mapping) == nullptr) {
      return ApiError{ErrorKind::kLambdaResourceNotFound, "There is no event source mapping with the UUID '" +
                                                              request.mapping +
                                                              "', and its dead letters can be delivered by no other."};
    }
    return services.dead_letters.ids_of(request.mapping);
  }
  const auto id = read_number<esm::LetterId>(*request.id);
  if (!id) return no_such_letter(*request.id);
  const auto listed = services.dead_letters.read(*id);
  if (listed.has_error()) return base::to_api_error(listed.error());
  if (!*listed) return no_such_letter(*request.id);
  request.mapping = (*listed)->letter.mapping;
  return std::vector{*id};
}

rest::Answer redrive(const AdminServices& services, rest::Call& call) {
  auto request = parse_redrive(call.request.body);
  if (request.has_error()) co_return request.error();
  auto letters = find_letters(services, *request);
  if (letters.has_error()) co_return letters.error();
  auto start = [&](auto done) {
    services.live_mappings.redrive(request->mapping, *std::move(letters), std::move(done));
  };
  auto delivering = rest::answered<esm::RedriveReport>(std::move(start));
  const esm::RedriveReport report = co_await std::move(delivering);
  std::string body;
  json::ObjectWriter writer{body};
  json::append_list(writer.key("redriven"), report.redriven,
                    [&](esm::LetterId id) { base::append_json_string(body, std::to_string(id)); });
  json::append_list(writer.key("failed"), report.failed, [&](const esm::RedriveReport::Failure& failure) {
    json::ObjectWriter failed{body};
    failed.string("id", std::to_string(failure.id));
    failed.string("problem", failure.problem);
    failed.finish();
  });
  writer.finish();
  co_return rest::json_response(200, std::move(body));
}

}  // namespace

extern const AdminOperation kListDeadLetters{
    .name = "ListDeadLetters", .method = "GET", .path = kDeadLetters, .run = list_dead_letters};
extern const AdminOperation kDeleteDeadLetters{
    .name = "DeleteDeadLetters", .method = "DELETE", .path = kDeadLetters, .run = delete_dead_letters};
extern const AdminOperation kDeleteDeadLetter{
    .name = "DeleteDeadLetter", .method = "DELETE", .path = "/_millrace/dead-letters/{Id}", .run = delete_dead_letter};
extern const AdminOperation kRedrive{
    .name = "Redrive", .method = "POST", .path = "/_millrace/dead-letters/redrive", .run = redrive};

}  // namespace millrace::admin
