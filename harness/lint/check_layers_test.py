#!/usr/bin/env python3
"""check_layers.py finds what it looks for, and lets through what it must."""

import unittest

from check_layers import problems_with_time


class Time(unittest.TestCase):
    def check(self, line, name="harness/esm/live_mappings.cpp"):
        return problems_with_time(name, "/".join(name.split("/")[:2]), line)

    def test_finds_every_way_to_read_a_clock(self):
        for line in ("auto now = std::chrono::system_clock::now();", "steady_clock::now()", "utc_clock::now()",
                     "const auto t = std::time(nullptr);", "::time(&seconds);", "clock_gettime(CLOCK_REALTIME, &spec);",
                     "gettimeofday(&value, nullptr);", "microsec_clock::universal_time()"):
            self.assertEqual(self.check(line), ["reads a clock; take an EmulatedTime, as a Clock, or a RealTime"], line)

    def test_finds_every_way_to_wait(self):
        for line in ("timer.expires_after(1s);", "stream.expires_at(when);", "changed.wait_for(lock, 1s);",
                     "std::this_thread::sleep_for(1s);", "this_thread::sleep_until(when);", "future.wait_until(when);",
                     "mutex.try_lock_for(1s);", "::poll(fds, 1, 100);", "select(n, &set, 0, 0, &tv);", "usleep(10);",
                     "::nanosleep(&spec, nullptr);", "asio::steady_timer timer{io};", "#include <boost/asio/system_timer.hpp>",
                     "io.run_for(1s);",
                     "setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);", "timerfd_settime(fd, 0, &spec, nullptr);",
                     "sem_timedwait(&semaphore, &spec);"):
            self.assertEqual(self.check(line), ["waits by itself; take a timer of an EmulatedTime or a RealTime"], line)

    def test_lets_times_and_their_timers_through(self):
        for line in ("time.schedule(time.now() + kPause, [] {});", "const auto now = services.emulated_time.now();",
                     "Ticket committed = co_await engine.committed(ticket);", "// wait_for(1s) would be wrong here",
                     "const int status = wait_for_end(pid);", "io.poll();", "asio::select(buffers);", "pool.run(work);",
                     "void schedule(TimePoint when, std::function<void()> callback);", "if (!poll_again(run)) return;", "time::TimerId deadline_timer{0};"):
            self.assertEqual(self.check(line), [], line)

    def test_permits_what_is_listed(self):
        self.assertEqual(self.check("timer_.expires_after(wait);", "server/engine/asio_alarm.cpp"), [])
        self.assertEqual(self.check("std::chrono::system_clock::now()", "server/time/machine_clock.cpp"), [])
        self.assertEqual(len(self.check("std::chrono::system_clock::now()", "server/time/adjustable_time.cpp")), 1)
        self.assertEqual(self.check("timer.expires_after(1s);", "harness/replay/api_client.cpp"), [])


if __name__ == "__main__":
    unittest.main()
