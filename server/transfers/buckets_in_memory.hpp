// Buckets in memory, and the carrying out of a transfer with them, step by step. For tests; not part of the product.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "server/storage/group_commit.hpp"
#include "server/transfers/mover.hpp"

namespace millrace::transfers {

struct BucketsInMemory {
  /// What lies in a bucket, by key; a bucket is made by what is put into it.
  std::map<std::string, std::map<std::string, std::string>> buckets;
  /// Pages are as short as tests need.
  std::size_t page{2};

  StoreAnswer fulfil(Wish wish) {
    if (auto* const work = std::get_if<Compute>(&wish)) {
      work->work();
    } else if (auto* const put = std::get_if<PutObject>(&wish)) {
      buckets[put->bucket][put->key] = std::move(put->bytes);
    } else if (const auto* const get = std::get_if<GetObject>(&wish)) {
      const auto bucket = buckets.find(get->bucket);
      if (bucket == buckets.end() || !bucket->second.contains(get->key)) return StoreFailure{"S3NoSuchKey", get->key};
      const std::string& bytes = bucket->second.at(get->key);
      return bytes.substr(std::min<std::size_t>(get->offset, bytes.size()), get->at_most);
    } else if (const auto* const list = std::get_if<ListObjects>(&wish)) {
      const auto bucket = buckets.find(list->bucket);
      if (bucket == buckets.end()) return StoreFailure{"S3NoSuchBucket", "The specified bucket does not exist"};
      FoundObjects found;
      for (auto at = bucket->second.upper_bound(list->after); at != bucket->second.end() && found.size() < page; ++at) {
        if (at->first.starts_with(list->prefix)) found.push_back({at->first, at->second.size()});
      }
      return found;
    }
    return {};
  }

  /// Steps until the transfer is over, or `most_steps` of them; returns whether it is over.
  bool carry_out(storage::GroupCommit& gate, Mover& mover, std::size_t most_steps = SIZE_MAX) {
    StoreAnswer answer;
    for (std::size_t step = 0; step < most_steps; ++step) {
      StorageResult<Wish> wish{Again{}};
      {
        const auto entry = gate.enter(mover.access(answer));
        wish = mover.step(storage::Budget{}, std::move(answer), entry.ticket());
      }
      if (gate.flush().outcome.has_error() || wish.has_error()) throw std::runtime_error("a step was lost");
      if (std::holds_alternative<Over>(*wish)) return true;
      answer = fulfil(*std::move(wish));
    }
    return false;
  }
};

}  // namespace millrace::transfers
