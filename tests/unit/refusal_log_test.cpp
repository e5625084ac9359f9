// What is logged of clients that are refused, on the virtual clock.

#include "boardd/refusal_log.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace {

using boardd::LogLevel;
using boardd::RefusalLog;
using namespace std::chrono_literals;

std::vector<std::string> logged;  // What went to the log, but for level debug.

void note_line(LogLevel level, std::string_view line)
{
    if (level != LogLevel::debug) {
        EXPECT_EQ(level, LogLevel::warning);
        logged.emplace_back(line);
    }
}

void add_many(RefusalLog& log, int count)
{
    for (int i = 0; i < count; ++i) {
        log.add("refused");
    }
}

TEST(RefusalLog, LogsEachClientWhileThereAreFew)
{
    logged.clear();
    asyncio::VirtualLoop loop;
    RefusalLog log{note_line};
    log.add("no certificate");
    log.add("no place");
    EXPECT_EQ(logged, (std::vector<std::string>{"no certificate", "no place"}));
    loop.advance(1h);
    EXPECT_EQ(logged.size(), 2U);
}

TEST(RefusalLog, CountsThoseThatWouldFillTheLogAndSaysSoOnceAMinute)
{
    logged.clear();
    asyncio::VirtualLoop loop;
    RefusalLog log{note_line};
    add_many(log, 1000);
    EXPECT_EQ(logged, std::vector<std::string>(RefusalLog::most, "refused"));
    logged.clear();
    loop.advance(59'999ms);
    add_many(log, 5);
    EXPECT_TRUE(logged.empty());
    loop.advance(1ms);
    EXPECT_EQ(logged, std::vector<std::string>{"refused 985 more clients in 60 s; the level "
                                               "\"debug\" names them"});
}

TEST(RefusalLog, CutsWhatIsTooLong)
{
    logged.clear();
    asyncio::VirtualLoop loop;
    RefusalLog log{note_line};
    log.add(std::string(400, 'x'));
    log.add(std::string(100'000, 'x'));
    EXPECT_EQ(logged,
              (std::vector<std::string>{std::string(400, 'x'), std::string(397, 'x') + "..."}));
}

TEST(RefusalLog, BeginsAnewAfterAMinute)
{
    logged.clear();
    asyncio::VirtualLoop loop;
    RefusalLog log{note_line};
    add_many(log, 20);
    loop.advance(60s);
    EXPECT_EQ(logged.size(), 20U);  // There is nothing more to say about them.
    add_many(log, 20);
    EXPECT_EQ(logged.size(), 40U);
    loop.advance(60s);
    EXPECT_EQ(logged.size(), 40U);
}

}  // namespace
