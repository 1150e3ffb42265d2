#include "harness/emulator/emulator.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "harness/admin/admin_operations.hpp"
#include "harness/destinations/failure_destinations.hpp"
#include "harness/destinations/kinesis_delivery.hpp"
#include "harness/emulator/addresses.hpp"
#include "harness/emulator/places.hpp"
#include "harness/emulator/start_error.hpp"
#include "harness/esm/control/mapping_registry.hpp"
#include "harness/esm/live_mappings.hpp"
#include "harness/esm/mapping_operations.hpp"
#include "harness/esm/source/catalog_source.hpp"
#include "harness/lambda/catalog/function_catalog.hpp"
#include "harness/lambda/control/document_names.hpp"
#include "harness/lambda/control/function_flag.hpp"
#include "harness/lambda/function_operations.hpp"
#include "harness/lambda/live_functions.hpp"
#include "harness/lambda/runtime_api/runtime_api.hpp"
#include "server/backups/backups.hpp"
#include "server/base/temporary_directory.hpp"
#include "server/catalog/document_names.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/engine/engine.hpp"
#include "server/engine/work_pool.hpp"
#include "server/expression/syntax/expression_cache.hpp"
#include "server/http/routing/health.hpp"
#include "server/http/routing/routed_conversation.hpp"
#include "server/http/server.hpp"
#include "server/jobs/expiry_sweep.hpp"
#include "server/jobs/history_sweep.hpp"
#include "server/jobs/index_backfill.hpp"
#include "server/jobs/reclaim_job.hpp"
#include "server/jobs/replication_job.hpp"
#include "server/jobs/restore_job.hpp"
#include "server/jobs/retention_sweep.hpp"
#include "server/jobs/settling_job.hpp"
#include "server/jobs/shard_rollover.hpp"
#include "server/objects/transfer_driver.hpp"
#include "server/partiql/syntax/statement_cache.hpp"
#include "server/streams/stream_catalog.hpp"
#include "server/streams/stream_writer.hpp"

namespace millrace::emulator {
namespace {

constexpr std::chrono::minutes kTrimInterval{10};

http::WebGuard make_guard(const EmulatorOptions& options) {
  std::vector<std::string> hosts = options.allowed_hosts;
  hosts.push_back(options.host);
  if (!options.runtime_api_host.empty()) hosts.push_back(options.runtime_api_host);
  // The name that other machines, or containers beside this one, may know it by.
  boost::system::error_code error;
  hosts.push_back(boost::asio::ip::host_name(error));
  return http::WebGuard{std::move(hosts), http::CorsOrigins::parse(options.cors)};
}

void require(const StorageResult<void>& done, std::string_view what) {
  if (done.has_error()) throw std::runtime_error(fmt::format("{}: {}", what, done.error().detail));
}

/// The host that functions started by Millrace reach it at. Not by a name: some try ::1 first, some never.
std::string host_for_functions(const std::string& host) {
  return host == "localhost" ? "127.0.0.1" : reachable_host(host);
}

/// Removes what servers that were killed have left in the temporary directory.
void remove_leftovers() {
  std::error_code problem;
  const auto root = std::filesystem::temp_directory_path(problem);
  if (problem) return;
  const int removed = base::remove_abandoned_directories(root);
  if (removed > 0) {
    spdlog::info("removed {} directories in {} that an earlier run had left behind", removed, root.string());
  }
}

/// Not before requests are served: nobody waits for it. When much else waits, the next start does it.
boost::asio::awaitable<void> remove_leftovers_on(engine::WorkPool& pool) {
  std::function<void()> work = remove_leftovers;
  auto removing = pool.run(std::move(work));
  static_cast<void>(co_await std::move(removing));
}

}  // namespace

struct Emulator::Parts {
  Parts(const EmulatorOptions& emulator_options, handler::HandlerCatalog in_process);

  void load();
  void tell_of_tables_elsewhere() const;
  void listen();
  void add_routes();
  void schedule_trim();
  void trim();
  void shut_down();
  void leave();

  EmulatorOptions options;
  model::Worlds worlds{{options.region, options.account_id}, options.shared_db};
  Random random{options.seed ? *options.seed : base::nondeterministic_seed()};
  FaultPlan fault_plan;  // none before run(): what is opened and loaded is not struck
  std::unique_ptr<storage::Storage> storage{open_storage(options, fault_plan)};
  engine::Engine engine{*storage, options.clock};
  EmulatedTime& emulated_time{engine.emulated_time()};
  RealTime& real_time{engine.real_time()};
  jobs::ReclaimJob reclaim_job{*storage};

