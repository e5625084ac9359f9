// The load generator of the bench: one thread, a closed loop, every byte that an echo
// brings back is checked. Prints one object of JSON.

#include "modes.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/resource.h>

namespace {

[[noreturn]] void usage()
{
    std::fputs(
        "usage: load echo|connect|idle|tls_handshake|tls_stream|tls_idle PORT [NAME=VALUE...]\n"
        "  pid=N          the server, whose CPU time is reported\n"
        "  connections=N  bytes=N  in_flight=N  warm_up=SECONDS  measured=SECONDS\n",
        stderr);
    std::exit(2);
}

load::Options parse(int argc, char** argv)
{
    if (argc < 3) {
        usage();
    }
    load::Options options;
    options.mode = argv[1];
    options.port = std::atoi(argv[2]);
    for (int i = 3; i < argc; ++i) {
        const std::string argument = argv[i];
        const std::size_t equals = argument.find('=');
        const std::string name = argument.substr(0, equals);
        const double value =
            equals == std::string::npos ? 0 : std::atof(argument.c_str() + equals + 1);
        if (name == "pid") {
            options.server_pid = static_cast<int>(value);
        } else if (name == "connections" && value >= 1) {
            options.connections = static_cast<unsigned>(value);
        } else if (name == "bytes" && value >= 1) {
            options.message_bytes = static_cast<unsigned>(value);
        } else if (name == "in_flight" && value >= 1) {
            options.in_flight = static_cast<unsigned>(value);
        } else if (name == "warm_up") {
            options.warm_up_s = value;
        } else if (name == "measured") {
            options.measured_s = value;
        } else {
            usage();
        }
    }
    return options;
}

void raise_descriptor_limit()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

}  // namespace

int main(int argc, char** argv)
{
    const load::Options options = parse(argc, argv);
    raise_descriptor_limit();
    if (options.mode == "echo") {
        load::run_echo(options);
    } else if (options.mode == "connect") {
        load::run_connect(options);
    } else if (options.mode == "idle") {
        load::run_idle(options);
    } else if (options.mode == "tls_handshake") {
        load::run_tls_handshake(options);
    } else if (options.mode == "tls_stream") {
        load::run_tls_stream(options);
    } else if (options.mode == "tls_idle") {
        load::run_tls_idle(options);
    } else {
        usage();
    }
}
