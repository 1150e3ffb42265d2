// Item before -> item after (API reference, 5.6). First every action is turned into a Write by reading the item as it
// was; then the writes are made in an order in which none can disturb the place of another: values at their places, new
// entries of maps from the deepest on, appends in index order, removals from the deepest on.
#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "server/expression/terms/document_path.hpp"
#include "server/expression/terms/function_checks.hpp"
#include "server/expression/terms/set_algebra.hpp"
#include "server/expression/update.hpp"

namespace millrace::expression {
namespace {

using model::AttributeValue;
using model::Item;
using model::Number;

ApiError missing_attribute() {
  return base::validation_error("The provided expression refers to an attribute that does not exist in the item");
}

ApiError wrong_operand_type() {
  return base::validation_error("An operand in the update expression has an incorrect data type");
}

ApiError invalid_document_path() {
  return base::validation_error("The document path provided in the update expression is invalid for update");
}

/// What is to happen at one place of the item: a new value, or none.
struct Write {
  const Path* target;
  std::optional<AttributeValue> value;
};

std::uint32_t last_index_of(const Path& path) {
  const auto* index = std::get_if<ListIndex>(&path.elements.back());
  return index != nullptr ? index->position : 0;
}

class Planner {
 public:
  Planner(const ResolvedUpdate& update, const Item& before, ItemState state, std::size_t limit)
      : update_{update}, before_{before}, state_{state}, limit_{limit} {}

  Result<std::vector<Write>> plan() {
    writes_.reserve(update_.ast->actions.size());
    for (const auto& action : update_.ast->actions) {
      const std::size_t before = writes_.size();
      TRY(std::visit([this](const auto& alternative) { return plan(alternative); }, action));
      // Targets do not overlap, so everything that is assigned is in the result.
      if (writes_.size() > before && writes_.back().value) assigned_bytes_ += model::size_of(*writes_.back().value);
      if (assigned_bytes_ > limit_) break;
    }
    return std::move(writes_);
  }

 private:
  Result<void> plan(const SetAction& action) {
    TRY_ASSIGN(AttributeValue value,
               std::visit([this](const auto& alternative) { return evaluate(alternative); }, action.value));
    TRY(check_parent(action.target));
    writes_.push_back({&action.target, std::move(value)});
    return {};
  }

  Result<void> plan(const RemoveAction& action) {
    if (state_ == ItemState::kMissing) return {};
    TRY(check_parent(action.target));
    if (find(action.target) != nullptr) writes_.push_back({&action.target, std::nullopt});
    return {};
  }

  Result<void> plan(const AddAction& action) {
    TRY(check_parent(action.target));
    const AttributeValue& addend = value_of(action.value);
    const AttributeValue* stored = find(action.target);
    if (stored == nullptr) {
      writes_.push_back({&action.target, addend});
      return {};
    }
    TRY_ASSIGN(AttributeValue sum, add(*stored, addend));
    writes_.push_back({&action.target, std::move(sum)});
    return {};
  }

  Result<AttributeValue> add(const AttributeValue& stored, const AttributeValue& addend) {
    if (stored.type() != addend.type()) return type_mismatch();
    if (const auto* number = stored.as_number()) {
      TRY_ASSIGN(const Number sum, Number::add(*number, *addend.as_number()));
      return AttributeValue{sum};
    }
    if (stored.as_list() != nullptr) return appended(*stored.as_list(), *addend.as_list());
    auto together = united(stored, addend);
    if (!together) return type_mismatch();
    return std::move(*together);
  }

  Result<void> plan(const DeleteAction& action) {
    if (state_ == ItemState::kMissing) return {};
    TRY(check_parent(action.target));
    const AttributeValue* stored = find(action.target);
    if (stored == nullptr) return {};
    auto rest = without(*stored, value_of(action.value));
    if (!rest) return type_mismatch();
    if (is_empty_set(*rest)) {
      writes_.push_back({&action.target, std::nullopt});
    } else {
      writes_.push_back({&action.target, std::move(*rest)});
    }
    return {};
  }

