#include "server/api/vectors/vector_search.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "server/catalog/table_catalog.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/plan/vector_entries.hpp"
#include "server/plan/vector_values.hpp"
#include "server/storage/key_encoding.hpp"
#include "server/vectors/nearest.hpp"
#include "server/vectors/vector_cache.hpp"

namespace millrace::api {
namespace {

using base::validation_error;
using vectors::VectorCache;

constexpr std::size_t kMaxAnswerBytes = std::size_t{16} << 20U;
// Compared in less than half a millisecond, so that no thread need be asked.
constexpr std::size_t kFewFloats = std::size_t{1} << 20U;
constexpr std::size_t kLeastSearchBytes = 1024;

/// What is searched, and for what.
struct Target {
  catalog::TablePointer table;
  const model::VectorIndexDefinition* index{nullptr};
  vectors::WantedLabels wanted;
  storage::KeyRange range;  ///< of the rows that may pass
};

Result<void> check_hash_is_wanted(const model::VectorIndexDefinition& index, const VectorSearchRequest& request) {
  const auto* const hash = index.hash();
  if (hash == nullptr) return {};
  if (!request.has_condition) {
    return validation_error("SearchConditionExpression must be provided when SearchSchema has a HASH key");
  }
  if (std::ranges::find(request.terms, hash->name, &expression::SearchTerm::attribute) == request.terms.end()) {
    return validation_error("SearchConditionExpression must have all HASH attributes");
  }
  return {};
}

Result<void> bind_terms(Target& target, const std::vector<expression::SearchTerm>& terms) {
  const auto& schema = target.index->search_schema;
  target.wanted.resize(schema.size());
  for (const auto& [attribute, value] : terms) {
    const auto* const element = target.index->find_search_attribute(attribute);
    if (element == nullptr) {
      return validation_error(
          "SearchConditionExpression must not contain any attributes outside the vector index search schema");
    }
    if (value.type() != element->attribute.type) {
      return validation_error("Search condition value for attribute '" + attribute +
                              "' does not match type in search schema");
    }
    auto& wanted = target.wanted[static_cast<std::size_t>(element - schema.data())];
    storage::append_encoded(wanted, value);
    if (element->role != model::SearchRole::kHash) continue;
    model::Item key;
    key.set(attribute, value);
    target.range.begin = storage::encode_hash_prefix({{element->attribute}, {}}, key);
    target.range.end = storage::after_prefix(target.range.begin);
  }
  return {};
}

Result<Target> find_target(const OperationContext& context, const VectorSearchRequest& request) {
  Target target;
  TRY_ASSIGN(target.table, context.tables().require(request.table));
  target.index = target.table->definition.find_vector_index(request.index_name);
  if (target.index == nullptr) {
    return validation_error("The table does not have the specified index: " + request.index_name);
  }
  if (target.index->is_backfilling()) {
    return validation_error("Cannot search backfilling vector index: " + request.index_name);
  }
  if (request.dimensions != target.index->dimensions) {
    return validation_error("Input search vector dimension " + std::to_string(request.dimensions) +
                            " does not match vector index dimension " + std::to_string(target.index->dimensions));
  }
  TRY(check_hash_is_wanted(*target.index, request));
  TRY(bind_terms(target, request.terms));
  return target;
}

/// One search. Each step enters the gate once.
class Search {
 public:
  Search(OperationContext& context, const VectorSearchRequest& request) : context_{context}, request_{request} {}

  /// Compares. Without a result when context.wants_aside is set.
  Result<void> find();
  /// Reads the items of what was found, as they are now.
  Result<void> fetch();
  VectorSearchAnswer take();

 private:
  using Vectors = std::optional<vectors::Snapshot>;

  /// The next vectors to compare; none when there is more to read first.
  Result<Vectors> next();
  Result<Vectors> next_of_rows(storage::StorageReader& storage);
  Result<void> begin(Target target);
  /// Raw rows of the next items that were found, about as many bytes as one portion.
  Result<std::vector<std::optional<storage::Row>>> read_rows(std::size_t from);
  void take_row(const storage::Row& row);
  storage::GroupCommit::Entry enter() { return context_.services.gate.enter(storage::Access::kRead); }
  void note(const storage::GroupCommit::Entry& entry) { context_.ticket = std::max(context_.ticket, entry.ticket()); }

  struct FoundItem {
    vectors::Found found;
    std::string json;
  };