  // The data plane.
  streams::StreamCatalog stream_catalog{*storage, random};
  jobs::RetentionSweep retention_sweep{*storage, stream_catalog};
  jobs::ShardRollover shard_rollover{engine.gate(), stream_catalog, emulated_time, options.shard_rollover};
  streams::StreamWriter stream_writer{engine.gate(), random};
  catalog::TableCatalog tables{*storage, stream_catalog};
  jobs::IndexBackfill backfill_job{*storage, tables};
  expression::ExpressionCache expressions;
  partiql::StatementCache statements;
  plan::Transactions transactions{*storage};
  plan::EarliestExpiry earliest_expiry;
  vectors::VectorCache vectors;
  plan::Replicating replicating{tables};
  backups::Backups backups{*storage, tables};
  plan::Contributors contributors;
  plan::ThroughputLimits throughput_limits{emulated_time};
  jobs::RestoreJob restore_job{{*storage, tables, backups.row_keeping, emulated_time}};
  jobs::HistorySweep history_sweep{{tables, backups.catalog, backups.row_keeping, backups.time_marks}};
  jobs::SettlingJob settling_job{{*storage, tables, backups.row_keeping, vectors}, emulated_time};
  jobs::ReplicationJob replication_job{{*storage, tables, stream_catalog, stream_writer, emulated_time, earliest_expiry,
                                        backups.time_marks, vectors, replicating}};
  jobs::ExpirySweep expiry_sweep{
      {*storage, tables, stream_writer, emulated_time, earliest_expiry, backups.time_marks, vectors, replicating},
      std::chrono::seconds{options.time_to_live_delay_seconds}};
  transfers::Transfers transfers{{*storage, tables, stream_writer, expressions, transactions, earliest_expiry,
                                  replicating, backups, vectors, contributors, emulated_time}};
  api::Services services{.gate = engine.gate(),
                         .tables = tables,
                         .streams = stream_catalog,
                         .stream_writer = stream_writer,
                         .expressions = expressions,
                         .statements = statements,
                         .transactions = transactions,
                         .earliest_expiry = earliest_expiry,
                         .replicating = replicating,
                         .backups = backups,
                         .transfers = transfers,
                         .vectors = vectors,
                         .contributors = contributors,
                         .throughput_limits = options.throttling ? &throughput_limits : nullptr,
                         .clock = emulated_time,
                         .random = random,
                         .faults = Faults{fault_plan},
                         .options = {.worlds = worlds,
                                     .shards_per_stream = options.shards_per_stream,
                                     .transient_statuses = std::chrono::seconds{options.transient_status_seconds},
                                     .throttling = options.throttling}};

  // What moves tables from and to buckets.
  engine::WorkPool transfer_pool;
  Buckets buckets{open_buckets(options, engine, transfer_pool)};
  objects::TransferDriver transfer_driver{engine, transfers, *buckets.store, transfer_pool};

  // Functions and what calls them.
  handler::HandlerCatalog handlers;
  lambda::FunctionCatalog function_catalog{*storage, worlds.home};
  std::unique_ptr<lambda::LiveFunctions> functions;
  engine::WorkPool work_pool;  // its work may refer to the functions
  esm::CatalogSource stream_source{*storage, stream_catalog, Faults{fault_plan}};
  esm::MappingRegistry mappings{
      *storage,
      stream_source,
      function_catalog,
      emulated_time,
      random,
      esm::MappingRules{.filters = options.filters_per_mapping,
                        .transient_statuses = std::chrono::seconds{options.transient_status_seconds}}};
  esm::DeadLetterBox dead_letters{*storage};
  destinations::FailureDestinations failure_destinations{
      engine, {.queues = options.sqs_endpoint, .topics = options.sns_endpoint, .buckets = *buckets.store}};
  std::unique_ptr<esm::LiveMappings> live_mappings;
  std::optional<destinations::KinesisDelivery> kinesis_delivery;  // none: records stay in their logs
  std::unique_ptr<lambda::RuntimeApiListener> runtime_api;

