// What ends at once, millions of times in a row, needs no more stack than once.
//
// ASYNCIO_STACK_ROUNDS is how often, for each kind: 10,000,000 in `./dev stack`.

#include "support/operations.hpp"
#include "support/sanitizer.hpp"
#include "support/streams.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <pthread.h>
#include <string>

namespace asyncio::test {
namespace {

constexpr std::size_t small_stack = 256 * 1024;  // As `ulimit -s 256`.
int rounds(int usual)
{
    const char* const wanted = std::getenv("ASYNCIO_STACK_ROUNDS");
    return wanted != nullptr ? std::atoi(wanted) : usual;
}

int many() { return rounds(10'000'000); }
int many_reads() { return rounds(1'000'000); }
int many_operations() { return rounds(UNDER_SANITIZER != 0 ? 100'000 : 1'000'000); }

using Work = void (*)();

void* call(void* work)
{
    (*static_cast<Work*>(work))();
    return nullptr;
}

/// Calls it in a thread with a small stack and a loop of its own; too deep a stack kills us.
void on_a_small_stack(Work work)
{
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ASSERT_EQ(::pthread_attr_setstacksize(&attributes, small_stack), 0);
    pthread_t thread{};
    ASSERT_EQ(::pthread_create(&thread, &attributes, call, static_cast<void*>(&work)), 0);
    ::pthread_join(thread, nullptr);
    ::pthread_attr_destroy(&attributes);
}

Coroutine<int> at_once(int value) { co_return value; }

Coroutine<int> await_many(int count)
{
    int sum = 0;
    for (int i = 0; i < count; ++i) {
        const int one = co_await at_once(1);
        sum += one;
    }
    co_return sum;
}

TEST(KernelStack, DoesNotGrowWithCoroutinesThatEndAtOnce)
{
    on_a_small_stack([] { EXPECT_EQ(run(await_many(many())), many()); });
}

Coroutine<int> wait_for_what_is_there(int count)
{
    Event event;
    event.set();
    Lock lock;
    int taken = 0;
    for (int i = 0; i < count; ++i) {
        co_await event.wait();
        co_await lock.acquire();
        lock.release();
        ++taken;
    }
    co_return taken;
}

TEST(KernelStack, DoesNotGrowWithWaitsThatAreOverAtOnce)
{
    on_a_small_stack([] { EXPECT_EQ(run(wait_for_what_is_there(many())), many()); });
}

Coroutine<int> read_what_is_there(int count)
{
    const Ends ends = co_await connect_ends();
    Stream client = ends.client;
    Stream server = ends.server;
    int right = 0;
    for (int i = 0; i < count / 100; ++i) {
        for (int j = 0; j < 100; ++j) {
            client.write("x");
        }
        for (int j = 0; j < 100; ++j) {
            const std::string byte = co_await server.readexactly(1);
            right += byte == "x" ? 1 : 0;
        }
    }
    co_return right;
}

TEST(KernelStack, DoesNotGrowWithReadsOfWhatIsThere)
{
    on_a_small_stack(
        [] { EXPECT_EQ(run(read_what_is_there(many_reads())), many_reads() / 100 * 100); });
}

/// Starts itself again in each completion.
class Chain final : public RefCounted, public Operation {
public:
    explicit Chain(int on) : Operation{Kind::send}
    {
        descriptor = on;
        buffer = &byte_;
        length = 0;  // The kernel has nothing to do.
    }

    void start() { SmallLoop::backend().start(*this, Ref<RefCounted>{this}); }
    void complete(const Completion& completion) noexcept override
    {
        EXPECT_EQ(completion.result, 0);
        if (++completed < wanted) {
            start();
        }
    }

    int completed = 0;
    int wanted = many_operations();

private:
    std::byte byte_{};
};

TEST(KernelStack, DoesNotGrowWithOperationsThatCompleteAtOnce)
{
    on_a_small_stack([] {
        const Pair pair;
        const auto chain = make_ref<Chain>(pair.one.get());
        chain->start();
        while (!chain->idle()) {
            turn();
        }
        EXPECT_EQ(chain->completed, chain->wanted);
    });
}

}  // namespace
}  // namespace asyncio::test
