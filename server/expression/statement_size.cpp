// What the text of an update counts towards the 400 KB limit of the item it makes (UpdateItem's statement rule).
#include <string>
#include <variant>

#include "server/expression/terms/document_path.hpp"
#include "server/expression/update.hpp"

namespace millrace::expression {
namespace {

constexpr std::size_t kStatement = 3;
constexpr std::size_t kAssignment = 19;  // an action of SET or ADD
constexpr std::size_t kRemoval = 1;      // an action of REMOVE or DELETE
constexpr std::size_t kTargetElement = 4;
constexpr std::size_t kPathOperand = 1;
constexpr std::size_t kPathOperandElement = 14;
constexpr std::size_t kAddition = 34;
constexpr std::size_t kSubtraction = 37;
constexpr std::size_t kIfNotExists = 39;
constexpr std::size_t kListAppend = 37;

// One value may be mentioned hundreds of times, so measuring stops at the limit: it reads the value once or twice.
class Meter {
 public:
  Meter(const Bindings& bindings, std::size_t limit) : bindings_{bindings}, limit_{limit} {}

  [[nodiscard]] bool is_full() const { return total_ > limit_; }

  void operator()(const SetAction& set) {
    total_ += kAssignment + size_of_target(set.target);
    std::visit([this](const auto& value) { add(value); }, set.value);
  }
  void operator()(const AddAction& addition) {
    total_ += kAssignment + size_of_target(addition.target) + size_of_value(addition.value);
  }
  void operator()(const RemoveAction& remove) { total_ += kRemoval + size_of_target(remove.target); }
  void operator()(const DeleteAction& erase) { total_ += kRemoval + size_of_target(erase.target); }

 private:
  void add(const Arithmetic& arithmetic) {
    total_ += arithmetic.op == ArithmeticOperator::kAdd ? kAddition : kSubtraction;
    add(arithmetic.left);
    add(arithmetic.right);
  }

  // The depth of calls is bounded by the parser.
  void add(const Operand& operand) {
    if (is_full()) return;
    if (const auto* value = std::get_if<ValueSlot>(&operand.node)) {
      total_ += size_of_value(*value);
    } else if (const auto* path = std::get_if<Path>(&operand.node)) {
      total_ += kPathOperand;
      for (const auto& element : path->elements) total_ += kPathOperandElement + size_of_element(element);
    } else {
      const auto& call = std::get<FunctionCall>(operand.node);
      total_ += call.function == Function::kIfNotExists ? kIfNotExists : kListAppend;
      for (const auto& argument : call.arguments) add(argument);
    }
  }

  [[nodiscard]] std::size_t size_of_value(ValueSlot slot) const {
    return model::size_of(*bindings_.values[slot.number]);
  }

  /// A list index counts its digits.
  [[nodiscard]] std::size_t size_of_element(const PathElement& element) const {
    if (const auto* index = std::get_if<ListIndex>(&element)) return std::to_string(index->position).size();
    return name_at(element, bindings_).size();
  }

  [[nodiscard]] std::size_t size_of_target(const Path& target) const {
    std::size_t size = size_of_element(target.elements.front());
    for (std::size_t at = 1; at < target.elements.size(); ++at) {
      size += kTargetElement + size_of_element(target.elements[at]);
    }
    return size;
  }

  const Bindings& bindings_;
  std::size_t limit_;
  std::size_t total_{kStatement};
};

}  // namespace

bool is_statement_within(const ResolvedUpdate& update, std::size_t limit) {
  if (update.parameter != UpdateParameter::kUpdateExpression) return true;
  Meter meter{update.bindings, limit};
  for (const auto& action : update.ast->actions) {
    std::visit(meter, action);
    if (meter.is_full()) return false;
  }
  return true;
}

}  // namespace millrace::expression
