#pragma once

#include "options.hpp"

namespace load {

/// Each connection keeps so many messages in flight; also the stream, whose messages are large.
void run_echo(const Options& options);
/// Each connection connects, sends one message, gets it back and closes; then the next.
void run_connect(const Options& options);
/// Opens the connections, sends one message over each, and keeps them until standard input ends.
void run_idle(const Options& options);

/// Each connection shakes hands, gets one short answer and closes; then the next.
void run_tls_handshake(const Options& options);
/// Each connection reads long answers; a message is so many bytes of them.
void run_tls_stream(const Options& options);
/// Like run_idle().
void run_tls_idle(const Options& options);

}  // namespace load
