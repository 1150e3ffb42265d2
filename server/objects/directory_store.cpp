#include "server/objects/directory_store.hpp"

#include <functional>
#include <optional>
#include <utility>

#include "server/objects/files.hpp"

namespace millrace::objects {
namespace {

namespace asio = boost::asio;

template <class Outcome>
asio::awaitable<Outcome> on_pool(engine::WorkPool& pool, std::function<Outcome()> work) {
  std::optional<Outcome> outcome;
  std::function<void()> fill = [&outcome, &work] { outcome.emplace(work()); };
  auto running = pool.run(std::move(fill));
  const bool was_run = co_await std::move(running);
  if (!was_run) co_return ObjectError{ObjectErrorKind::kUnavailable, "too much work with files waits already"};
  co_return *std::move(outcome);
}

}  // namespace

asio::awaitable<ObjectResult<void>> DirectoryStore::put(std::string bucket, std::string key, std::string bytes) {
  std::function<ObjectResult<void>()> work = [&] { return files::put(directory_, bucket, key, bytes); };
  auto doing = on_pool(pool_, std::move(work));
  co_return co_await std::move(doing);
}

asio::awaitable<ObjectResult<std::string>> DirectoryStore::get(std::string bucket, std::string key,
                                                               std::uint64_t offset, std::size_t at_most) {
  std::function<ObjectResult<std::string>()> work = [&] {
    return files::get(directory_, bucket, key, offset, at_most);
  };
  auto doing = on_pool(pool_, std::move(work));
  co_return co_await std::move(doing);
}

asio::awaitable<ObjectResult<ObjectPage>> DirectoryStore::list(std::string bucket, std::string prefix,
                                                               std::string after) {
  std::function<ObjectResult<ObjectPage>()> work = [&] { return files::list(directory_, bucket, prefix, after); };
  auto doing = on_pool(pool_, std::move(work));
  co_return co_await std::move(doing);
}

}  // namespace millrace::objects
