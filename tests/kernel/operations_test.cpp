// What the kernel does for us: on epoll and rings of all kinds and sizes, cancelled, dropped, and
// too many at once.

#include "support/operations.hpp"
#include "core/readable.hpp"

#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/thread_safe_flag.hpp>

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace asyncio::test {
namespace {

Coroutine<> wait_readable(const Descriptor& descriptor, int& woken)
{
    co_await Readable{descriptor.get()};
    ++woken;
}

Coroutine<> write_after(std::vector<Descriptor>& descriptors, std::int64_t ms)
{
    co_await sleep_ms(ms);
    for (const Descriptor& descriptor : descriptors) {
        write_one(descriptor);
    }
}

class Operations : public OnEachBackend {};

INSTANTIATE_TEST_SUITE_P(Operations, Operations, each_backend(), name_of_backend);

TEST_P(Operations, CompleteAThousandPollsThatComeAtOnce)  // The completion queue overflows.
{
    int woken = 0;
    std::vector<Descriptor> descriptors;
    for (int i = 0; i < 500; ++i) {
        descriptors.push_back(make_eventfd());
    }
    const SmallLoop loop{GetParam()};
    std::vector<Task<>> tasks;
    for (int round = 0; round < 2; ++round) {
        for (const Descriptor& descriptor : descriptors) {
            tasks.push_back(create_task(wait_readable(descriptor, woken)));
        }
    }
    run(write_after(descriptors, 5));
    for (const Task<>& task : tasks) {
        get_event_loop().run_until_complete(task);
    }
    EXPECT_EQ(woken, 1000);
    EXPECT_EQ(SmallLoop::backend().in_flight(), 0U);
}

TEST_P(Operations, LoseNoCancelOfAThousand)
{
    int woken = 0;
    const Descriptor silent = make_eventfd();
    const SmallLoop loop{GetParam()};
    std::vector<Task<>> tasks;
    for (int i = 0; i < 1000; ++i) {
        tasks.push_back(create_task(wait_readable(silent, woken)));
    }
    std::vector<Descriptor> none;
    run(write_after(none, 5));
    EXPECT_EQ(SmallLoop::backend().in_flight(), 1000U);
    for (const Task<>& task : tasks) {
        task.cancel();
    }
    for (const Task<>& task : tasks) {
        EXPECT_THROW(get_event_loop().run_until_complete(task), CancelledError);
    }
    EXPECT_EQ(woken, 0);
    EXPECT_EQ(SmallLoop::backend().in_flight(), 0U);
}

TEST_P(Operations, DrainWithEverythingInFlight)
{
    int woken = 0;
    const int before = open_descriptors();
    {
        std::vector<Descriptor> descriptors;
        for (int i = 0; i < 300; ++i) {
            descriptors.push_back(make_eventfd());
        }
        const SmallLoop loop{GetParam()};
        for (const Descriptor& descriptor : descriptors) {
            create_task(wait_readable(descriptor, woken));
        }
        std::vector<Descriptor> none;
        run(write_after(none, 1));
        write_one(descriptors[17]);  // One that completes while it is cancelled.
    }
    EXPECT_EQ(open_descriptors(), before);
}

// --- Descriptors of all kinds ---------------------------------------------------------------

TEST_P(Operations, OfOneDescriptorDoNotDisturbEachOther)
{
    const SmallLoop loop{GetParam()};
    const Pair pair;
    const auto receive = make_ref<Probe>(Operation::Kind::receive, pair.one.get());
    receive->start();
    std::string filler(1'000'000, 'x');  // More than the socket takes.
    const auto send = make_ref<Probe>(Operation::Kind::send, pair.one.get());
    send->buffer = reinterpret_cast<std::byte*>(filler.data());
    send->length = filler.size();
    std::size_t sent = 0;
    for (bool full = false; !full;) {
        send->results.clear();
        send->start();
        for (int turns = 0; turns < 3 && !send->ended; ++turns) {
            turn(20ms);  // Or less, when the wait is interrupted.
        }
        full = !send->ended;
        sent += full ? 0U : static_cast<std::size_t>(send->results.at(0));
    }
    EXPECT_FALSE(receive->ended);

    EXPECT_EQ(::write(pair.other.get(), "y", 1), 1);
    work_until([&receive] { return receive->ended; });
    EXPECT_EQ(receive->data, "y");
    EXPECT_FALSE(send->ended);

    SmallLoop::backend().cancel(*send);
    work_until([&send] { return send->ended; });
    EXPECT_EQ(send->results, std::vector<int>{-ECANCELED});
    std::string received(sent, '\0');
    EXPECT_EQ(::recv(pair.other.get(), received.data(), sent, MSG_WAITALL),
              static_cast<ssize_t>(sent));
    EXPECT_EQ(::recv(pair.other.get(), received.data(), 1, MSG_DONTWAIT), -1);  // No stray byte.
}

TEST_P(Operations, OfTwoReadsOfOneEventfdOneTakesIt)
{
    const SmallLoop loop{GetParam()};
    const Descriptor event = make_eventfd();
    std::uint64_t counts[2] = {};
    std::vector<Ref<Probe>> reads;
    for (std::uint64_t& count : counts) {
        reads.push_back(make_ref<Probe>(Operation::Kind::read, event.get()));
        reads.back()->buffer = reinterpret_cast<std::byte*>(&count);
        reads.back()->length = sizeof count;
        reads.back()->start();
    }
    turn();
    write_one(event);
    work_until([&reads] { return reads[0]->ended || reads[1]->ended; });
    turn(20ms);
    EXPECT_NE(reads[0]->ended, reads[1]->ended);
    write_one(event);
    work_until([&reads] { return reads[0]->ended && reads[1]->ended; });
    EXPECT_EQ(counts[0], 1U);
    EXPECT_EQ(counts[1], 1U);
}

TEST_P(Operations, APollOfAFileThatIsAlwaysReadyEndsAtOnce)
{
    const SmallLoop loop{GetParam()};
    const Descriptor file{::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)};
    const auto poll = make_ref<Probe>(Operation::Kind::poll, file.get());
    poll->events = POLLIN;
    poll->start();
    work_until([&poll] { return poll->ended; });
    EXPECT_EQ(poll->results, std::vector<int>{POLLIN});
}

TEST_P(Operations, APollTellsThatTheOtherEndIsGone)
{
    const SmallLoop loop{GetParam()};
    Pair pair;
    const auto poll = make_ref<Probe>(Operation::Kind::poll, pair.one.get());
    poll->events = POLLIN;
    poll->start();
    turn();
    pair.other.close();
    work_until([&poll] { return poll->ended; });
    EXPECT_EQ(poll->results, std::vector<int>{POLLIN | POLLHUP});
}

TEST_P(Operations, OfADescriptorSayNothingOfTheOneThatHadItsNumberBefore)
{
    const SmallLoop loop{GetParam()};
    const Descriptor silent = make_eventfd();
    for (int i = 0; i < 1000; ++i) {
        Descriptor first = make_eventfd();
        const Descriptor copy{::dup(first.get())};  // Keeps the file, as a child process would.
        const auto stale = make_ref<Probe>(Operation::Kind::poll, first.get());
        stale->events = POLLIN;
        stale->start();
        if (i % 2 == 0) {
            turn();
        }
        if (i % 3 == 0) {
            write_one(first);
        }
        SmallLoop::backend().cancel(*stale);
        work_until([&stale] { return stale->ended; });
        const int number = first.get();
        first.close();
        const Descriptor second{::fcntl(silent.get(), F_DUPFD_CLOEXEC, number)};
        ASSERT_EQ(second.get(), number);
        const auto poll = make_ref<Probe>(Operation::Kind::poll, number);
        poll->events = POLLIN;
        poll->start();
        turn();
        write_one(copy);
        turn();
        ASSERT_FALSE(poll->ended);
        SmallLoop::backend().cancel(*poll);
        work_until([&poll] { return poll->ended; });
        ASSERT_EQ(poll->results, std::vector<int>{-ECANCELED});
    }
}

TEST_P(Operations, LeaveADescriptorThatStaysReadyInPeace)
{
    const SmallLoop loop{GetParam()};
    Pair pair;
    const auto receive = make_ref<Probe>(Operation::Kind::receive, pair.one.get());
    receive->start();
    turn();
    EXPECT_EQ(::write(pair.other.get(), "x", 1), 1);
    work_until([&receive] { return receive->ended; });
    EXPECT_EQ(::write(pair.other.get(), "y", 1), 1);
    pair.other.close();  // Bytes and the end are there, and nobody waits for them.
    const Descriptor silent = make_eventfd();
    const auto poll = make_ref<Probe>(Operation::Kind::poll, silent.get());
    poll->events = POLLIN;
    poll->start();
    const Time before = SmallLoop::backend().now();
    int turns = 0;
    for (; SmallLoop::backend().now() < before + 50ms; ++turns) {
        turn(50ms);
    }
    EXPECT_LE(turns, 3);
    SmallLoop::backend().cancel(*poll);
}

TEST_P(Operations, LetAWaitEndAtItsDeadlineNeverEarly)
{
    const SmallLoop loop{GetParam()};
    Backend& backend = SmallLoop::backend();
    for (int i = 1; i <= 200; ++i) {
        const Time deadline = backend.now() + i * 3'001ns;
        int turns = 0;
        for (; backend.now() < deadline; ++turns) {
            backend.wait(deadline);
        }
        EXPECT_LE(turns, 3);
    }
}

// --- Frames that are dropped ----------------------------------------------------------------

Coroutine<> insist_on_reading(const Descriptor& descriptor, int& woken)
{
    for (;;) {
        try {
            co_await Readable{descriptor.get()};
            ++woken;
        } catch (const CancelledError&) {
        }
    }
}

Coroutine<> insist_on_flag(ThreadSafeFlag& flag)
{
    for (;;) {
        try {
            co_await flag.wait();
        } catch (const CancelledError&) {
        }
    }
}

TEST_P(Operations, OfAFrameThatIsDroppedLeaveNoOperationAndNoDescriptorBehind)
{
    const int before = open_descriptors();
    int woken = 0;
    {
        const Descriptor silent = make_eventfd();
        ThreadSafeFlag flag;
        const SmallLoop loop{GetParam()};
        // They swallow the cancel, so that closing the loop must drop them in flight.
        const Task<> reader = create_task(insist_on_reading(silent, woken));
        create_task(insist_on_flag(flag));
        std::vector<Descriptor> none;
        run(write_after(none, 1));
        EXPECT_EQ(SmallLoop::backend().in_flight(), 2U);
        get_event_loop().close();
        EXPECT_TRUE(reader.done());
        EXPECT_EQ(SmallLoop::backend().in_flight(), 0U);
        write_one(silent);
    }
    EXPECT_EQ(woken, 0);
    EXPECT_EQ(open_descriptors(), before);
}

TEST_P(Operations, OfACancelledTaskHaveEndedBeforeItGoesOn)
{
    int woken = 0;
    const SmallLoop loop{GetParam()};
    for (int i = 0; i < 200; ++i) {
        const Descriptor silent = make_eventfd();
        const Task<> reader = create_task(wait_readable(silent, woken));
        std::vector<Descriptor> none;
        run(write_after(none, 0));
        reader.cancel();
        EXPECT_THROW(get_event_loop().run_until_complete(reader), CancelledError);
        EXPECT_EQ(SmallLoop::backend().in_flight(), 0U);
    }
}

TEST_P(Operations, OnABadDescriptorThrowOSError)
{
    int woken = 0;
    const SmallLoop loop{GetParam()};
    int number = 0;
    {
        const Descriptor gone = make_eventfd();
        number = gone.get();
    }
    try {
        const Descriptor bad{number};
        get_event_loop().run_until_complete(wait_readable(bad, woken));
        FAIL() << "nothing was thrown";
    } catch (const OSError& error) {
        EXPECT_EQ(error.code().value(), EBADF);
        EXPECT_EQ(std::string{error.what()}, "cannot poll file descriptor " +
                                                 std::to_string(number) + ": Bad file descriptor");
    }
}

}  // namespace
}  // namespace asyncio::test
