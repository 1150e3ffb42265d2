#include "server/expression/syntax/print.hpp"

#include <optional>

namespace millrace::expression {
namespace {

class Printer {
 public:
  explicit Printer(const PlaceholderTable& placeholders) : placeholders_{placeholders} {}

  std::string take() { return std::move(out_); }

  void print(const Path& path) {
    for (const auto& element : path.elements) {
      if (const auto* index = std::get_if<ListIndex>(&element)) {
        out_.append("[").append(std::to_string(index->position)).append("]");
        continue;
      }
      if (&element != &path.elements.front()) out_.push_back('.');
      if (const auto* slot = std::get_if<NameSlot>(&element)) {
        out_.append(placeholders_.names[slot->number]);
      } else {
        out_.append(std::get<std::string>(element));
      }
    }
  }

  void print(ValueSlot value) { out_.append(placeholders_.values[value.number]); }

  void print(const FunctionCall& call) {
    out_.append(to_text(call.function)).append("(");
    print_list(call.arguments);
    out_.append(")");
  }

  void print(const Operand& operand) {
    std::visit([this](const auto& alternative) { print(alternative); }, operand.node);
  }

  void print(const Arithmetic& arithmetic) {
    print(arithmetic.left);
    out_.append(arithmetic.op == ArithmeticOperator::kAdd ? " + " : " - ");
    print(arithmetic.right);
  }

  void print(const Comparison& comparison) {
    print(comparison.left);
    out_.append(" ").append(to_text(comparison.comparator)).append(" ");
    print(comparison.right);
  }

  void print(const Between& between) {
    print(between.subject);
    out_.append(" BETWEEN ");
    print(between.lower);
    out_.append(" AND ");
    print(between.upper);
  }

  void print(const In& in) {
    print(in.subject);
    out_.append(" IN (");
    print_list(in.candidates);
    out_.append(")");
  }

  void print(const Logical& logical) {
    if (logical.op == LogicalOperator::kNot) {
      out_.append("NOT ");
      print_part(logical.conditions.front(), logical.op);
      return;
    }
    for (const auto& condition : logical.conditions) {
      if (&condition != &logical.conditions.front()) out_.append(" ").append(to_text(logical.op)).append(" ");
      print_part(condition, logical.op);
    }
  }

  void print(const Condition& condition) {
    std::visit([this](const auto& alternative) { print(alternative); }, condition.node);
  }

  void print(const UpdateAst& ast) {
    std::optional<std::size_t> section;
    for (const auto& action : ast.actions) {
      if (section == action.index()) {
        out_.append(", ");
      } else {
        static constexpr std::string_view kKeywords[] = {"SET ", "REMOVE ", "ADD ", "DELETE "};
        if (section) out_.push_back(' ');
        out_.append(kKeywords[action.index()]);
        section = action.index();
      }
      print(target_of(action));
      if (const auto* set = std::get_if<SetAction>(&action)) {
        out_.append(" = ");
        std::visit([this](const auto& value) { print(value); }, set->value);
      } else if (const auto* add = std::get_if<AddAction>(&action)) {
        out_.push_back(' ');
        print(add->value);
      } else if (const auto* erase = std::get_if<DeleteAction>(&action)) {
        out_.push_back(' ');
        print(erase->value);
      }
    }
  }

  template <class Element>
  void print_list(const std::vector<Element>& elements) {
    for (const auto& element : elements) {
      if (&element != &elements.front()) out_.append(", ");
      print(element);
    }
  }

 private:
  /// Only what binds less tightly, or joins again what the tree keeps apart, needs parentheses.
  void print_part(const Condition& part, LogicalOperator around) {
    const auto* inner = std::get_if<Logical>(&part.node);
    const bool bare = inner == nullptr || inner->op == LogicalOperator::kNot ||
                      (inner->op == LogicalOperator::kAnd && around == LogicalOperator::kOr);
    if (!bare) out_.push_back('(');
    print(part);
    if (!bare) out_.push_back(')');
  }

  const PlaceholderTable& placeholders_;
  std::string out_;
};

}  // namespace

std::string to_text(const ConditionAst& ast) {
  Printer printer{ast.placeholders};
  printer.print(ast.root);
  return printer.take();
}

std::string to_text(const UpdateAst& ast) {
  Printer printer{ast.placeholders};
  printer.print(ast);
  return printer.take();
}

std::string to_text(const ProjectionAst& ast) {
  Printer printer{ast.placeholders};
  printer.print_list(ast.paths);
  return printer.take();
}

}  // namespace millrace::expression
