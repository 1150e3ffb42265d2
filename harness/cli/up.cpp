#include "harness/cli/up.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "handler/in_process.hpp"
#include "harness/cli/problems/path_problem.hpp"
#include "harness/cli/stop_signals.hpp"
#include "harness/emulator/running_emulator.hpp"
#include "harness/replay/event_text.hpp"
#include "harness/replay/replay.hpp"
#include "server/json/tree.hpp"

namespace millrace::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFirstRecordsShown = 3;
constexpr std::size_t kLastRecordsShown = 2;
// An event is at most 6 MB; DynamoDB nests 32 levels, the event some more around them.
constexpr json::TreeBounds kAnswerBounds{.depth = 100, .values = 1'000'000};
constexpr int kInterruptedStatus = 130;  // 128 + SIGINT, as shells report it

replay::Colour wanted_colour() {
  const char* const no_color = std::getenv("NO_COLOR");  // https://no-color.org
  const bool refused = no_color != nullptr && *no_color != '\0';
  return isatty(STDOUT_FILENO) != 0 && !refused ? replay::Colour::kAnsi : replay::Colour::kNone;
}

void say(std::string_view text) {
  fmt::print("{}", text);
  std::fflush(stdout);
}

/// What the in-process functions returned, in order. Functions write from their threads, the screen reads from its own.
class Answers {
 public:
  explicit Answers(replay::Colour colour) : colour_{colour} {}

  void add(std::string answer) {
    const std::scoped_lock lock{mutex_};
    if (live_)
      show_records(answer);
    else
      answers_.push_back(std::move(answer));
  }

  /// From now on records are shown as they come, and nothing is kept.
  void show_live() {
    const std::scoped_lock lock{mutex_};
    live_ = true;
  }

  [[nodiscard]] std::vector<std::string> all() const {
    const std::scoped_lock lock{mutex_};
    return answers_;
  }

  /// The records of one answer, none if it is no event.
  [[nodiscard]] static std::vector<Json> records(const std::string& answer) {
    const auto event = json::parse_tree<Json>(answer, kAnswerBounds);
    if (event.has_error() || !event->is_object()) return {};
    const auto found = event->find("Records");
    if (found == event->end() || !found->is_array()) return {};
    return {found->begin(), found->end()};
  }

 private:
  void show_records(const std::string& answer) const {
    std::string lines;
    for (const auto& record : records(answer)) lines += replay::record_line(record, colour_) + '\n';
    say(lines);
  }

  const replay::Colour colour_;
  mutable std::mutex mutex_;
  bool live_{false};
  std::vector<std::string> answers_;
};

/// The built-in handlers, each telling what it returned. What they log is not for this screen.
handler::HandlerCatalog observed_handlers(const std::shared_ptr<Answers>& answers) {
  handler::HandlerCatalog handlers = handler::built_in_handlers();
  for (const auto& name : handlers.names()) {
    handlers.add(name, [function = *handlers.find(name), answers](const handler::InvocationRequest& request) {
      handler::InvocationRequest quiet = request;
      quiet.logger = nullptr;
      auto answer = function(quiet);
      if (answer.has_value()) answers->add(*answer);
      return answer;
    });
  }
  return handlers;
}

std::string key_of(const nlohmann::json& table) {
  std::string text;
  for (const auto& key : table.at("KeySchema")) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", key.at("AttributeName").get<std::string>(),
                        key.at("KeyType").get<std::string>());
  }
  return text;
}

std::string what_was_made(const replay::Deployment& made) {
  std::string text = fmt::format("table   {}: {}\nstream  {}\n", made.table.at("TableName").get<std::string>(),
                                 key_of(made.table), made.table.value("LatestStreamArn", std::string{"none"}));
  if (made.function.is_object()) {
    text += fmt::format("lambda  {}, handler {}\n", made.function.value("FunctionName", std::string{}),
                        made.function.value("Handler", std::string{"none"}));
  }
  if (made.mapping.is_object()) {
    text += fmt::format("mapping {}: {}, batch size {}, {}\n", made.mapping.value("UUID", std::string{}),
                        made.mapping.value("StartingPosition", std::string{}), made.mapping.value("BatchSize", 0),
                        made.mapping.value("State", std::string{}));
  }
  return text;
}

std::string first_and_last_records(const std::vector<Json>& records, replay::Colour colour) {
  std::string text;
  const std::size_t shown = kFirstRecordsShown + kLastRecordsShown;
  for (std::size_t at = 0; at < records.size(); ++at) {
    // One line stands for those left out: for a single one it would gain nothing.
    if (records.size() > shown + 1 && at == kFirstRecordsShown) {
      text += fmt::format("… {} more (--events prints all)\n", records.size() - shown);
      at = records.size() - kLastRecordsShown;
    }
    text += replay::record_line(records[at], colour) + '\n';
  }
  return text;
}

