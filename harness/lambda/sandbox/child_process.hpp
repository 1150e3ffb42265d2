// A process that Millrace starts: its life, its output, its end. Linux: pidfd, process groups, parent-death signal.
//
// Of the I/O thread, which the notifications come on too.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/result.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/lambda/invocation/failure_documents.hpp"

namespace millrace::lambda {

struct ProcessSpec {
  std::filesystem::path executable;
  std::filesystem::path working_directory;
  std::vector<std::string> environment;  ///< `NAME=value`; nothing is inherited
  std::vector<std::string> arguments{};  ///< those after the executable's name
};

class ChildProcess {
 public:
  enum class Notice : std::uint8_t {
    kOutput,  ///< call read_output(), then watch_output()
    kExit,    ///< call reap(); it may be a false alarm
  };

  /// Starts the executable in a process group of its own, standard output and error into one pipe, input from
  /// /dev/null. `notify` is called for output and for the end. Errors: that of execve or of what stands before
  /// it, such as no_such_file_or_directory.
  static boost::system::result<std::unique_ptr<ChildProcess>> start(boost::asio::io_context& io,
                                                                    const ProcessSpec& spec,
                                                                    std::function<void(Notice)> notify);

  /// Kills the process and its group, and waits for it, unless reap() was called before. No notification comes later,
  /// except one that is on its way.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] int id() const { return pid_; }

  /// Gives what has been written so far to `sink`; never waits.
  void read_output(const std::function<void(std::string_view)>& sink);
  /// Asks for the next kOutput.
  void watch_output();
  /// Sends SIGKILL to the whole group.
  void kill();
  /// After kExit: how it ended, and what is left of its group is killed. Nothing when the process is still there: Asio
  /// may report a descriptor as ready for what became of an earlier one with its number. Then call watch_exit().
  std::optional<ProcessExit> reap();
  /// Asks for kExit again.
  void watch_exit();

 private:
  ChildProcess(boost::asio::io_context& io, int pid, int pidfd, int output, std::function<void(Notice)> notify);

  int pid_;
  bool reaped_{false};
  std::shared_ptr<std::function<void(Notice)>> notify_;
  boost::asio::posix::stream_descriptor exit_;
  boost::asio::posix::stream_descriptor output_;
};

}  // namespace millrace::lambda
