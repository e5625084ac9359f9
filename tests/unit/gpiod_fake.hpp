#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

/// Stands in for libgpiod in the test program: one chip with eight lines that keeps a record
/// of what it is asked for, and obeys the kernel's rules about requests. There is one for 1.6 and
/// one for 2; the test program has the one whose headers are installed.
class GpiodFake {
public:
    /// Forgets everything. Requires: all chips are closed.
    static void reset();

    /// "1.6.fake" or "2.2.fake".
    static std::string version();

    /// What was asked, in order: "request 3 output=1 bias-up open-drain", "configure 3 input",
    /// "set 3 0", "release 3", "read 3" is not in it.
    static std::vector<std::string> take_calls();

    /// The next calls of this name ("open", "request", "configure", "get", "set", "events") fail.
    static void fail(const std::string& call, int error, int times = 1);

    static void reset_failures();
    /// Is called at each of them; empty: nothing is.
    static void at_failure(std::function<void()> function);

    /// Another process takes the line, or lets it go.
    static void occupy(unsigned line, const std::string& consumer);
    static void vacate(unsigned line);

    /// The level that an input reads.
    static void put(unsigned line, int level);
    /// An edge is seen by the kernel at that time.
    static void edge(unsigned line, bool rising, std::chrono::nanoseconds at);
    /// The same, while the next "configure" is on its way. For libgpiod 2 alone.
    static void edge_meanwhile(unsigned line, bool rising, std::chrono::nanoseconds at);
    /// So many edges find no room in the kernel's buffer.
    static void drop_edges(unsigned line, unsigned count);
    /// Makes it an output, as somebody before us may have done.
    static void make_output(unsigned line, int level);
    static void make_input(unsigned line);
    static void name(unsigned line, const std::string& name);
    /// What the chip calls itself; else "fake-pinctrl".
    static void label(const std::string& label);

    /// Chips that are open and, with libgpiod 2, what else nobody has freed.
    static int open_chips();
    static int requested_lines();

    // For the two of them.

    static void record(const std::string& call);
    /// Sets errno and gives true if this call is to fail.
    static bool fails(const std::string& call);

private:
    /// Makes the chip anew.
    static void reset_chip();
};
