// Item before -> item after (API reference, 5.6). First every action is turned into a Write by reading the item as it
// was; then the writes are made in an order in which none can disturb the place of another: values at their places,
// appends in index order, removals from the deepest and last to the first.
#include <algorithm>
#include <optional>
#include <utility>

#include "server/expression/document_path.hpp"
#include "server/expression/function_checks.hpp"
#include "server/expression/set_algebra.hpp"
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
  Planner(const ResolvedUpdate& update, const Item& before, ItemState state)
      : update_{update}, before_{before}, state_{state} {}

  Result<std::vector<Write>> plan() {
    writes_.reserve(update_.ast->actions.size());
    for (const auto& action : update_.ast->actions) {
      TRY(std::visit([this](const auto& alternative) { return plan(alternative); }, action));
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
    if (update_.parameter == UpdateParameter::kUpdateExpression) return wrong_operand_type();
    return base::validation_error("Type mismatch for attribute to update");
  }

  [[nodiscard]] const AttributeValue* find(const Path& path) const { return find_at(before_, path, update_.bindings); }
  [[nodiscard]] const AttributeValue& value_of(ValueSlot slot) const { return *update_.bindings.values[slot.number]; }

  const ResolvedUpdate& update_;
  const Item& before_;
  ItemState state_;
  std::vector<Write> writes_;
};

// Paths of one update never overlap or conflict and their parents were there before, so until the removals nothing
// moves, and looking a parent up cannot fail.
class Writer {
 public:
  Writer(Item& item, const Bindings& bindings) : item_{item}, bindings_{bindings} {}

  void make(std::vector<Write>& writes) {
    std::vector<Write*> appends;
    std::vector<Write*> removals;
    for (auto& write : writes) {
      if (!write.value) {
        removals.push_back(&write);
      } else if (!put(write)) {
        appends.push_back(&write);
      }
    }
    std::stable_sort(appends.begin(), appends.end(), [](const Write* left, const Write* right) {
      return last_index_of(*left->target) < last_index_of(*right->target);
    });
    for (auto* write : appends) parent_of(*write->target)->as_list()->push_back(std::move(*write->value));
    std::sort(removals.begin(), removals.end(), [](const Write* left, const Write* right) {
      const std::size_t left_depth = left->target->elements.size();
      const std::size_t right_depth = right->target->elements.size();
      if (left_depth != right_depth) return left_depth > right_depth;
      return last_index_of(*left->target) > last_index_of(*right->target);
    });
    for (const auto* write : removals) remove(*write->target);
  }

 private:
  AttributeValue* parent_of(const Path& path) { return find_at(item_, path, bindings_, path.elements.size() - 1); }

  /// False when the target lies beyond the end of its list: then it is appended, after everything else is in place.
  bool put(Write& write) {
    const auto& elements = write.target->elements;
    if (const auto* index = std::get_if<ListIndex>(&elements.back())) {
      auto& list = *parent_of(*write.target)->as_list();
      if (index->position >= list.size()) return false;
      list[index->position] = std::move(*write.value);
      return true;
    }
    auto& map = elements.size() == 1 ? item_ : *parent_of(*write.target)->as_map();
    map.set(std::string{name_at(elements.back(), bindings_)}, std::move(*write.value));
    return true;
  }

  void remove(const Path& target) {
    const auto& last = target.elements.back();
    if (const auto* index = std::get_if<ListIndex>(&last)) {
      auto& list = *parent_of(target)->as_list();
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(index->position));
      return;
    }
    auto& map = target.elements.size() == 1 ? item_ : *parent_of(target)->as_map();
    map.erase(name_at(last, bindings_));
  }

  Item& item_;
  const Bindings& bindings_;
};

}  // namespace

Result<Item> apply(const ResolvedUpdate& update, const Item& before, ItemState state) {
  TRY_ASSIGN(std::vector<Write> writes, Planner{update, before, state}.plan());
  Item after = before;
  Writer{after, update.bindings}.make(writes);
  return after;
}

Item touched_attributes(const ResolvedUpdate& update, const Item& item) { return cut_out(item, target_paths(update)); }

}  // namespace millrace::expression
