#pragma once

#include <machine/line.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace machine::detail {

/// A line requested through libgpiod.
class GpiodRequest {
public:
    GpiodRequest() = default;
    GpiodRequest(const GpiodRequest&) = delete;
    GpiodRequest& operator=(const GpiodRequest&) = delete;
    /// Lets the line go.
    virtual ~GpiodRequest();

    /// Sets the line up; an output stays requested on the way to another output. An input
    /// with `edges` reports them at event_descriptor(), which may be another one afterwards; one
    /// that is debounced may do so without them.
    /// In mode as_is nothing is changed, but a line that a failed change has lost is had again.
    /// Throws OSError. Requires: a value if it is an output.
    virtual void configure(const LineConfig& config, bool edges) = 0;

    /// Does it see to LineConfig::debounce? Else it leaves that to others.
    [[nodiscard]] virtual bool debounces() const noexcept = 0;

    [[nodiscard]] virtual bool get() = 0;
    virtual void set(bool value) = 0;

    /// Readable while edges are there, those of an earlier time too. -1: there can be none now.
    [[nodiscard]] virtual int event_descriptor() = 0;
    /// Fetches some edges that are there, at least one, without waiting; gives their number.
    /// Their sequence is what the kernel counts in this request, with 32 bits, or always 0 if it
    /// does not count.
    /// Requires: event_descriptor() is readable.
    [[nodiscard]] virtual std::size_t read_edges(std::span<Edge> edges) = 0;
};

/// A chip opened through libgpiod. It outlives its requests.
class GpiodChip {
public:
    GpiodChip() = default;
    GpiodChip(const GpiodChip&) = delete;
    GpiodChip& operator=(const GpiodChip&) = delete;
    virtual ~GpiodChip();

    [[nodiscard]] virtual std::string label() const = 0;
    [[nodiscard]] virtual unsigned lines() const = 0;

    /// Fills in all but the address. Requires: there is such a line.
    virtual void describe(unsigned offset, LineInfo& info) = 0;
    /// In mode as_is nothing is changed. Throws OSError. Requires: there is such a line; bias
    /// as_is in mode as_is; a value for an output.
    [[nodiscard]] virtual std::unique_ptr<GpiodRequest> request(unsigned offset,
                                                                const LineConfig& config,
                                                                const std::string& consumer) = 0;
};

/// Throws OSError for errno: "cannot <act> <where>". `where`: "line 17 of '/dev/gpiochip0'".
[[noreturn]] void fail_to(const char* act, const std::string& where);

// The next two and the classes behind them are all that depends on the version of libgpiod: one
// file for each version implements them.

/// Throws OSError: "cannot open '/dev/gpiochip0': Permission denied".
[[nodiscard]] std::unique_ptr<GpiodChip> open_gpiod_chip(const std::string& path);
/// "1.6.3"
[[nodiscard]] std::string gpiod_version();

}  // namespace machine::detail
