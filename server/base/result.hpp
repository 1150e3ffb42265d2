// Errors by value. Result<T> is T or an ApiError; StorageResult<T> is T or a StorageError.
//
// Three classes of failure, one channel each: the caller's fault is an ApiError, the world's fault a StorageError,
// our own bug an exception (caught once, in the dispatcher, and answered as InternalServerError).
#pragma once

#include <boost/system/result.hpp>
#include <utility>

#include "server/base/api_error.hpp"
#include "server/base/storage_error.hpp"

namespace millrace::base {

template <class T>
using Result = boost::system::result<T, ApiError>;

template <class T>
using StorageResult = boost::system::result<T, StorageError>;

// boost::system::result asks for these by ADL when value() is called on an error. Reaching one is a bug of ours:
// production code asks has_error() or uses TRY_ASSIGN.
[[noreturn]] void throw_exception_from_error(const ApiError& error, const boost::source_location& where);
[[noreturn]] void throw_exception_from_error(const StorageError& error, const boost::source_location& where);

}  // namespace millrace::base

namespace millrace {
using base::Result;
using base::StorageResult;
}  // namespace millrace

#define MILLRACE_JOIN_AGAIN(left, right) left##right
#define MILLRACE_JOIN(left, right) MILLRACE_JOIN_AGAIN(left, right)
#define MILLRACE_TRY_ASSIGN(holder, declaration, ...)                                       \
  auto holder = (__VA_ARGS__);                                                              \
  if (holder.has_error()) return ::millrace::base::to_api_error(std::move(holder).error()); \
  declaration = *std::move(holder)

/// `TRY_ASSIGN(const auto x, f());` declares x from f()'s value, or returns f()'s error as an ApiError.
#define TRY_ASSIGN(declaration, ...) MILLRACE_TRY_ASSIGN(MILLRACE_JOIN(try_result_, __LINE__), declaration, __VA_ARGS__)

/// `TRY(f());` goes on when f() succeeded, or returns its error as an ApiError.
#define TRY(...)                                                            \
  do {                                                                      \
    if (auto try_result = (__VA_ARGS__); try_result.has_error())            \
      return ::millrace::base::to_api_error(std::move(try_result).error()); \
  } while (false)