  // What is listened on.
  http::Router router;
  std::optional<http::SignatureVerifier> verifier;  // none: any signature is accepted
  std::unique_ptr<http::DynamoDispatcher> dispatcher;
  std::unique_ptr<http::Server> server;
  std::atomic<bool> ready{false};
  std::atomic<bool> shutting_down{false};
};

Emulator::Parts::Parts(const EmulatorOptions& emulator_options, handler::HandlerCatalog in_process)
    : options{emulator_options}, handlers{std::move(in_process)} {
  load();
  listen();
}

void Emulator::Parts::load() {
  require(catalog::name_table_documents_by_arn(*storage), "cannot read the tables");
  require(lambda::name_function_documents_by_arn(*storage, worlds.home), "cannot read the functions");
  {
    const auto entry = engine.gate().enter(storage::Access::kRead);
    require(stream_catalog.load(), "cannot read the streams");
    require(tables.load(), "cannot read the tables");
    require(transactions.tokens.load(), "cannot read the tokens of transactions");
    require(backups.load(), "cannot read the backups");
    require(transfers.load(), "cannot read the exports and imports");
    require(function_catalog.load(), "cannot read the functions");
    require(mappings.load(), "cannot read the event source mappings");
    require(dead_letters.load(), "cannot read the dead letters");
    tell_of_tables_elsewhere();
  }
  engine.drive(reclaim_job);
  engine.drive(backfill_job);
  engine.drive(replication_job);
  engine.drive(retention_sweep);
  engine.drive(shard_rollover);
  engine.drive(expiry_sweep);
  engine.drive(restore_job);
  engine.drive(history_sweep);
  engine.drive(settling_job);
  engine.on_lost([this] {
    earliest_expiry.forget();
    vectors.forget_all();
    replicating.forget();
    for (const auto& reloaded : {stream_catalog.load(), tables.load(), transactions.tokens.load(), backups.load(),
                                 transfers.load(), function_catalog.load(), mappings.load(), dead_letters.load()}) {
      if (reloaded.has_error()) spdlog::critical("cannot reload after a lost commit: {}", reloaded.error().detail);
    }
  });
}

/// Whoever looks for them with another region than they were made with finds an empty list.
void Emulator::Parts::tell_of_tables_elsewhere() const {
  const std::size_t count = tables.count_elsewhere(worlds.caller_at_home());
  if (count == 0) return;
  spdlog::info("the database holds {} tables that are not of region {}, account {}: {}", count, worlds.home.region,
               worlds.home.id,
               worlds.shared ? "with --shared-db they are not served"
                             : "requests that are signed for their region and account see them");
}

void Emulator::Parts::listen() {
  if (!options.access_keys.empty()) verifier.emplace(options.access_keys, real_time);
  dispatcher = std::make_unique<http::DynamoDispatcher>(
      services, http::DispatchOptions{.authorization = options.no_authorization ? http::Authorization::kOptional
                                                                                : http::Authorization::kRequired,
                                      .verifier = verifier ? &*verifier : nullptr});
  http::ServerOptions server_options;
  server_options.host = options.host;
  server_options.port = options.port;
  const http::WebGuard guard = make_guard(options);
  server_options.guard = guard;
  const auto budget = std::make_shared<http::ByteBudget>();
  server_options.budget = budget;
  server_options.request_id_seed = random.next();
  server =
      std::make_unique<http::Server>(http::ServerParts{engine.io(), real_time, http::routed(router, engine),
                                                       http::DynamoService{*dispatcher, engine}, Faults{fault_plan}},
                                     server_options);
  if (const auto error = server->listen()) {
    throw ListenError(Listener::kDynamoDb, options.host, options.port, error);
  }
  const std::string endpoint = fmt::format("{}:{}", host_for_functions(options.host), server->bound_port());
  services.options.endpoint = endpoint;

  const std::string& runtime_host = options.runtime_api_host.empty() ? options.host : options.runtime_api_host;
  functions = std::make_unique<lambda::LiveFunctions>(
      function_catalog,
      lambda::LambdaServices{engine.io(),
                             engine.gate(),
                             emulated_time,
                             real_time,
                             random,
                             Faults{fault_plan},
                             handlers,
                             {.worlds = worlds,
                              .endpoint_url = "http://" + endpoint,
                              .access_keys = options.access_keys,
                              .runtime_api_host = runtime_host,
                              .runtime_api = {.guard = guard, .budget = budget}},
                             [this](std::function<void()> work) { return work_pool.run(std::move(work)); },
                             [this](std::function<void()> work) { return engine.aside(std::move(work)); }},
      open_code_store(options));
  functions->start();
  engine.on_stored([this] { functions->committed(); });
  const std::uint16_t runtime_port = options.runtime_api_port.value_or(default_runtime_api_port(options.port));
  auto runtime_listener =
      lambda::RuntimeApiListener::open(lambda::runtime_api_parts(functions->services()), runtime_host, runtime_port,
                                       functions->external_functions().directory());
  if (runtime_listener.has_error()) {
    throw ListenError(Listener::kRuntimeApi, runtime_host, runtime_port, runtime_listener.error());
  }
  runtime_api = *std::move(runtime_listener);
  functions->external_functions().listening_at(fmt::format("{}:{}", reachable_host(runtime_host), runtime_api->port()));

  for (const auto& flag : options.functions) {
    auto definition = lambda::parse_function_flag(flag);
    if (definition.has_error()) throw FunctionError(flag, definition.error().message);
    definition->account = worlds.home;
    if (auto put = functions->put(*std::move(definition)); put.has_error()) {
      throw FunctionError(flag, put.error().message);
    }
  }

  live_mappings =
      std::make_unique<esm::LiveMappings>(engine, mappings, dead_letters, stream_source, *functions, random,
                                          Faults{fault_plan}, esm::LiveMappingOptions{}, &failure_destinations);
  if (options.kinesis_endpoint) kinesis_delivery.emplace(engine, stream_catalog, *options.kinesis_endpoint);
  // A mapping that waits to retry a function that was gone need not wait any longer.
  functions->on_callable([this](const lambda::FunctionKey& function) { live_mappings->function_changed(function); });
  add_routes();
}

void Emulator::Parts::add_routes() {
  http::add_health_routes(
      router, [this] { return ready.load(); }, [this] { return engine.storage_trouble(); });
  lambda::CommitWaiter committed = [this](storage::Ticket ticket) { return engine.committed(ticket); };
  rest::add_operations(router, lambda::function_operations(),
                       lambda::FunctionServices{function_catalog, *functions, std::move(committed)}, worlds);
  rest::add_operations(router, esm::mapping_operations(),
                       esm::MappingServices{engine, mappings, *live_mappings, function_catalog}, worlds);
  rest::add_operations(router, admin::admin_operations(),
                       admin::AdminServices{*live_mappings, engine.emulated_time(), real_time, fault_plan, engine,
                                            replication_job, stream_catalog, tables, contributors,
                                            *functions->services().metrics, dead_letters, mappings},
                       worlds);
}

void Emulator::Parts::schedule_trim() {
  emulated_time.schedule(emulated_time.now() + kTrimInterval, [this] {
    trim();
    schedule_trim();
  });
}

void Emulator::Parts::trim() {
  const TimePoint now = emulated_time.now();
  {
    const auto entry = engine.gate().enter(storage::Access::kRead);
    retention_sweep.begin(now);
    history_sweep.begin(now);
  }
  live_mappings->trim_dead_letters();
  engine.wake_jobs();
}

void Emulator::Parts::shut_down() {
  if (shutting_down.exchange(true)) return;
  ready = false;
  spdlog::info("shutting down");
  const auto grace = std::chrono::seconds{options.shutdown_grace_seconds};
  real_time.schedule(real_time.now() + grace, [this] {
    spdlog::warn("not waiting any longer for functions that still run: their batches will be delivered again");
    leave();
  });
  server->shutdown(grace, [this] {
    live_mappings->stop([this] { leave(); });
    functions->end_waiting();
  });
}

void Emulator::Parts::leave() {
  if (kinesis_delivery) kinesis_delivery->stop();
  runtime_api.reset();
  engine.stop();
}

Emulator::Emulator(const EmulatorOptions& options, handler::HandlerCatalog handlers)
    : parts_{std::make_unique<Parts>(options, std::move(handlers))} {}
Emulator::~Emulator() = default;

std::uint16_t Emulator::port() const { return parts_->server->bound_port(); }
std::uint16_t Emulator::runtime_api_port() const { return parts_->runtime_api->port(); }

void Emulator::run() {
  if (parts_->options.faults) parts_->fault_plan.replace(*parts_->options.faults);
  parts_->live_mappings->start();
  if (parts_->kinesis_delivery) parts_->kinesis_delivery->wake();
  parts_->transfer_driver.start();
  spdlog::info("buckets, for exports and imports, are {}", parts_->buckets.place);
  parts_->schedule_trim();
  boost::asio::co_spawn(parts_->engine.io(), remove_leftovers_on(parts_->work_pool), boost::asio::detached);
  parts_->ready = true;
  parts_->engine.run();
}

bool Emulator::is_stopping() const { return parts_->shutting_down; }

void Emulator::stop() {
  boost::asio::post(parts_->engine.io(), [this] { parts_->shut_down(); });
}

}  // namespace millrace::emulator
