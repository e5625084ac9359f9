// Rows 1 to 8, 43, 117: the names, the kinds of exceptions, and what does not compile.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

#include <concepts>
#include <cstdlib>
#include <string>
#include <type_traits>

namespace conformance {
namespace {

asyncio::Coroutine<int> answer() { co_return 42; }

asyncio::Coroutine<> uses_every_documented_name()
{
    asyncio::Event event;
    asyncio::Lock lock;
    asyncio::ThreadSafeFlag flag;
    event.set();
    flag.set();
    co_await event.wait();
    co_await flag.wait();
    co_await lock.acquire();
    co_await asyncio::sleep(0);
    co_await asyncio::sleep_ms(0);
    const asyncio::Task<int> task = asyncio::create_task(answer());
    const int from_wait_for = co_await asyncio::wait_for(task, 1);
    const int from_wait_for_ms = co_await asyncio::wait_for_ms(answer(), 1000);
    const auto [gathered] = co_await asyncio::gather(answer());
    EXPECT_EQ(from_wait_for + from_wait_for_ms + gathered, 3 * 42);
    EXPECT_TRUE(asyncio::current_task());
    EXPECT_EQ(&asyncio::get_event_loop(), &asyncio::get_event_loop());
}

template <typename T>
concept CanRun = requires(T value) { asyncio::run(std::move(value)); };
template <typename T>
concept CanBecomeTask = requires(T value) { asyncio::create_task(std::move(value)); };
template <typename T>
concept CanGather = requires(T value) { asyncio::gather(std::move(value)); };
template <typename T>
concept CanWaitFor = requires(T value) { asyncio::wait_for(std::move(value), 1.0); };

}  // namespace

RULE(EveryDocumentedNameIsThere, 1)
{
    asyncio::run(uses_every_documented_name());
    [[maybe_unused]] asyncio::Loop& (*const new_loop)() = &asyncio::new_event_loop;
    static_assert(std::is_class_v<asyncio::Task<>> && std::is_class_v<asyncio::Loop>);
    static_assert(std::is_class_v<asyncio::CancelledError>);
    static_assert(std::is_class_v<asyncio::TimeoutError>);
}

RULE(CancelledErrorIsNoOrdinaryException, 4)
{
    static_assert(!std::is_base_of_v<std::exception, asyncio::CancelledError>);
    static_assert(std::is_base_of_v<std::exception, asyncio::TimeoutError>);
    static_assert(!std::is_base_of_v<asyncio::OSError, asyncio::TimeoutError>);
    try {
        throw asyncio::CancelledError{};
    } catch (const std::exception&) {
        ADD_FAILURE() << "caught with the ordinary exceptions";
    } catch (const asyncio::CancelledError&) {
        SUCCEED();
    }
}

RULE(WhatIsNoCoroutineIsRefusedByTheCompiler, 8, 20, 43, 117)
{
    using Function = asyncio::Coroutine<int> (*)();
    static_assert(CanRun<asyncio::Coroutine<int>>);
    static_assert(!CanRun<Function> && !CanRun<int> && !CanRun<asyncio::Task<int>>);
    static_assert(CanBecomeTask<asyncio::Coroutine<int>>);
    static_assert(!CanBecomeTask<Function> && !CanBecomeTask<int>);
    static_assert(!CanBecomeTask<asyncio::Task<int>>);
    static_assert(CanGather<asyncio::Coroutine<int>> && CanGather<asyncio::Task<int>>);
    static_assert(!CanGather<Function> && !CanGather<int>);
    static_assert(CanWaitFor<asyncio::Coroutine<int>> && CanWaitFor<asyncio::Task<int>>);
    static_assert(!CanWaitFor<Function> && !CanWaitFor<int>);
    EXPECT_EQ(asyncio::run(answer()), 42);
}

KERNEL_RULE(TheCompilerWarnsOfACoroutineThatNobodyAwaits, 56)
{
    const auto compiles = [](const std::string& option) {
        const std::string command = std::string{CXX_COMPILER} +
                                    " -x c++ -std=c++20 -fsyntax-only -Werror -I" + INCLUDE_DIR +
                                    " " + option + " " + CONFORMANCE_DIR +
                                    "/discarded_coroutine.cpp.in 2>/dev/null";
        return std::system(command.c_str()) == 0;
    };
    EXPECT_TRUE(compiles("-DAWAIT_IT"));
    EXPECT_FALSE(compiles(""));
}

}  // namespace conformance
