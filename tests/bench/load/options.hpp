#pragma once

#include <string>

namespace load {

/// What to do, from the command line; see usage() in main.cpp.
class Options {
public:
    Options() = default;

    std::string mode = "echo";
    int port = 0;
    int server_pid = 0;
    unsigned connections = 50;
    unsigned message_bytes = 64;
    unsigned in_flight = 1;  ///< Messages of one connection that were sent and have not come back.
    double warm_up_s = 0.3;
    double measured_s = 1.0;
};

}  // namespace load
