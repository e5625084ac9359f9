#include "support/streams.hpp"

#include <asyncio/buffer_budget.hpp>
#include <asyncio/testing.hpp>

#include <algorithm>
#include <cstddef>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

// What all streams of a process hold together, and how they are slowed down when it is too much.

namespace asyncio::test {
namespace {

constexpr std::size_t kib = 1024;

class BufferBudget : public ::testing::Test {
protected:
    ~BufferBudget() override
    {
        set_buffer_budget(0);
        loop_.reset();
        EXPECT_EQ(buffered_bytes(), 0U);
    }

    VirtualLoop& loop() { return *loop_; }

private:
    std::optional<VirtualLoop> loop_{std::in_place};
};

std::string pattern(std::size_t size)
{
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        text[i] = static_cast<char>('a' + i % 23);
    }
    return text;
}

Coroutine<> send_slowly(Stream stream, std::size_t size)
{
    const std::string text = pattern(size);
    for (std::size_t i = 0; i < size; i += 2 * kib) {
        stream.write(std::string_view{text}.substr(i, 2 * kib));
        co_await stream.drain();
    }
}

Coroutine<bool> read_all(Stream stream, std::size_t size, std::size_t& most)
{
    const std::string got = co_await stream.readexactly(static_cast<std::int64_t>(size));
    most = std::max(most, buffered_bytes() + size);
    co_return got == pattern(size);
}

Coroutine<> watch_most(std::size_t& most)
{
    for (;;) {
        most = std::max(most, buffered_bytes());
        co_await sleep_ms(1);
    }
}

constexpr std::size_t large = 256 * kib;

/// Eight connections, each with a large message for one read. Gives the most that was held.
Coroutine<std::size_t> read_eight()
{
    std::size_t most = 0;
    std::vector<Ends> ends;
    std::vector<Task<>> senders;
    std::vector<Task<bool>> readers;
    for (int i = 0; i < 8; ++i) {
        ends.push_back(co_await connect_ends());
        senders.push_back(create_task(send_slowly(ends.back().client, large)));
        readers.push_back(create_task(read_all(ends.back().server, large, most)));
    }
    const Task<> watch = create_task(watch_most(most));
    const std::vector<bool> right = co_await gather(std::move(readers));
    EXPECT_EQ(std::ranges::count(right, true), 8);
    watch.cancel();
    co_await gather(std::move(senders));
    co_return most;
}

TEST_F(BufferBudget, CountsWhatIsReceivedAndNotReadYet)
{
    const auto main = []() -> Coroutine<> {
        Ends ends = co_await connect_ends();
        const Task<std::string> read = create_task(ends.server.readexactly(20 * kib));
        ends.client.write(std::string(10 * kib, 'x'));
        co_await sleep_ms(1);
        EXPECT_EQ(buffered_bytes(), 6 * kib) << "without the first 4 KiB";
        ends.client.write(std::string(15 * kib, 'x'));
        const std::string got = co_await read;
        EXPECT_EQ(got.size(), 20 * kib);
        EXPECT_LE(buffered_bytes(), 1 * kib);
        const std::string rest = co_await ends.server.readexactly(5 * kib);
        EXPECT_EQ(rest.size(), 5 * kib);
        EXPECT_EQ(buffered_bytes(), 0U);
    };
    loop().run(main());
}

TEST_F(BufferBudget, WithoutOneEveryReadTakesAllItCan)
{
    EXPECT_EQ(buffer_budget(), 0U);
    EXPECT_GT(loop().run(read_eight()), 7 * large);
}

TEST_F(BufferBudget, HoldsBackReadsThatHaveAPart)
{
    set_buffer_budget(64 * kib);
    EXPECT_EQ(buffer_budget(), 64 * kib);
    // One goes on, and each of the others has what one or two receives brought.
    EXPECT_LT(loop().run(read_eight()), large + 8 * 32 * kib);
}

Coroutine<> hold_silently(std::vector<Ends>& silent, std::vector<Task<std::string>>& tasks)
{
    for (int i = 0; i < 10; ++i) {
        silent.push_back(co_await connect_ends());
        tasks.push_back(create_task(silent.back().server.readexactly(large)));
        silent.back().client.write(std::string(16 * kib, 'x'));  // And never the rest.
    }
    co_await sleep_ms(1);
}

TEST_F(BufferBudget, PeersThatStaySilentDoNotStopTheOthers)
{
    const auto main = []() -> Coroutine<> {
        set_buffer_budget(32 * kib);
        std::vector<Ends> silent;
        std::vector<Task<std::string>> tasks;
        co_await hold_silently(silent, tasks);
        EXPECT_GT(buffered_bytes(), buffer_budget());
        std::size_t most = 0;
        Ends ends = co_await connect_ends();
        const Task<> sender = create_task(send_slowly(ends.client, large));
        const Task<bool> reader = create_task(read_all(ends.server, large, most));
        const bool right = co_await wait_for(reader, 2);
        EXPECT_TRUE(right);
        co_await sender;
        // Small messages do not wait at all.
        ends.client.write("hello\n");
        const std::string line = co_await wait_for_ms(ends.server.readline(), 1);
        EXPECT_EQ(line, "hello\n");
    };
    loop().run(main());
}

TEST_F(BufferBudget, WhatIsHeldBackGoesOnWhenTheOthersHaveLeft)
{
    const auto main = []() -> Coroutine<> {
        set_buffer_budget(32 * kib);
        std::vector<Ends> silent;
        std::vector<Task<std::string>> tasks;
        co_await hold_silently(silent, tasks);
        for (const Task<std::string>& task : tasks) {
            task.cancel();
        }
        co_await sleep_ms(0);
        // A cancelled read leaves what arrived to the next one.
        EXPECT_GT(buffered_bytes(), buffer_budget());
        for (const Ends& one : silent) {
            const std::string part = co_await one.server.readexactly(16 * kib);
            EXPECT_EQ(part.size(), 16 * kib);
        }
        EXPECT_EQ(buffered_bytes(), 0U);
    };
    loop().run(main());
}

TEST_F(BufferBudget, MakesDrainWaitSooner)
{
    const auto main = []() -> Coroutine<> {
        Ends ends = co_await connect_ends();
        std::string text(16 * kib, 'x');
        while (ends.client.get_write_buffer_size() < 32 * kib) {
            ends.client.write(text);
            co_await sleep_ms(0);
        }
        co_await wait_for_ms(ends.client.drain(), 1);
        set_buffer_budget(8 * kib);
        const std::string end = co_await thrown_by(wait_for_ms(ends.client.drain(), 1));
        EXPECT_EQ(end, "TimeoutError");
        const Task<> drained = create_task(ends.client.drain());
        while (!drained.done()) {
            (void)co_await ends.server.read(16 * kib);
        }
        EXPECT_LE(ends.client.get_write_buffer_size(), Stream::low_water);
        ends.client.close();
    };
    loop().run(main());
}

TEST_F(BufferBudget, ALoopThatEndsLetsItsStreamsGo)
{
    const auto main = []() -> Coroutine<> {
        set_buffer_budget(16 * kib);
        std::vector<Ends> silent;
        std::vector<Task<std::string>> tasks;
        co_await hold_silently(silent, tasks);
        for (const Ends& one : silent) {
            one.client.write(std::string(16 * kib, 'x'));
        }
        co_await sleep_ms(5);
    };
    loop().run(main());
}

}  // namespace
}  // namespace asyncio::test
