// Waiting in an operation for what calls back.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

namespace millrace::rest {

template <class Answer>
struct CallbackOf {
  using Signature = void(Answer);
};
template <>
struct CallbackOf<void> {
  using Signature = void();
};

/// Lets a coroutine wait for a function that takes a callback: `start` is called with the callback, which may be copied
/// and called on any thread, once; the coroutine goes on where it was, with the answer.
///
/// Give `start` a name before: g++ 12 destroys the captures of a temporary inside a co_await twice.
template <class Answer, class Start>
boost::asio::awaitable<Answer> answered(Start start) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, typename CallbackOf<Answer>::Signature>(
      [start = std::move(start)](auto handler) mutable {
        auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
        std::move(start)([waiting](auto... answer) {
          const auto executor = boost::asio::get_associated_executor(*waiting);
          boost::asio::post(executor, [waiting, ... answer = std::move(answer)]() mutable {
            // Out of what is shared: whoever keeps the callback does not keep the coroutine.
            auto resume = std::move(*waiting);
            std::move(resume)(std::move(answer)...);
          });
        });
      },
      boost::asio::use_awaitable);
}

}  // namespace millrace::rest
