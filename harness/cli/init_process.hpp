// What the first process of a container owes to the others. The kernel gives it no default signal actions and makes it
// the parent of every orphan, so Millrace starts itself a second time and lets the first process do only this.
#pragma once

#include <optional>

namespace millrace::cli {

/// Forks. In the child: returns empty, and the program goes on there. In the parent: passes every signal on to the
/// child, reaps whatever becomes a zombie, and returns the child's exit status (128 + N when signal N ended it) once it
/// has ended. Call it before any thread is started. Throws std::runtime_error when there can be no child.
std::optional<int> supervise_child();

}  // namespace millrace::cli