std::string events_on_screen(const std::vector<std::string>& answers, bool every_event, replay::Colour colour) {
  if (answers.empty()) return "The function runs in another process; what it returned is not seen here.\n";
  const auto in_full = [](const std::string& answer) {
    const auto tree = json::parse_tree<Json>(answer, kAnswerBounds);
    return (tree.has_value() ? replay::laid_out(*tree) : answer) + '\n';
  };
  std::string text;
  if (every_event) {
    for (std::size_t at = 0; at < answers.size(); ++at) {
      text += fmt::format("\nevent {} of {}, as the function returned it:\n", at + 1, answers.size());
      for (const auto& record : Answers::records(answers[at])) text += replay::record_line(record, colour) + '\n';
      text += in_full(answers[at]);
    }
    return text;
  }
  std::vector<Json> records;
  for (const auto& answer : answers) {
    for (auto& record : Answers::records(answer)) records.push_back(std::move(record));
  }
  text = first_and_last_records(records, colour);
  text += fmt::format("\nthe last of {} events, as the function returned it:\n", answers.size());
  return text + in_full(answers.back());
}

std::string in_one_line(const replay::ReplaySummary& summary) {
  std::string text =
      fmt::format("{} records written, {} delivered, {} batches, {} invocations, {} errors, iterator age {} ms\n",
                  summary.records_written, summary.records_delivered, summary.batches, summary.invocations,
                  summary.errors, summary.iterator_age_milliseconds);
  if (summary.complete()) return text;
  if (summary.records_discarded > 0) text += fmt::format("{} records were given up\n", summary.records_discarded);
  if (!summary.drained) text += "still waiting: " + summary.stuck;
  if (summary.records_written != summary.records_expected) {
    text += fmt::format("the fixture declares {} changes\n", summary.records_expected);
  }
  return text + "NOT every change reached the function\n";
}

/// An item that a table of string, number and binary keys takes.
std::string example_item(const nlohmann::json& table) {
  Json item;
  for (const auto& key : table.at("KeySchema")) {
    const auto& name = key.at("AttributeName");
    for (const auto& definition : table.at("AttributeDefinitions")) {
      if (definition.at("AttributeName") != name) continue;
      const auto type = definition.at("AttributeType").get<std::string>();
      item[name.get<std::string>()] = {{type, type == "N" ? "1" : "eA=="}};
      if (type == "S") item[name.get<std::string>()] = {{type, "x"}};
    }
  }
  return json::print_tree(item);
}

std::string to_try_next(const UpOptions& options, const replay::Deployment& made, std::uint16_t port) {
  const auto endpoint = fmt::format("http://localhost:{}", port);
  const std::string first = options.stay
                                ? fmt::format("Serving at {} until Ctrl-C. Try in another shell:\n", endpoint)
                                : fmt::format("Try next: {} up --stay serves at {} until Ctrl-C. In another shell:\n",
                                              options.called_as, endpoint);
  return first +
         fmt::format(
             "  aws dynamodb put-item --endpoint-url {0} --table-name {1} \\\n    --item '{2}'\n"
             "  curl -X POST {0}/_millrace/drain\n",
             endpoint, made.table.at("TableName").get<std::string>(), example_item(made.table)) +
         (options.stay ? fmt::format("  curl {}/_millrace/status\n", endpoint) : std::string{});
}

}  // namespace

int up(const UpOptions& options) {
  // The default depends on where it is called.
  if (const auto problem = problem_with_readable_folder(options.fixture)) {
    throw std::runtime_error("--fixture: " + *problem);
  }
  const auto fixture = replay::Fixture::load(options.fixture);
  const auto colour = wanted_colour();
  const auto answers = std::make_shared<Answers>(colour);
  StopSignals signals;
  emulator::RunningEmulator running{options.emulator, observed_handlers(answers)};
  const StopOnSignal stop_on_signal{signals, [&running] { running.emulator().stop(); }};
  const std::uint16_t port = running.emulator().port();
  std::ostringstream progress;
  try {
    replay::ApiClient client{replay::Endpoint{"127.0.0.1", std::to_string(port)}};
    replay::ReplayOptions how;
    how.mapping_after_writes = true;
    const auto summary = replay::replay(client, fixture, how, progress);
    const auto made = replay::describe(client, fixture);
    say(what_was_made(made) + '\n' + events_on_screen(answers->all(), options.every_event, colour) + '\n' +
        in_one_line(summary));
    if (!summary.complete()) return 1;
    if (options.stay) answers->show_live();  // before anybody reads that it may be tried
    say(to_try_next(options, made,
                    options.stay || options.emulator.port != 0 ? port : emulator::EmulatorOptions{}.port));
  } catch (const std::runtime_error&) {
    // A signal has ended the server; the client only sees that nobody answers any more.
    if (running.emulator().is_stopping()) {
      say("stopped\n");
      return kInterruptedStatus;
    }
    throw;
  }
  if (options.stay) running.wait();
  return 0;
}

}  // namespace millrace::cli
