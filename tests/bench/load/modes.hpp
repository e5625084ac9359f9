#pragma once

#include "options.hpp"

namespace load {

/// Each connection keeps so many messages in flight; also the stream, whose messages are large.
void run_echo(const Options& options);
/// Each connection connects, sends one message, gets it back and closes; then the next.
void run_connect(const Options& options);
/// Opens the connections, sends one message over each, and keeps them until standard input ends.
void run_idle(const Options& options);

}  // namespace load
