#include <asyncio/debug.hpp>

#include "core/places.hpp"
#include "support/reports.hpp"
#include "support/streams.hpp"

#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;
using debug::TaskInfo;

/// What a task of this name is doing.
TaskInfo info_of(const VirtualLoop& loop, const std::string& name)
{
    for (TaskInfo& info : debug::tasks(loop.loop())) {
        if (info.name == name) {
            return info;
        }
    }
    ADD_FAILURE() << "there is no task '" << name << "'";
    return {};
}

std::string file_of(const debug::Place& place)
{
    return place.file.substr(place.file.rfind('/') + 1);
}

constexpr unsigned inner_line = __LINE__ + 1;
Coroutine<> inner(Event* event) { co_await event->wait(); }

constexpr unsigned outer_line = __LINE__ + 3;
Coroutine<int> outer(Event* event)
{
    co_await inner(event);
    co_return 1;
}

TEST(DebugTasks, TellWhatATaskWaitsForAndTheWayThere)
{
    VirtualLoop loop;
    Event event;
    const unsigned created_line = __LINE__ + 1;
    auto task = loop.loop().create_task(outer(&event), "pump");
    EXPECT_EQ(info_of(loop, "pump").state, TaskInfo::State::ready);
    loop.run_until_idle();
    loop.advance(1500ms);

    const TaskInfo info = info_of(loop, "pump");
    EXPECT_EQ(info.task, task);
    EXPECT_EQ(info.parent, "");
    EXPECT_EQ(info.created.line, created_line);
    EXPECT_EQ(file_of(info.created), "debug_test.cpp");
    EXPECT_EQ(info.state, TaskInfo::State::waiting);
    EXPECT_EQ(info.awaited, "event");
    EXPECT_EQ(info.waited, 1500ms);
    ASSERT_EQ(info.places.size(), 2U);
    EXPECT_NE(info.places[0].function.find("inner"), std::string::npos);
    EXPECT_EQ(info.places[0].line, inner_line);
    EXPECT_EQ(file_of(info.places[0]), "debug_test.cpp");
    EXPECT_NE(info.places[1].function.find("outer"), std::string::npos);
    EXPECT_EQ(info.places[1].line, outer_line);

    event.set();
    EXPECT_EQ(loop.loop().run_until_complete(task), 1);
    EXPECT_TRUE(debug::tasks(loop.loop()).empty());
}

constexpr unsigned yield_line = __LINE__ + 3;
Generator<int> numbers()
{
    co_await sleep_ms(100);
    co_yield 1;
}

constexpr unsigned next_line = __LINE__ + 4;
Coroutine<> count()
{
    auto generator = numbers();
    const auto number = co_await generator.next();
    EXPECT_EQ(number, 1);
}

TEST(DebugTasks, LookIntoGenerators)
{
    VirtualLoop loop;
    const auto task = loop.create_task(count(), "counter");
    loop.run_until_idle();
    const TaskInfo info = info_of(loop, "counter");
    ASSERT_EQ(info.places.size(), 2U);
    EXPECT_EQ(info.places[0].line, yield_line);
    EXPECT_EQ(info.places[1].line, next_line);
    loop.advance(100ms);
    EXPECT_TRUE(task.done());
}

Coroutine<> child() { co_await sleep_ms(1000); }

Coroutine<> parent()
{
    const auto task = create_task(child(), "child");
    co_await sleep_ms(10);
}

TEST(DebugTasks, KnowWhoCreatedATask)
{
    VirtualLoop loop;
    loop.create_task(parent(), "parent");
    loop.run_until_idle();
    EXPECT_EQ(info_of(loop, "child").parent, "parent");
    loop.advance(10ms);
    EXPECT_EQ(info_of(loop, "child").parent, "Task-1");  // Its name went with it.
}

template <typename A>
Coroutine<> wait_on(A awaitable)
{
    co_await std::move(awaitable);
}

std::string awaited(const VirtualLoop& loop) { return info_of(loop, "waiter").awaited; }

