#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/sleep.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace asyncio::test {

/// What happened, in order: what a scheduler is about.
using Trace = std::vector<std::string>;

/// Says its name when it is destroyed.
class Farewell {
public:
    Farewell(Trace& trace, std::string name) : trace_{&trace}, name_{std::move(name)} {}
    Farewell(Farewell&& other) noexcept
        : trace_{std::exchange(other.trace_, nullptr)}, name_{std::move(other.name_)}
    {
    }
    Farewell& operator=(Farewell&&) = delete;
    ~Farewell()
    {
        if (trace_ != nullptr) {
            trace_->push_back("~" + name_);
        }
    }

private:
    Trace* trace_;
    std::string name_;
};

/// Notes "name 0", "name 1" ... with one turn of the loop after each.
inline Coroutine<> step(Trace& trace, std::string name, int steps)
{
    for (int i = 0; i < steps; ++i) {
        trace.push_back(name + " " + std::to_string(i));
        co_await sleep_ms(0);
    }
}

/// Sleeps, then notes its name.
inline Coroutine<> note_after(Trace& trace, std::string name, std::int64_t ms)
{
    co_await sleep_ms(ms);
    trace.push_back(name);
}

}  // namespace asyncio::test
