// Routes that wait. Part of this folder.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <memory>
#include <utility>

namespace millrace::admin {

/// What has not come to pass in the time that the request gives it.
inline constexpr std::uint16_t kGatewayTimeout = 504;

/// Lets a coroutine wait for a function that takes a callback: `start` is called with the callback, which may be called
/// on any thread, once; the coroutine goes on where it was.
template <class Answer, class Start>
boost::asio::awaitable<Answer> answered(Start start) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Answer)>(
      [start = std::move(start)](auto handler) {
        auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
        start([waiting](Answer answer) {
          boost::asio::post(
              boost::asio::get_associated_executor(*waiting),
              [waiting, answer = std::move(answer)]() mutable { std::move (*waiting)(std::move(answer)); });
        });
      },
      boost::asio::use_awaitable);
}

}  // namespace millrace::admin