TEST(DebugTasks, SayWhatIsKnownOfEachKindOfWait)
{
    VirtualLoop loop;
    const auto expect = [&loop](auto awaitable, const std::string& what) {
        auto waiter = loop.create_task(wait_on(std::move(awaitable)), "waiter");
        loop.run_until_idle();
        EXPECT_EQ(awaited(loop), what);
        waiter.cancel();
        loop.run_until_idle();
    };
    const auto worker = loop.create_task(child(), "worker");

    expect(sleep(2.5), "sleep, 2.500 s left");
    expect(sleep(1e10), "sleep, for ever");
    expect(wait_for(sleep(1.0), 1e10), "wait_for task 'Task-5', for ever");
    expect(shield(worker), "shielded task 'worker'");
    expect(wait_for(worker, 0.25), "wait_for task 'worker', 0.250 s left");
    EXPECT_TRUE(worker.cancelled());  // wait_for passed the cancel on.

    const auto second = loop.create_task(child(), "second");
    expect(second, "task 'second'");
    expect(gather(child(), child()), "gather, 2 of 2 left");

    ThreadSafeFlag flag;
    expect(flag.wait(), "thread-safe flag");
    Queue<int> queue;
    expect(queue.get(), "queue");
    Lock lock;
    auto holder = loop.create_task(wait_on(lock.acquire()));
    loop.run_until_idle();
    expect(lock.acquire(), "lock");
}

Coroutine<> read_one(Stream stream) { const std::string byte = co_await stream.read(1); }

Coroutine<> write_much(Stream stream)
{
    stream.write(std::string(4'000'000, 'x'));
    co_await stream.drain();
}

TEST(DebugTasks, NameThePeerOfAStream)
{
    VirtualLoop loop;
    const Ends ends = loop.run(connect_ends());
    const std::string peer = ends.client.get_extra_info("peername").value_or("");
    loop.create_task(read_one(ends.client), "reader");
    loop.create_task(write_much(ends.client), "writer");
    loop.run_until_idle();
    EXPECT_EQ(info_of(loop, "reader").awaited, "stream, bytes from '" + peer + "'");
    const std::string drain = info_of(loop, "writer").awaited;
    EXPECT_TRUE(drain.starts_with("drain, ")) << drain;
    EXPECT_TRUE(drain.ends_with(" bytes to '" + peer + "'")) << drain;
}

TEST(DebugTasks, AreAlsoText)
{
    VirtualLoop loop;
    const Reports reports;
    loop.create_task(parent(), "parent");
    loop.run_until_idle();
    loop.advance(4ms);
    loop.loop().dump_tasks();

    ASSERT_EQ(reports.all().size(), 1U);
    std::string text = reports.all().front();
    EXPECT_EQ(text.substr(0, text.find('\n')), "2 tasks");
    EXPECT_NE(text.find("\ntask 'child', created by task 'parent' in "), std::string::npos) << text;
    EXPECT_NE(text.find("\n    waiting for 0.004 s: sleep, 0.996 s left\n    at "),
              std::string::npos)
        << text;
}

Coroutine<> dump_itself()
{
    get_event_loop().dump_tasks();
    co_return;
}

TEST(DebugTasks, MayBeAskedForByATask)
{
    VirtualLoop loop;
    const Reports reports;
    loop.run(dump_itself());
    ASSERT_EQ(reports.all().size(), 1U);
    EXPECT_NE(reports.all().front().find("\n    running"), std::string::npos);
}

constexpr unsigned gather_line = __LINE__ + 1;
Coroutine<> gather_two() { (void)co_await gather(child(), sleep_ms(5000)); }

TEST(DebugTasks, OfAGatherAreCreatedWhereItIsAwaited)
{
    VirtualLoop loop;
    const auto task = loop.create_task(gather_two(), "both");
    loop.run_until_idle();
    const auto all = debug::tasks(loop.loop());
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[1].created.line, gather_line);
    EXPECT_EQ(all[2].created.line, gather_line);
    EXPECT_EQ(file_of(all[2].created), "debug_test.cpp");
}