  /// The value of an operand. The depth of calls is bounded by the parser.
  Result<AttributeValue> evaluate(const Operand& operand) {
    if (const auto* slot = std::get_if<ValueSlot>(&operand.node)) return value_of(*slot);
    if (const auto* path = std::get_if<Path>(&operand.node)) {
      const AttributeValue* stored = find(*path);
      if (stored == nullptr) return missing_attribute();
      return *stored;
    }
    const auto& call = std::get<FunctionCall>(operand.node);
    if (call.function == Function::kIfNotExists) {
      if (const auto* stored = find(std::get<Path>(call.arguments[0].node))) return *stored;
      return evaluate(call.arguments[1]);
    }
    TRY_ASSIGN(AttributeValue head, evaluate(call.arguments[0]));
    TRY_ASSIGN(AttributeValue tail, evaluate(call.arguments[1]));
    if (head.as_list() == nullptr || tail.as_list() == nullptr) return wrong_operand_type();
    return appended(std::move(*head.as_list()), std::move(*tail.as_list()));
  }

  Result<AttributeValue> evaluate(const Arithmetic& arithmetic) {
    TRY_ASSIGN(const AttributeValue left, evaluate(arithmetic.left));
    TRY_ASSIGN(const AttributeValue right, evaluate(arithmetic.right));
    if (left.as_number() == nullptr || right.as_number() == nullptr) return wrong_operand_type();
    TRY_ASSIGN(const Number result, arithmetic.op == ArithmeticOperator::kAdd
                                        ? Number::add(*left.as_number(), *right.as_number())
                                        : Number::subtract(*left.as_number(), *right.as_number()));
    return AttributeValue{result};
  }

  static AttributeValue appended(model::List head, model::List tail) {
    head.insert(head.end(), std::make_move_iterator(tail.begin()), std::make_move_iterator(tail.end()));
    return AttributeValue{std::move(head)};
  }

  /// A nested target needs a document of the right kind around it, in the item as it was.
  Result<void> check_parent(const Path& target) {
    if (target.elements.size() == 1) return {};
    const AttributeValue* parent = find_at(before_, target, update_.bindings, target.elements.size() - 1);
    const bool fits =
        parent != nullptr && (std::holds_alternative<ListIndex>(target.elements.back()) ? parent->as_list() != nullptr
                                                                                        : parent->as_map() != nullptr);
    if (!fits) return invalid_document_path();
    return {};
  }

  [[nodiscard]] ApiError type_mismatch() const {
    if (update_.parameter != UpdateParameter::kAttributeUpdates) return wrong_operand_type();
    return base::validation_error("Type mismatch for attribute to update");
  }

  [[nodiscard]] const AttributeValue* find(const Path& path) const { return find_at(before_, path, update_.bindings); }
  [[nodiscard]] const AttributeValue& value_of(ValueSlot slot) const { return *update_.bindings.values[slot.number]; }

  const ResolvedUpdate& update_;
  const Item& before_;
  ItemState state_;
  std::size_t limit_;
  std::size_t assigned_bytes_{0};
  std::vector<Write> writes_;
};

// Paths of one update never overlap or conflict and their parents were there before, so until the removals nothing
// moves, and looking a parent up cannot fail.
class Writer {
 public:
  Writer(Item& item, const Bindings& bindings) : item_{item}, bindings_{bindings} {}

  void make(std::vector<Write>& writes) {
    std::vector<Write*> appends;
    std::vector<Write*> additions;
    std::vector<Write*> removals;
    for (auto& write : writes) {
      if (!write.value) {
        removals.push_back(&write);
      } else if (!replace(write)) {
        const bool in_list = std::holds_alternative<ListIndex>(write.target->elements.back());
        (in_list ? appends : additions).push_back(&write);
      }
    }
    for_each_parent(additions, [this](AttributeValue* parent, const auto& group) { add(parent, group); });
    std::stable_sort(appends.begin(), appends.end(), [](const Write* left, const Write* right) {
      return last_index_of(*left->target) < last_index_of(*right->target);
    });
    for (auto* write : appends) parent_of(*write->target)->as_list()->push_back(std::move(*write->value));
    for_each_parent(removals, [this](AttributeValue* parent, const auto& group) { remove(parent, group); });
  }

 private:
  AttributeValue* parent_of(const Path& path) { return find_at(item_, path, bindings_, path.elements.size() - 1); }

