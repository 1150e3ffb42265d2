#include "server/plan/context/transaction_tokens.hpp"

#include <fmt/format.h>

#include <charconv>

#include "server/json/tree.hpp"

namespace millrace::plan {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kKind = "transaction_tokens";
constexpr std::string_view kName = "keyspaces";

std::string row_key_of(const model::Account& account, std::string_view token) {
  return fmt::format("{}/{}/{}", account.region, account.id, token);
}

/// A row is when it was written, in microseconds, and the fingerprint behind a blank.
std::string to_row(TimePoint when, std::string_view fingerprint) {
  return fmt::format("{} {}", when.time_since_epoch().count(), fingerprint);
}

struct Remembered {
  TimePoint when{};
  std::string fingerprint;
};
std::optional<Remembered> from_row(std::string_view text) {
  std::int64_t microseconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), microseconds);
  const auto blank = text.find(' ');
  if (read.ec != std::errc{} || blank == std::string_view::npos) return std::nullopt;
  return Remembered{TimePoint{Duration{microseconds}}, std::string{text.substr(blank + 1)}};
}

}  // namespace

StorageResult<void> TransactionTokens::load() {
  keyspaces_.reset();
  const auto text = storage_.read_document(kKind, kName);
  if (text.has_error()) return text.error();
  if (!*text) return {};
  const auto read_document = json::parse_tree(**text, json::kStoredDocument);
  const Json document = read_document.has_value() ? *read_document : Json{};
  const auto member = [&](const char* name) { return document.is_object() ? document.value(name, Json{}) : Json{}; };
  if (!member("current").is_number_integer() || !member("since").is_number_integer()) {
    return StorageError{StorageErrorKind::kCorrupt, "the document of the transaction tokens cannot be read"};
  }
  Keyspaces read{.current = member("current").get<model::KeyspaceId>(),
                 .since = TimePoint{Duration{member("since").get<std::int64_t>()}}};
  if (member("previous").is_number_integer()) read.previous = member("previous").get<model::KeyspaceId>();
  keyspaces_ = read;
  return {};
}

StorageResult<std::optional<std::string>> TransactionTokens::find(const model::Account& account, std::string_view token,
                                                                  TimePoint now) const {
  if (!keyspaces_) return std::optional<std::string>{};
  const std::string key = row_key_of(account, token);
  for (const auto keyspace : {std::optional{keyspaces_->current}, keyspaces_->previous}) {
    if (!keyspace) continue;
    const auto row = storage_.read_row(*keyspace, key);
    if (row.has_error()) return row.error();
    if (!*row) continue;
    auto remembered = from_row((*row)->item_json);
    if (!remembered) return StorageError{StorageErrorKind::kCorrupt, "a transaction token cannot be read"};
    if (now - remembered->when < kLifetime) return std::optional{std::move(remembered->fingerprint)};
  }
  return std::optional<std::string>{};
}

StorageResult<void> TransactionTokens::remember(const model::Account& account, std::string_view token,
                                                std::string_view fingerprint, TimePoint now) {
  if (!keyspaces_ || now - keyspaces_->since >= kLifetime) {
    if (auto begun = begin_keyspace(now); begun.has_error()) return begun;
  }
  const std::string text = to_row(now, fingerprint);
  return storage_.write_row(keyspaces_->current, row_key_of(account, token), text, text.size());
}

StorageResult<void> TransactionTokens::begin_keyspace(TimePoint now) {
  const auto made = storage_.create_keyspace();
  if (made.has_error()) return made.error();
  Keyspaces next{.current = *made, .since = now};
  if (keyspaces_) {
    next.previous = keyspaces_->current;
    if (keyspaces_->previous) {
      if (auto dropped = storage_.drop_keyspace(*keyspaces_->previous); dropped.has_error()) return dropped;
    }
  }
  Json document{{"current", next.current}, {"since", now.time_since_epoch().count()}};
  if (next.previous) document["previous"] = *next.previous;
  if (auto written = storage_.write_document(kKind, kName, json::print_tree(document)); written.has_error())
    return written;
  keyspaces_ = next;
  return {};
}

}  // namespace millrace::plan