constexpr unsigned forgotten_line = __LINE__ + 2;
// NOLINTNEXTLINE(readability-static-definition-in-anonymous-namespace)
Coroutine<> forgotten() { co_return; }

TEST(DebugTasks, OfAnAwaiterStandWhereTheyWereCreated)
{
    VirtualLoop loop;
    Event event;
    const unsigned line = __LINE__ + 1;
    const auto task = create_task(event.wait(), "waiter");
    loop.run_until_idle();
    const TaskInfo info = info_of(loop, "waiter");
    ASSERT_EQ(info.places.size(), 1U);
    EXPECT_EQ(info.places[0].line, line);
    event.set();
    loop.run_until_idle();
}

TEST(DebugTasks, StayOnTheirLinesWhateverTheirNames)
{
    VirtualLoop loop;
    loop.create_task(child(), "a\ntask 'forged'\x1b[2J");
    const std::string text = debug::describe(debug::tasks(loop.loop()));
    EXPECT_EQ(text.find("\ntask 'forged'"), std::string::npos) << text;
    EXPECT_NE(text.find("'a\\x0atask 'forged'\\x1b[2J'"), std::string::npos) << text;
}

TEST(NeverAwaited, IsReportedInDebugMode)  // Rule 56.
{
    const DebugMode on{true};
    const Reports reports;
    (void)forgotten();
    ASSERT_EQ(reports.all().size(), 1U);
    const std::string& report = reports.all().front();
    EXPECT_NE(report.find("forgotten' was never awaited ("), std::string::npos) << report;
    EXPECT_NE(report.find("debug_test.cpp:" + std::to_string(forgotten_line) + ")"),
              std::string::npos)
        << report;
}

TEST(NeverAwaited, IsNotReportedOutsideOfIt)
{
    const DebugMode off{false};
    const Reports reports;
    (void)forgotten();
    EXPECT_TRUE(reports.all().empty());
}

Coroutine<> await_one()
{
    co_await forgotten();
    Coroutine<> moved = forgotten();
    co_await std::move(moved);
}

TEST(NeverAwaited, DoesNotMeanThoseThatWereStartedOrMovedOrBecameTasks)
{
    const DebugMode on{true};
    const Reports reports;
    VirtualLoop loop;
    loop.run(await_one());
    loop.create_task(forgotten()).cancel();  // It never runs, but it was given to the loop.
    loop.run_until_idle();
    EXPECT_TRUE(reports.all().empty()) << reports.all().front();
}

TEST(DebugPlaces, NameTheFunctionOfASignature)
{
    using debug::function_name;
    EXPECT_EQ(function_name("asyncio::Coroutine<> lamps::blink(machine::LED, int)"),
              "lamps::blink");
    EXPECT_EQ(function_name("void x::foo(foo<double>(double, int)::_ZN1x3fooIdEE.Frame*)"),
              "x::foo");
    EXPECT_EQ(function_name("asyncio::Coroutine<std::pair<int, int> > pair_of(int)"), "pair_of");
    EXPECT_EQ(function_name("Coroutine<> (anonymous namespace)::inner(Event *)"),
              "(anonymous namespace)::inner");
    EXPECT_EQ(function_name("auto main()::(anonymous class)::operator()(int) const"), "main");
    EXPECT_EQ(function_name("asyncio::Coroutine<> Lamp::operator()(int)"), "Lamp::operator()");
    EXPECT_EQ(function_name("asyncio::Coroutine<> Lamp::operator<(int)"), "Lamp::operator<");
    EXPECT_EQ(function_name("asyncio::Coroutine<> Lamp::operator->()"), "Lamp::operator->");
    EXPECT_EQ(function_name("main"), "main");
    EXPECT_EQ(function_name(""), "");
    EXPECT_EQ(function_name("((("), "");
    EXPECT_EQ(function_name("(anonymous namespace"), "");
}

}  // namespace
}  // namespace asyncio::test
