// Buckets of objects, as S3 is to DynamoDB: where exports go and imports come from. Whoever moves tables knows this
// interface only; a directory (directory_store.hpp) or a server that speaks S3 may be behind it.
//
// Everything is awaited, nothing is held: an object is read in portions of the caller's size and written whole, so the
// caller says how much memory it takes. Threads: called on one executor; a call under way must not outlive the store.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace millrace::objects {

enum class ObjectErrorKind : std::uint8_t {
  kNoSuchBucket,
  kNoSuchKey,
  kAccessDenied,  ///< whoever keeps the objects does not let us
  kUnusableName,  ///< of a bucket or key: the store cannot hold such an object
  kFailed,        ///< anything else; trying again will not help
  kUnavailable,   ///< too busy, or not reached: worth trying again
};

/// Why a store did not do what it was asked.
struct [[nodiscard]] ObjectError {
  ObjectErrorKind kind{};
  std::string detail{};  ///< one line for people, without a full stop: which object, and what failed
};

// boost::system::result asks for it when value() is called on an error, which is a bug of ours.
[[noreturn]] void throw_exception_from_error(const ObjectError& error, const boost::source_location& where);

template <class T>
using ObjectResult = boost::system::result<T, ObjectError>;

struct ListedObject {
  std::string key;
  std::uint64_t size{0};
  friend bool operator==(const ListedObject&, const ListedObject&) = default;
};

/// Consecutive objects in the order of their keys' bytes. Empty: nothing follows.
using ObjectPage = std::vector<ListedObject>;

class ObjectStore {
 public:
  ObjectStore() = default;
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;
  virtual ~ObjectStore() = default;

  /// Makes or replaces the object, as one: nobody reads a part of it. A store may make the bucket, or fail with
  /// kNoSuchBucket. The caller keeps `bytes` small enough for its own memory.
  virtual boost::asio::awaitable<ObjectResult<void>> put(std::string bucket, std::string key, std::string bytes) = 0;

  /// The bytes of the object from `offset` on: `at_most` of them, fewer (none, too) only where it ends. Reading an
  /// object that is replaced meanwhile may give parts of both.
  virtual boost::asio::awaitable<ObjectResult<std::string>> get(std::string bucket, std::string key,
                                                                std::uint64_t offset, std::size_t at_most) = 0;

  /// The objects whose keys begin with `prefix` and come behind `after` (empty: all of them): a page of at most
  /// kMostListed. Errors: kNoSuchBucket.
  virtual boost::asio::awaitable<ObjectResult<ObjectPage>> list(std::string bucket, std::string prefix,
                                                                std::string after) = 0;
  static constexpr std::size_t kMostListed = 1000;
};

}  // namespace millrace::objects
