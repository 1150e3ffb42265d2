// A bootstrap: the echo handler as a Lambda custom runtime.
#include "handler/echo_handler.hpp"
#include "handler/runtime.hpp"

int main() {
  namespace handler = millrace::handler;
  return handler::run_bootstrap([]() -> handler::HandlerResult<handler::Function> { return handler::echo_function(); });
}
