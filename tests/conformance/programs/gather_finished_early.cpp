// gather() of tasks that have ended before, with and without failures.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <vector>

namespace conformance {
namespace {

asyncio::Coroutine<> ends_early(std::string id, asyncio::Event* event, bool fails)
{
    print("task_that_finishes_early", id);
    event->set();
    if (fails) {
        throw ValueError{"'intentional exception', '" + id + "'"};
    }
    co_return;
}

asyncio::Coroutine<> runs_on()
{
    for (int i = 0; i < 5; ++i) {
        print("task_that_runs", i);
        co_await asyncio::sleep(0);
    }
}

template <typename Results, typename Show>
std::string list(const Results& results, Show show)
{
    std::string text = "[";
    for (const auto& result : results) {
        text += (text.size() > 1 ? ", " : "") + show(result);
    }
    return text + "]";
}

asyncio::Coroutine<std::string> gather_all(std::vector<asyncio::Task<>> tasks,
                                           bool return_exceptions)
{
    if (return_exceptions) {
        const auto results = co_await asyncio::gather(asyncio::return_exceptions, tasks);
        co_return list(results, [](const asyncio::Result<void>& result) {
            return result.has_value() ? std::string{"None"} : repr(result.exception());
        });
    }
    const auto values = co_await asyncio::gather(tasks);
    co_return list(values, [](std::monostate) { return std::string{"None"}; });
}

asyncio::Coroutine<> main_task(bool with_running_task, bool fails, bool return_exceptions)
{
    print("== start", with_running_task, fails, return_exceptions);
    asyncio::get_event_loop().set_exception_handler(
        [](asyncio::Loop&, const asyncio::ExceptionContext&) {});

    asyncio::Event ended_a;
    asyncio::Event ended_b;
    std::vector<asyncio::Task<>> tasks;
    if (with_running_task) {
        tasks.push_back(asyncio::create_task(runs_on()));
    }
    tasks.push_back(asyncio::create_task(ends_early("a", &ended_a, fails)));
    tasks.push_back(asyncio::create_task(ends_early("b", &ended_b, fails)));
    co_await ended_a.wait();
    co_await ended_b.wait();

    std::string outcome;
    try {
        const std::string results = co_await gather_all(tasks, return_exceptions);
        outcome = "('complete', " + results + ")";
    } catch (const ValueError&) {
        const bool first_done = with_running_task && tasks.front().done();
        outcome = "('exception', " + repr(std::current_exception()) + ", " + text(first_done) + ")";
    }
    if (with_running_task) {
        co_await tasks.front();
    }
    print(outcome);
}

}  // namespace

PROGRAM(gather_finished_early, 112)
{
    for (const bool with_running_task : {false, true}) {
        for (const bool fails : {false, true}) {
            for (const bool return_exceptions : {false, true}) {
                asyncio::run(main_task(with_running_task, fails, return_exceptions));
            }
        }
    }
}

}  // namespace conformance
