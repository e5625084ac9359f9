#pragma once

#include <chrono>
#include <string>
#include <vector>

/// Stands in for libgpiod 1.6 in the test program: one chip with eight lines that keeps a record
/// of what it is asked for, and obeys the kernel's rules about requests.
class GpiodFake {
public:
    /// Forgets everything. Requires: all chips are closed.
    static void reset();

    /// What was asked, in order: "request 3 output=1 bias-up open-drain", "configure 3 input",
    /// "set 3 0", "release 3", "read 3" is not in it.
    static std::vector<std::string> take_calls();

    /// The next call of this name ("open", "request", "configure", "get", "set", "events") fails.
    static void fail(const std::string& call, int error);

    /// Another process takes the line, or lets it go.
    static void occupy(unsigned line, const std::string& consumer);
    static void vacate(unsigned line);

    /// The level that an input reads.
    static void put(unsigned line, int level);
    /// An edge is seen by the kernel at that time.
    static void edge(unsigned line, bool rising, std::chrono::nanoseconds at);
    /// Makes it an output, as somebody before us may have done.
    static void make_output(unsigned line, int level);
    static void name(unsigned line, const std::string& name);

    static int open_chips();
    static int requested_lines();
};