  /// False when there is nothing at the target yet.
  bool replace(Write& write) {
    const auto& elements = write.target->elements;
    AttributeValue* stored = nullptr;
    if (const auto* index = std::get_if<ListIndex>(&elements.back())) {
      auto& list = *parent_of(*write.target)->as_list();
      if (index->position < list.size()) stored = &list[index->position];
    } else {
      stored = map_in(elements.size() == 1 ? nullptr : parent_of(*write.target)).find(name_of(write));
    }
    if (stored == nullptr) return false;
    *stored = std::move(*write.value);
    return true;
  }

  /// Calls `change(parent, writes)` for all writes below one parent at a time (null: the item itself), so that an
  /// update costs a pass over a map or list and not a pass for each of its entries. Deepest first: what happens below
  /// a parent does not move the parents of the same depth.
  template <class Change>
  void for_each_parent(std::vector<Write*>& writes, const Change& change) {
    const auto depth_of = [](const Write* write) { return write->target->elements.size(); };
    std::stable_sort(writes.begin(), writes.end(),
                     [&](const Write* left, const Write* right) { return depth_of(left) > depth_of(right); });
    for (auto begin = writes.begin(); begin != writes.end();) {
      const std::size_t depth = depth_of(*begin);
      const auto end = std::find_if(begin, writes.end(), [&](const Write* write) { return depth_of(write) != depth; });
      std::vector<std::pair<AttributeValue*, Write*>> level;
      for (; begin != end; ++begin) {
        level.emplace_back(depth == 1 ? nullptr : parent_of(*(*begin)->target), *begin);
      }
      std::stable_sort(level.begin(), level.end(),
                       [](const auto& left, const auto& right) { return std::less<>{}(left.first, right.first); });
      std::vector<Write*> group;
      for (std::size_t at = 0; at < level.size(); ++at) {
        group.push_back(level[at].second);
        if (at + 1 < level.size() && level[at + 1].first == level[at].first) continue;
        change(level[at].first, group);
        group.clear();
      }
    }
  }

  void add(AttributeValue* parent, std::span<Write* const> writes) {
    auto& map = map_in(parent);
    if (writes.size() == 1) {
      map.set(std::string{name_of(*writes.front())}, std::move(*writes.front()->value));
      return;
    }
    std::vector<model::Attribute> entries;
    entries.reserve(writes.size());
    for (auto* write : writes) entries.push_back({std::string{name_of(*write)}, std::move(*write->value)});
    map.merge(std::move(entries));
  }

  void remove(AttributeValue* parent, std::span<Write* const> writes) {
    if (parent != nullptr && parent->as_list() != nullptr) return remove(*parent->as_list(), writes);
    std::vector<std::string_view> names;
    names.reserve(writes.size());
    for (const auto* write : writes) names.push_back(name_of(*write));
    map_in(parent).erase(std::move(names));
  }

  static void remove(model::List& list, std::span<Write* const> writes) {
    std::vector<std::size_t> positions;
    positions.reserve(writes.size());
    for (const auto* write : writes) positions.push_back(last_index_of(*write->target));
    std::sort(positions.begin(), positions.end());
    auto removed = positions.begin();
    auto kept = list.begin();
    for (std::size_t at = 0; at < list.size(); ++at) {
      if (removed != positions.end() && *removed == at) {
        ++removed;
        continue;
      }
      const auto element = list.begin() + static_cast<std::ptrdiff_t>(at);
      if (kept != element) *kept = std::move(*element);
      ++kept;
    }
    list.erase(kept, list.end());
  }

  /// The map that a parent is: the item, or a value of type M.
  model::AttributeMap& map_in(AttributeValue* parent) { return parent == nullptr ? item_ : *parent->as_map(); }
  [[nodiscard]] std::string_view name_of(const Write& write) const {
    return name_at(write.target->elements.back(), bindings_);
  }

  Item& item_;
  const Bindings& bindings_;
};

}  // namespace

Result<Item> apply(const ResolvedUpdate& update, const Item& before, ItemState state, std::size_t limit) {
  TRY_ASSIGN(std::vector<Write> writes, Planner{update, before, state, limit}.plan());
  Item after = before;
  Writer{after, update.bindings}.make(writes);
  return after;
}

Item touched_attributes(const ResolvedUpdate& update, const Item& item) { return cut_out(item, target_paths(update)); }

}  // namespace millrace::expression
