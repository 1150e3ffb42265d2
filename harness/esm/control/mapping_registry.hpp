// All event source mappings of the database, in memory, each mirrored in a document: the control plane behind the REST
// routes. It validates, stores, finds and lists; it runs nothing (live_mappings.hpp) and speaks no HTTP
// (mapping_operations.hpp). A mapping is of the account and region of its stream and its function; to callers of
// another one it does not exist.
//
// Threads: as Storage, which it writes to: only inside a storage::GroupCommit entry (a write entry for create, update
// and remove). Transactions: changes are written in the caller's transaction; when that is committed, call confirm(),
// when it fails to, load().
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/esm/control/mapping.hpp"
#include "harness/esm/control/mapping_request.hpp"
#include "harness/esm/source/stream_source.hpp"
#include "harness/lambda/catalog/function_catalog.hpp"
#include "server/base/random.hpp"
#include "server/model/caller.hpp"

namespace millrace::esm {

/// Numbers the changes of all mappings; 0 is none.
using ChangeId = std::uint64_t;

struct Mapping {
  MappingDefinition definition;
  MappingState state{MappingState::kEnabled};

  /// The last change, until confirm(): its transaction may still be lost, so nothing may be started or told because of
  /// it.
  struct Unconfirmed {
    ChangeId change;
    std::optional<MappingDefinition> before;  ///< nothing when the mapping is new
  };
  std::optional<Unconfirmed> unconfirmed{};

  /// What the mapping says of its state for a while although it has reached the lasting one, when statuses are delayed.
  struct Transition {
    MappingState state{};
    TimePoint until{};
  };
  std::optional<Transition> transition{};

  /// What Get and List tell.
  [[nodiscard]] MappingState shown_state(TimePoint now) const {
    return transition && now < transition->until ? transition->state : state;
  }

  /// The mapping as far as it is committed, or nothing.
  [[nodiscard]] std::optional<Mapping> confirmed() const;
};

/// What AWS decides for an account, and how long things take there.
struct MappingRules {
  static constexpr std::size_t kMostFilters = 10;
  std::size_t filters{5};  ///< of a mapping, at most kMostFilters: a quota that AWS raises on request
  /// For how long a change shows Creating, Enabling and so on, and refuses others, in emulated time; what it asks for
  /// happens at once. Zero: until the mapping has reached its lasting state. A restart ends it.
  Duration transient_statuses{};
};

struct MappingPage {
  std::vector<const Mapping*> mappings;  ///< ordered by UUID
  std::string next_marker{};             ///< empty on the last page
};

class MappingRegistry {
 public:
  /// All references outlive the registry.
  MappingRegistry(storage::Storage& storage, StreamSource& streams, const lambda::FunctionCatalog& functions,
                  const Clock& clock, Random& random, MappingRules rules = {});

  /// Reads every mapping from the database: once at the start, and again after a transaction with changes was lost.
  /// Errors: kCorrupt when a document makes no sense.
  StorageResult<void> load();

  /// Makes a mapping in state Creating. For LATEST the end of every shard becomes its checkpoint in the same
  /// transaction, so no record written after the answer is missed (reference, 3.5). Errors: those of reference, 3.6.
  Result<const Mapping*> create(const model::Caller& caller, const CreateRequest& request);

  /// Changes the members the request names, state Enabling, Disabling or Updating. Errors: as create(),
  /// ResourceNotFoundException, ResourceInUseException while a transition lasts.
  Result<const Mapping*> update(const model::Caller& caller, const UpdateRequest& request);

  /// Erases the mapping and its checkpoints from the database. It stays here in state Deleting until forget().
  /// Errors: ResourceNotFoundException, ResourceInUseException while a transition lasts.
  Result<const Mapping*> remove(const model::Caller& caller, std::string_view uuid);

  /// Replaces the tags of a mapping that there is, whatever state it is in.
  StorageResult<void> set_tags(std::string_view uuid, std::map<std::string, std::string> tags);

  /// The mapping, whosever it is, or null.
  [[nodiscard]] const Mapping* find(std::string_view uuid) const;
  /// Errors: ResourceNotFoundException.
  [[nodiscard]] Result<const Mapping*> require(const model::Caller& caller, std::string_view uuid) const;
  /// Errors: none of its own; a filter that matches nothing gives an empty page.
  [[nodiscard]] MappingPage list(const model::Caller& caller, const ListQuery& query) const;
  [[nodiscard]] const std::map<std::string, Mapping, std::less<>>& all() const { return mappings_; }

  /// The change is committed. One that was lost, or is not the mapping's last, is ignored.
  void confirm(std::string_view uuid, ChangeId change);
  /// Ends a transition: Creating, Enabling, Disabling and Updating become Enabled or Disabled. Called by the live
  /// mapping when it has done what the state asks for. Unknown or deleted mappings are left alone.
  void settle(std::string_view uuid);
  /// Drops a mapping in state Deleting, unless it has to show that for a while. Called by the live mapping when nothing
  /// of it runs any more.
  void forget(std::string_view uuid);

 private:
  /// The function that a request for a mapping names. Errors: those of FunctionResolver; Function does not exist.
  Result<lambda::FunctionReference> find_function(const model::Caller& caller, const FunctionName& function) const;
  /// What the two requests have in common after everything that AWS checks about source and function.
  Result<void> check_refusals(const MappingChanges& changes) const;
  Result<void> check_no_conflict(const MappingDefinition& mapping) const;
  Result<Mapping*> require_settled(const model::Caller& caller, std::string_view uuid, std::string_view verb);
  /// Enters a state that the change at hand leads through.
  void begin_transition(Mapping& mapping, MappingState state);
  /// A deleted mapping that has shown that for long enough.
  [[nodiscard]] bool is_gone(const Mapping& mapping) const;
  StorageResult<void> store(const MappingDefinition& mapping);
  StorageResult<void> fix_latest_positions(const MappingDefinition& mapping);
  StorageResult<void> erase_checkpoints(std::string_view uuid);

  storage::Storage& storage_;
  StreamSource& streams_;
  const lambda::FunctionCatalog& functions_;
  const Clock& clock_;
  Random& random_;
  const MappingRules rules_;
  std::map<std::string, Mapping, std::less<>> mappings_;
  ChangeId changes_{0};
};

}  // namespace millrace::esm
