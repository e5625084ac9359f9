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
    void renew_loop()
    {
        loop_.reset();
        loop_.emplace();
    }

private:
    std::optional<VirtualLoop> loop_{std::in_place};
};

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
    most = std::max(most, buffered_bytes());
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

TEST_F(BufferBudget, CountsWhatIsWrittenAndNotSentYet)
{
    const auto main = []() -> Coroutine<> {
        Ends ends = co_await connect_ends();
        while (ends.client.get_write_buffer_size() < 32 * kib) {
            ends.client.write(std::string(16 * kib, 'x'));
            co_await sleep_ms(0);
        }
        EXPECT_EQ(buffered_bytes(), ends.client.get_write_buffer_size() - 4 * kib);
        while (ends.client.get_write_buffer_size() > 0) {
            const std::string part = co_await ends.server.read(4 * kib);
            EXPECT_FALSE(part.empty());
        }
        EXPECT_EQ(buffered_bytes(), 0U);
    };
    loop().run(main());
}

TEST_F(BufferBudget, ForgetsWhatNobodyCanReadAnyMore)
{
    const auto main = []() -> Coroutine<> {
        Ends ends = co_await connect_ends();
        const Task<std::string> read = create_task(ends.server.readexactly(large));
        ends.client.write(std::string(16 * kib, 'x'));
        co_await sleep_ms(1);
        EXPECT_GT(buffered_bytes(), 0U);
        ends.client.write(std::string(16 * kib, 'x'));  // It arrives with the receive in flight.
        ends.server.close();
        co_await sleep_ms(1);
        EXPECT_EQ(buffered_bytes(), 0U);
        const std::string end = co_await thrown_by(read);
        EXPECT_TRUE(starts_with(end, "OSError 9 ")) << end;
    };
    loop().run(main());
}

TEST_F(BufferBudget, WithoutOneEveryReadTakesAllItCan)
{
    EXPECT_EQ(buffer_budget(), 0U);
    EXPECT_GT(loop().run(read_eight()), 5 * large);
}

TEST_F(BufferBudget, HoldsBackReadsThatHaveAPart)
{
    set_buffer_budget(64 * kib);
    EXPECT_EQ(buffer_budget(), 64 * kib);
    // One goes on, and each of the others has what one or two receives brought.
    EXPECT_LT(loop().run(read_eight()), large + 8 * 32 * kib);
}

/// Many connections with a read that has only a part of what it wants, and gets no more.
class Silent {
public:
    Silent() = default;

    std::vector<Ends> ends;
    std::vector<Task<std::string>> reads;
};

Coroutine<Silent> hold_silently()
{
    Silent silent;
    for (int i = 0; i < 20; ++i) {
        silent.ends.push_back(co_await connect_ends());
        silent.reads.push_back(create_task(silent.ends.back().server.readexactly(large)));
        silent.ends.back().client.write(pattern(16 * kib));
    }
    co_await sleep_ms(1);
    EXPECT_GT(buffered_bytes(), buffer_budget());
    co_return silent;
}

Coroutine<std::int64_t> time_of_large_read()
{
    Ends ends = co_await connect_ends();
    std::size_t most = 0;
    const auto begin = Clock::now();
    const Task<> sender = create_task(send_slowly(ends.client, large));
    const Task<bool> reader = create_task(read_all(ends.server, large, most));
    const bool right = co_await wait_for(reader, 100);
    EXPECT_TRUE(right);
    const auto end = Clock::now();
    co_await sender;
    co_return std::chrono::duration_cast<std::chrono::milliseconds>(end - begin).count();
}

TEST_F(BufferBudget, ALargeReadAloneIsNotSlow)
{
    const auto main = []() -> Coroutine<> {
        set_buffer_budget(32 * kib);
        const std::int64_t time_ms = co_await time_of_large_read();
        EXPECT_LE(time_ms, 1);
    };
    loop().run(main());
}

TEST_F(BufferBudget, PeersThatStaySilentDoNotStopTheOthers)
{
    const auto main = []() -> Coroutine<> {
        set_buffer_budget(32 * kib);
        const Silent silent = co_await hold_silently();
        const std::int64_t time_ms = co_await time_of_large_read();
        EXPECT_LE(time_ms, 2'000);
        // Small messages do not wait at all.
        Ends ends = co_await connect_ends();
        ends.client.write("hello\n");
        const std::string line = co_await wait_for_ms(ends.server.readline(), 1);
        EXPECT_EQ(line, "hello\n");
        EXPECT_GT(buffered_bytes(), buffer_budget());
    };
    loop().run(main());
}

TEST_F(BufferBudget, WhoWaitsGoesOnWhenThereIsRoom)
{
    const auto main = []() -> Coroutine<> {
        set_buffer_budget(32 * kib);
        Silent silent = co_await hold_silently();
        for (const Ends& ends : silent.ends) {
            ends.client.write(pattern(large).substr(16 * kib));
        }
        co_await sleep_ms(1);
        const auto done = [](const Task<std::string>& task) { return task.done(); };
        EXPECT_LT(std::ranges::count_if(silent.reads, done), 3) << "one has its turn";
        set_buffer_budget(0);
        co_await sleep_ms(50);
        EXPECT_EQ(std::ranges::count_if(silent.reads, done), 20);
        for (const Task<std::string>& read : silent.reads) {
            const std::string got = co_await read;
            EXPECT_EQ(got, pattern(large));
        }
    };
    loop().run(main());
}

TEST_F(BufferBudget, ACancelledReadLeavesNoPauseBehind)
{
    const auto main = []() -> Coroutine<> {
        set_buffer_budget(32 * kib);
        Silent silent = co_await hold_silently();
        for (const Task<std::string>& read : silent.reads) {
            read.cancel();
        }
        co_await sleep_ms(0);
        EXPECT_GT(buffered_bytes(), buffer_budget()) << "what arrived is for the next read";
        for (const Ends& ends : silent.ends) {
            const std::string part = co_await ends.server.readexactly(16 * kib);
            EXPECT_EQ(part, pattern(16 * kib));
            ends.client.write("more\n");
            const std::string line = co_await wait_for_ms(ends.server.readline(), 1);
            EXPECT_EQ(line, "more\n");
        }
        EXPECT_EQ(buffered_bytes(), 0U);
    };
    loop().run(main());
}

TEST_F(BufferBudget, AReadThatIsHeldBackHearsOfTheClose)
{
    const auto main = []() -> Coroutine<> {
        set_buffer_budget(32 * kib);
        Silent silent = co_await hold_silently();
        for (const Ends& ends : silent.ends) {
            ends.server.close();
        }
        for (const Task<std::string>& read : silent.reads) {
            const std::string end = co_await thrown_by(wait_for_ms(read, 1));
            EXPECT_TRUE(starts_with(end, "OSError 9 ")) << end;
        }
        EXPECT_EQ(buffered_bytes(), 0U);
    };
    loop().run(main());
}

Coroutine<> hold_in(Silent* silent) { *silent = co_await hold_silently(); }

TEST_F(BufferBudget, ALoopThatEndsTakesItsPausesWithIt)
{
    set_buffer_budget(32 * kib);
    Silent silent;
    loop().run(hold_in(&silent));
    renew_loop();
    EXPECT_GT(buffered_bytes(), buffer_budget()) << "the streams outlive their loop";
    EXPECT_LE(loop().run(time_of_large_read()), 50) << "but they wait for nothing any more";
}

}  // namespace
}  // namespace asyncio::test
