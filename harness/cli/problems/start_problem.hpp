// Why an emulator could not be made, for people: with the flags of the command line that cure it.
#pragma once

#include <exception>
#include <string>

namespace millrace::cli {

/// A sentence for what the constructor of emulator::Emulator has thrown; what() of anything else.
std::string start_problem(const std::exception& error);

}  // namespace millrace::cli
