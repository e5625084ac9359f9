// Rows 134 to 167 and 191 to 193: streams.

#include "conformance/connected.hpp"
#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace conformance {
namespace {

using asyncio::Stream;

constexpr std::size_t much = 1024 * 1024;

/// The errno of what an operation throws; 0 if it does not.
template <typename A>
asyncio::Coroutine<int> error_of(A operation)
{
    int error = 0;
    try {
        (void)co_await std::move(operation);
    } catch (const asyncio::OSError& failure) {
        error = failure.code().value();
    }
    co_return error;
}

int error_of_write(const Stream& stream)
{
    try {
        stream.write("x");
    } catch (const asyncio::OSError& failure) {
        return failure.code().value();
    }
    return 0;
}

asyncio::Coroutine<> write_and_drain(Stream stream, std::string bytes)
{
    stream.write(bytes);
    co_await stream.drain();
}

asyncio::Coroutine<std::string> read_all(Stream stream) { co_return co_await stream.read(); }

asyncio::Coroutine<> one_class_for_both()
{
    static_assert(std::is_same_v<asyncio::StreamReader, asyncio::StreamWriter>);
    static_assert(std::is_class_v<asyncio::Stream> && std::is_class_v<asyncio::Server>);
    const asyncio::Server server = co_await asyncio::start_server(nullptr, "127.0.0.1", 0);
    const auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", server.port());
    EXPECT_EQ(reader, writer);
}

asyncio::Coroutine<int> a_free_port()
{
    const asyncio::Server server = co_await asyncio::start_server(nullptr, "127.0.0.1", 0);
    co_return server.port();
}

asyncio::Coroutine<int> connect_error(std::string host, int port)
{
    int error = 0;
    try {
        co_await asyncio::open_connection(host, port);
    } catch (const asyncio::OSError& failure) {
        error = failure.code().value();
    }
    co_return error;
}

asyncio::Coroutine<> connects_to_a_closed_port()
{
    const int port = co_await a_free_port();
    const int error = co_await connect_error("127.0.0.1", port);
    EXPECT_EQ(error, ECONNREFUSED);
}

asyncio::Coroutine<> tries_every_address()
{
    asyncio::Server server = co_await asyncio::start_server(nullptr, "127.0.0.1", 0);
    const int port = server.port();  // Nobody listens at ::1, the first address of localhost.
    const auto [reader, writer] = co_await asyncio::open_connection("localhost", port);
    EXPECT_EQ(reader.get_extra_info("peername"), "127.0.0.1:" + text(port));
}

asyncio::Coroutine<> counts(int* turns)
{
    for (;;) {
        ++*turns;
        co_await asyncio::sleep_ms(0);
    }
}

asyncio::Coroutine<> resolves_off_the_loop()
{
    int turns = 0;
    const asyncio::Task<> other = asyncio::create_task(counts(&turns));
    bool failed = false;
    try {
        co_await asyncio::open_connection("no-such-host.invalid", 80);
    } catch (const asyncio::OSError&) {
        failed = true;
    }
    EXPECT_TRUE(failed);
    EXPECT_GT(turns, 5);
    other.cancel();
}

asyncio::Coroutine<> gives_up_connecting()
{
    const std::size_t descriptors = virtual_loop()->open_descriptors();
    const std::size_t operations = virtual_loop()->operations();
    bool timed_out = false;
    try {
        co_await asyncio::wait_for(asyncio::open_connection("192.0.2.1", 80), 5);
    } catch (const asyncio::TimeoutError&) {
        timed_out = true;
    }
    EXPECT_TRUE(timed_out);
    co_await yield(3);
    EXPECT_EQ(virtual_loop()->open_descriptors(), descriptors);
    EXPECT_EQ(virtual_loop()->operations(), operations);
}

asyncio::Coroutine<> reads_what_there_is()
{
    const auto [near, far] = co_await connected_streams();
    far.write("abc");
    far.close();
    std::string all;
    for (;;) {
        const std::string some = co_await near.read(2);
        if (some.empty()) {
            break;
        }
        EXPECT_LE(some.size(), 2U);
        all += some;
    }
    EXPECT_EQ(all, "abc");
    const std::string again = co_await near.read(2);
    EXPECT_EQ(again, "");
    const std::string nothing = co_await near.read();
    EXPECT_EQ(nothing, "");
    EXPECT_TRUE(near.at_eof());
}

asyncio::Coroutine<> asks_for_nothing()
{
    const auto [near, far] = co_await connected_streams();
    const std::string nothing = co_await near.read(0);
    const std::string nothing_exactly = co_await near.readexactly(0);
    EXPECT_EQ(nothing + nothing_exactly, "");
    bool refused = false;
    try {
        co_await near.readexactly(-1);
    } catch (const std::invalid_argument&) {
        refused = true;
    }
    EXPECT_TRUE(refused);
}

asyncio::Coroutine<> partial_data()
{
    const auto [near, far] = co_await connected_streams();
    far.write("abcd");
    far.close();
    std::string partial;
    try {
        co_await near.readexactly(6);
    } catch (const asyncio::EOFError& error) {
        partial = error.partial;
    }
    EXPECT_EQ(partial, "abcd");
}

asyncio::Coroutine<> reads_lines()
{
    const auto [near, far] = co_await connected_streams();
    far.write("one\ntwo");
    far.close();
    const std::string one = co_await near.readline();
    const std::string two = co_await near.readline();
    const std::string end = co_await near.readline();
    EXPECT_EQ(one, "one\n");
    EXPECT_EQ(two, "two");
    EXPECT_EQ(end, "");
}

asyncio::Coroutine<> long_lines()
{
    const auto [near, far] = co_await connected_streams();
    far.write(std::string(100'000, 'x') + "\nnext\n");
    std::size_t found = 0;
    try {
        const std::string line = co_await near.readline();
        found = line.size();
    } catch (const asyncio::LimitOverrunError&) {
    }
    EXPECT_EQ(found, 0U);
    near.set_limit(200'000);  // Nothing was lost.
    const std::string line = co_await near.readline();
    const std::string next = co_await near.readline();
    EXPECT_EQ(line.size(), 100'001U);
    EXPECT_EQ(next, "next\n");
}

asyncio::Coroutine<> ten_lines_in_few_receives()
{
    const auto [near, far] = co_await connected_streams();
    for (int i = 0; i < 10; ++i) {
        far.write(std::string(64, 'x') + "\n");
    }
    co_await asyncio::sleep_ms(1);
    virtual_loop()->fail("receive", ECONNRESET, 30);  // One per byte would be 650.
    for (int i = 0; i < 10; ++i) {
        const std::string line = co_await near.readline();
        EXPECT_EQ(line.size(), 65U);
    }
}

asyncio::Coroutine<> keeps_what_a_timeout_has_read()
{
    const auto [near, far] = co_await connected_streams();
    far.write("abcd");
    bool timed_out = false;
    try {
        co_await asyncio::wait_for_ms(near.readexactly(6), 20);
    } catch (const asyncio::TimeoutError&) {
        timed_out = true;
    }
    EXPECT_TRUE(timed_out);
    far.write("ef");
    const std::string all = co_await near.readexactly(6);
    EXPECT_EQ(all, "abcdef");
}

asyncio::Coroutine<> reads_into_a_buffer()
{
    const auto [near, far] = co_await connected_streams();
    far.write("abc");
    far.close();
    std::array<char, 8> buffer{};
    std::size_t total = 0;
    for (;;) {
        const std::size_t count =
            co_await near.readinto(std::as_writable_bytes(std::span{buffer}.subspan(total)));
        if (count == 0) {
            break;
        }
        total += count;
    }
    EXPECT_EQ(std::string(buffer.data(), total), "abc");
}

asyncio::Coroutine<> writes_without_drain()
{
    const auto [near, far] = co_await connected_streams();
    near.write("a string, ");
    const std::array<std::byte, 1> bytes{std::byte{'b'}};
    near.write(bytes);
    const std::string received = co_await far.readexactly(11);
    EXPECT_EQ(received, "a string, b");
}

asyncio::Coroutine<> drains(Stream stream, Trace* trace)
{
    trace->add("drain");
    co_await stream.drain();
    trace->add("drained");
}

asyncio::Coroutine<> says(Trace* trace, std::string what)
{
    trace->add(what);
    co_return;
}

asyncio::Coroutine<> drain_yields(Trace* trace)
{
    const auto [near, far] = co_await connected_streams();
    const asyncio::Task<> draining = asyncio::create_task(drains(near, trace));
    asyncio::create_task(says(trace, "other"));
    co_await draining;
}

asyncio::Coroutine<> drain_is_cancelled()
{
    const auto [near, far] = co_await connected_streams();
    near.write(std::string(much, 'x'));
    bool timed_out = false;
    try {
        co_await asyncio::wait_for_ms(near.drain(), 20);
    } catch (const asyncio::TimeoutError&) {
        timed_out = true;
    }
    const asyncio::Task<std::string> reading = asyncio::create_task(read_all(far));
    co_await near.drain();
    near.write("TAIL");
    near.close();
    const std::string received = co_await reading;
    EXPECT_EQ(received.size(), much + 4);
    EXPECT_TRUE(received.ends_with("xTAIL"));
    EXPECT_TRUE(timed_out || virtual_loop() == nullptr);
}

asyncio::Coroutine<> writes_while_another_drains()
{
    const auto [near, far] = co_await connected_streams();
    const asyncio::Task<> draining =
        asyncio::create_task(write_and_drain(near, std::string(much, 'x')));
    co_await yield(2);
    near.write("TAIL");
    const asyncio::Task<std::string> reading = asyncio::create_task(read_all(far));
    co_await draining;
    near.close();
    const std::string received = co_await reading;
    EXPECT_EQ(received.size(), much + 4);
    EXPECT_TRUE(received.ends_with("xTAIL"));
}

asyncio::Coroutine<> many_drain_at_once()
{
    const auto [near, far] = co_await connected_streams();
    std::vector<asyncio::Task<>> drains;
    for (int i = 0; i < 40; ++i) {
        drains.push_back(asyncio::create_task(write_and_drain(near, std::string(50'000, 'x'))));
    }
    const asyncio::Task<std::string> reading = asyncio::create_task(read_all(far));
    for (const asyncio::Task<>& draining : drains) {
        co_await draining;
    }
    near.close();
    const std::string received = co_await reading;
    EXPECT_EQ(received.size(), 40U * 50'000U);
}

asyncio::Coroutine<> a_failed_drain_fails_again()
{
    const auto [near, far] = co_await connected_streams();
    far.abort();
    near.write(std::string(much, 'x'));
    for (int i = 0; i < 3; ++i) {
        const int error = co_await error_of(near.drain());
        EXPECT_TRUE(error == ECONNRESET || error == EPIPE) << error;
    }
}

asyncio::Coroutine<> both_ways_at_once()
{
    const auto [near, far] = co_await connected_streams();
    const asyncio::Task<> there =
        asyncio::create_task(write_and_drain(near, std::string(much, 'a')));
    const asyncio::Task<> back = asyncio::create_task(write_and_drain(far, std::string(much, 'b')));
    const auto [from_near, from_far] =
        co_await asyncio::gather(far.readexactly(much), near.readexactly(much));
    co_await there;
    co_await back;
    EXPECT_EQ(from_near.size(), much);
    EXPECT_EQ(from_far.size(), much);
}

asyncio::Coroutine<std::string> reads_one(Stream stream)
{
    co_return co_await stream.readexactly(1);
}

asyncio::Coroutine<> a_second_reader_is_refused()
{
    const auto [near, far] = co_await connected_streams();
    const asyncio::Task<std::string> first = asyncio::create_task(reads_one(near));
    co_await asyncio::sleep_ms(0);
    bool refused = false;
    try {
        co_await near.read(1);
    } catch (const asyncio::RuntimeError&) {
        refused = true;
    }
    EXPECT_TRUE(refused);
    far.write("x");
    const std::string byte = co_await first;
    EXPECT_EQ(byte, "x");
}

asyncio::Coroutine<> a_cancelled_reader_leaves_the_writer_alone()
{
    const auto [near, far] = co_await connected_streams();
    const asyncio::Task<std::string> reading = asyncio::create_task(reads_one(near));
    const asyncio::Task<> writing =
        asyncio::create_task(write_and_drain(near, std::string(much, 'x')));
    co_await asyncio::sleep_ms(5);
    reading.cancel();
    const std::string received = co_await far.readexactly(much);
    EXPECT_EQ(received.size(), much);
    co_await writing;
    EXPECT_TRUE(reading.cancelled());
}

asyncio::Coroutine<> close_sends_the_rest()
{
    const auto [near, far] = co_await connected_streams();
    near.write(std::string(much, 'x'));
    near.close();
    EXPECT_TRUE(near.is_closing());
    const asyncio::Task<std::string> reading = asyncio::create_task(read_all(far));
    co_await near.wait_closed();
    co_await near.wait_closed();  // Harmless.
    const std::string received = co_await reading;
    EXPECT_EQ(received.size(), much);

    const int write_error = error_of_write(near);
    const int read_error = co_await error_of(near.read(1));
    EXPECT_EQ(write_error, EBADF);
    EXPECT_EQ(read_error, EBADF);
}

asyncio::Coroutine<> closing_wakes_the_reader()
{
    const auto [near, far] = co_await connected_streams();
    const asyncio::Task<int> reading = asyncio::create_task(error_of(near.read(1)));
    co_await asyncio::sleep_ms(5);
    near.close();
    const int error = co_await reading;
    EXPECT_EQ(error, EBADF);
}

asyncio::Coroutine<> extra_info()
{
    const auto [near, far] = co_await connected_streams();
    EXPECT_EQ(near.get_extra_info("peername"), far.get_extra_info("sockname"));
    EXPECT_EQ(far.get_extra_info("peername"), near.get_extra_info("sockname"));
    EXPECT_EQ(near.get_extra_info("peername").value_or("").rfind("127.0.0.1:", 0), 0U);
    EXPECT_EQ(near.get_extra_info("colour"), std::nullopt);
}

asyncio::Coroutine<> more_than_micropython()
{
    const auto [near, far] = co_await connected_streams();
    near.write("key=value;");
    near.write_eof();
    const std::string key = co_await far.readuntil("=");
    const std::string value = co_await far.readuntil(";");
    EXPECT_EQ(key + value, "key=value;");
    const std::string end = co_await far.read();
    EXPECT_EQ(end, "");
    EXPECT_TRUE(far.at_eof());
    far.write("still open");
    const std::string answer = co_await near.readexactly(10);
    EXPECT_EQ(answer, "still open");
}

asyncio::Coroutine<> an_error_wakes_reader_and_writer()
{
    const auto [near, far] = co_await connected_streams();
    const asyncio::Task<int> reading = asyncio::create_task(error_of(near.read(1)));
    const asyncio::Task<int> writing =
        asyncio::create_task(error_of(write_and_drain(near, std::string(16 * much, 'x'))));
    co_await asyncio::sleep_ms(20);
    far.abort();
    const int read_error = co_await reading;
    const int write_error = co_await writing;
    EXPECT_EQ(read_error, ECONNRESET);
    EXPECT_TRUE(write_error == ECONNRESET || write_error == EPIPE) << write_error;
}

asyncio::Coroutine<> idle_streams_wait_for_nothing()
{
    const std::size_t before = virtual_loop()->operations();
    const auto [near, far] = co_await connected_streams();
    co_await yield(5);
    EXPECT_EQ(virtual_loop()->operations(), before);
    far.write("x");
    const std::string byte = co_await near.readexactly(1);
    EXPECT_EQ(byte, "x");
    co_await yield(5);
    EXPECT_EQ(virtual_loop()->operations(), before);
}

asyncio::Coroutine<> streams_are_not_confused()
{
    for (int i = 0; i < 10; ++i) {
        const auto [near, far] = co_await connected_streams();
        const asyncio::Task<int> waiting = asyncio::create_task(error_of(near.read(1)));
        co_await asyncio::sleep_ms(0);
        near.close();
        // The next connection may get the descriptor of the one that was waited on.
        const auto [other_near, other_far] = co_await connected_streams();
        other_far.write("x");
        const std::string byte = co_await other_near.readexactly(1);
        EXPECT_EQ(byte, "x");
        const int error = co_await waiting;
        EXPECT_EQ(error, EBADF);
    }
}

}  // namespace

RULE(OneClassReadsAndWrites, 2, 134) { asyncio::run(one_class_for_both()); }
RULE(ARefusedConnectionIsReported, 135) { asyncio::run(connects_to_a_closed_port()); }
RULE(EveryAddressIsTried, 136) { asyncio::run(tries_every_address()); }
KERNEL_RULE(NamesAreResolvedOffTheLoop, 136) { asyncio::run(resolves_off_the_loop()); }
VIRTUAL_RULE(AConnectThatIsGivenUpLeavesNothing, 137) { asyncio::run(gives_up_connecting()); }
RULE(ReadGivesWhatThereIsThenTheEnd, 139, 140) { asyncio::run(reads_what_there_is()); }
RULE(ReadingNothingDoesNotWait, 141, 142, 143) { asyncio::run(asks_for_nothing()); }
RULE(AShortStreamGivesItsPartialData, 142) { asyncio::run(partial_data()); }
RULE(ReadlineGivesLinesAndTheRest, 144) { asyncio::run(reads_lines()); }
RULE(ReadlineHasALimit, 144) { asyncio::run(long_lines()); }
VIRTUAL_RULE(LinesDoNotCostAReceivePerByte, 145) { asyncio::run(ten_lines_in_few_receives()); }
RULE(ATimedOutReadLosesNothing, 146) { asyncio::run(keeps_what_a_timeout_has_read()); }
RULE(ReadintoGivesTheCount, 147) { asyncio::run(reads_into_a_buffer()); }
RULE(WhatIsWrittenFlowsWithoutDrain, 148, 149, 164) { asyncio::run(writes_without_drain()); }

RULE(DrainYieldsEvenWithNothingToSend, 150)
{
    Trace trace;
    asyncio::run(drain_yields(&trace));
    EXPECT_EQ(trace.str(), "drain, other, drained");
}

RULE(ACancelledDrainSendsNothingTwice, 150, 151) { asyncio::run(drain_is_cancelled()); }
RULE(WritingWhileAnotherTaskDrainsLosesNothing, 152)
{
    asyncio::run(writes_while_another_drains());
}
RULE(ManyTasksMayDrainAtOnce, 153) { asyncio::run(many_drain_at_once()); }
RULE(AFailedDrainFailsAgain, 154) { asyncio::run(a_failed_drain_fails_again()); }
RULE(OneReadsWhileAnotherWrites, 155) { asyncio::run(both_ways_at_once()); }
RULE(ASecondReaderIsRefused, 156) { asyncio::run(a_second_reader_is_refused()); }
RULE(ACancelledReaderLeavesTheWriterAlone, 62, 157)
{
    asyncio::run(a_cancelled_reader_leaves_the_writer_alone());
}
RULE(CloseSendsTheRestAndEndsTheStream, 158, 159, 160) { asyncio::run(close_sends_the_rest()); }
RULE(ClosingWakesTheReader, 161) { asyncio::run(closing_wakes_the_reader()); }
RULE(BothEndsKnowTheirAddresses, 163) { asyncio::run(extra_info()); }
RULE(StreamsHaveWhatMicroPythonLacks, 165) { asyncio::run(more_than_micropython()); }
RULE(AnErrorWakesReaderAndWriter, 162, 191) { asyncio::run(an_error_wakes_reader_and_writer()); }
VIRTUAL_RULE(IdleStreamsWaitForNothing, 192) { asyncio::run(idle_streams_wait_for_nothing()); }
RULE(ANewStreamIsNotTakenForAClosedOne, 193) { asyncio::run(streams_are_not_confused()); }

}  // namespace conformance
