// A directory stands for all buckets: <directory>/<bucket>/<key>, an object is a file. People look into it, and put
// files there, with what they have.
//
// No name leads out of it: keys of which a part is empty, `.` or `..`, or longer than a file's name may be, and names
// with a NUL are refused (kUnusableName), and symbolic links are not followed, whoever made them. So a key may also not
// be a directory of another one (`a` beside `a/b`), as S3 would let it.
#pragma once

#include <filesystem>

#include "server/engine/work_pool.hpp"
#include "server/objects/object_store.hpp"

namespace millrace::objects {

class DirectoryStore final : public ObjectStore {
 public:
  /// The directory is made with the first object. `pool` does the work with files and outlives the store; when too much
  /// waits there, calls end with kUnavailable.
  DirectoryStore(std::filesystem::path directory, engine::WorkPool& pool)
      : directory_{std::move(directory)}, pool_{pool} {}

  /// Makes a bucket that is not there. The file appears under its name when it is complete.
  boost::asio::awaitable<ObjectResult<void>> put(std::string bucket, std::string key, std::string bytes) override;
  boost::asio::awaitable<ObjectResult<std::string>> get(std::string bucket, std::string key, std::uint64_t offset,
                                                        std::size_t at_most) override;
  /// Files whose names no key can have are not listed, nor are links and what lies behind them. Costs a look at each
  /// file of the directories that the prefix leaves.
  boost::asio::awaitable<ObjectResult<ObjectPage>> list(std::string bucket, std::string prefix,
                                                        std::string after) override;

 private:
  const std::filesystem::path directory_;
  engine::WorkPool& pool_;
};

}  // namespace millrace::objects