  OperationContext& context_;
  const VectorSearchRequest& request_;
  std::optional<Target> target_;
  std::optional<vectors::SearchVector> vector_;
  std::optional<vectors::Nearest> nearest_;
  std::optional<std::string> read_from_{std::string{}};  ///< of an index that is searched from its rows
  bool is_done_{false};
  std::vector<vectors::Found> found_;
  std::vector<FoundItem> items_;
  std::size_t bytes_{0};
  bool is_full_{false};
};

Result<void> Search::begin(Target target) {
  const bool goes_on = target_ && target_->index->keyspace == target.index->keyspace;
  target_ = std::move(target);
  if (goes_on) return {};
  // The first time; or the index was deleted and made anew meanwhile.
  TRY_ASSIGN(const auto vector, plan::read_vector(request_.vector, target_->index->dimensions, "SearchVector", ""));
  nearest_.reset();
  vector_.emplace(target_->index->distance, vector);
  nearest_.emplace(*vector_, target_->wanted, request_.most);
  read_from_ = std::string{};
  return {};
}

Result<Search::Vectors> Search::next_of_rows(storage::StorageReader& storage) {
  auto read = vectors::read_portion(storage, *target_->index, target_->range, read_from_);
  if (read.has_error()) return base::to_api_error(std::move(read).error());
  is_done_ = !read_from_;
  return Vectors{read->snapshot()};
}

Result<Search::Vectors> Search::next() {
  const auto entry = enter();
  note(entry);
  TRY_ASSIGN(auto target, find_target(context_, request_));
  TRY(begin(std::move(target)));
  auto& storage = context_.services.gate.storage();
  const auto& index = *target_->index;
  if (context_.lane == Lane::kIo) {
    TRY_ASSIGN(const auto size, storage.measure_keyspace(index.keyspace));
    context_.wants_aside = static_cast<std::size_t>(size.row_count) * index.dimensions > kFewFloats;
    if (context_.wants_aside) return Vectors{};
  }
  auto& cache = context_.services.vectors;
  TRY_ASSIGN(const auto state, cache.load_portion(storage, index));
  switch (state) {
    case VectorCache::State::kLoading:
      context_.wants_aside = context_.lane == Lane::kIo;  // what has been read is not read again
      return Vectors{};
    case VectorCache::State::kTooLarge: return next_of_rows(storage);
    case VectorCache::State::kLoaded: break;
  }
  is_done_ = true;
  return Vectors{cache.snapshot(index.keyspace)};
}

Result<void> Search::find() {
  while (!is_done_) {
    TRY_ASSIGN(const auto vectors, next());
    if (context_.wants_aside) return {};
    if (vectors) nearest_->look_at(*vectors);
  }
  found_ = nearest_->take();
  return {};
}

Result<std::vector<std::optional<storage::Row>>> Search::read_rows(std::size_t from) {
  const auto entry = enter();
  note(entry);
  TRY_ASSIGN(auto target, find_target(context_, request_));
  std::vector<std::optional<storage::Row>> rows;
  if (target.index->keyspace != target_->index->keyspace) {  // another index by now, of which nothing was found
    rows.resize(found_.size() - from);
    return rows;
  }
  target_ = std::move(target);
  std::size_t bytes = 0;
  for (std::size_t at = from; at < found_.size() && bytes < kPortionBytes; ++at) {
    TRY_ASSIGN(auto row,
               context_.services.gate.storage().read_row(target_->table->definition.keyspace, found_[at].item_key));
    if (row) bytes += row->item_json.size();
    rows.push_back(std::move(row));
  }
  return rows;
}

void Search::take_row(const storage::Row& row) {
  const auto& table = target_->table->definition;
  const auto& index = *target_->index;
  const auto item = json::read_stored_item(context_.stored_parser, row.item_json);
  const auto entry = plan::make_vector_entry(table, index, item);
  if (!entry || !vectors::passes(target_->wanted, entry->labels)) return;
  model::Item shown;
  for (const auto& attribute : item) {
    const bool is_vector = attribute.name == index.vector_attribute;
    if ((is_vector && !request_.projection) || !plan::is_projected(table, index, attribute.name)) continue;
    shown.set(attribute.name, attribute.value);
  }
  if (request_.projection) shown = expression::project(*request_.projection, shown);
  std::string json = json::to_json(shown);
  is_full_ = bytes_ + json.size() > kMaxAnswerBytes;
  if (is_full_) return;
  bytes_ += json.size();
  items_.push_back({{vector_->score(entry->vector), std::string{entry->item_key()}}, std::move(json)});
}

Result<void> Search::fetch() {
  for (std::size_t at = 0; at < found_.size() && !is_full_;) {
    TRY_ASSIGN(const auto rows, read_rows(at));
    at += rows.size();
    std::size_t bytes = 0;
    for (const auto& row : rows) bytes += row ? row->item_json.size() : 0;
    constexpr std::size_t kLooks = 2;  // what is shown is copied and written
    context_.wants_aside = context_.lane == Lane::kIo && is_long_work(bytes, kLooks);
    if (context_.wants_aside) return {};
    for (const auto& row : rows) {
      if (row && !is_full_) take_row(*row);
    }
  }
  std::ranges::sort(items_, [this](const FoundItem& left, const FoundItem& right) {
    return nearest_->is_before(left.found, right.found);
  });
  return {};
}

VectorSearchAnswer Search::take() {
  VectorSearchAnswer answer;
  const std::size_t bytes = nearest_->compared() * target_->index->dimensions * sizeof(float);
  answer.searched_bytes = static_cast<double>(std::max(bytes, kLeastSearchBytes));
  for (auto& item : items_) answer.items.push_back({item.found.score, std::move(item.json)});
  return answer;
}

}  // namespace

Result<VectorSearchAnswer> search_vectors(OperationContext& context, const VectorSearchRequest& request) {
  Search search{context, request};
  TRY(search.find());
  if (context.wants_aside) return VectorSearchAnswer{};
  TRY(search.fetch());
  if (context.wants_aside) return VectorSearchAnswer{};
  return search.take();
}

}  // namespace millrace::api
