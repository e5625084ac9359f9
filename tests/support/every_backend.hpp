#pragma once

#include "support/operations.hpp"
#include "support/trace.hpp"

#include <asyncio/testing.hpp>

#include <cstdint>
#include <gtest/gtest.h>
#include <optional>
#include <string>

namespace asyncio::test {

using Scenario = Coroutine<> (*)(Trace&);

inline constexpr std::uint64_t seeds = 8;

/// Runs the scenario on every backend, each time on a fresh loop that is closed at the end. Where
/// io_uring is refused the test is skipped at its end; one ring of several must not be refused.
inline void expect_trace_everywhere(Scenario scenario, const Trace& expected)
{
    const auto backends = {TestedBackend{"deferred ring", 256},
                           TestedBackend{"cooperative ring", 64, UringSetup::cooperative},
                           TestedBackend{"plain ring of 2", 2, UringSetup::plain},
                           TestedBackend{"ring without buffers", 64, UringSetup::deferred, false},
                           TestedBackend{"epoll"}};
    int rings = 0;
    std::string refused;
    for (const TestedBackend& tested : backends) {
        SCOPED_TRACE(tested.name);
        Trace trace;
        std::optional<SmallLoop> loop;
        try {
            loop.emplace(tested);
        } catch (const OSError& error) {
            ASSERT_TRUE(tested.is_uring()) << error.what();
            refused = std::string{tested.name} + ": " + error.what();
            continue;
        }
        rings += tested.is_uring() ? 1 : 0;
        get_event_loop().run_until_complete(scenario(trace));
        loop.reset();
        EXPECT_EQ(trace, expected);
    }
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        SCOPED_TRACE("simulated, seed " + std::to_string(seed));
        Trace trace;
        {
            VirtualLoop loop{seed};
            loop.run(scenario(trace));
        }
        EXPECT_EQ(trace, expected);
    }
    if (!refused.empty()) {
        ASSERT_EQ(rings, 0) << "only some rings can be had; not " << refused;
        GTEST_SKIP() << "not seen on " << refused;
    }
}

}  // namespace asyncio::test
