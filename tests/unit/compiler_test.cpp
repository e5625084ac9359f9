// The forms of co_await that our API invites, each with counted objects: some compilers destroy a
// temporary of an await expression twice, or never. What they get wrong, the lint refuses.

#include <asyncio/coroutine.hpp>

#include <asyncio/event.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/wait_for.hpp>

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace asyncio {
namespace {

/// Counts how many were made and destroyed, and notices one that is destroyed twice.
class Counted {
public:
    explicit Counted(int number) : number_{number} { ++made; }
    Counted(const Counted& other) : number_{other.number_}
    {
        EXPECT_EQ(other.alive_, mark);
        ++made;
    }
    Counted(Counted&& other) noexcept : number_{std::exchange(other.number_, -1)}
    {
        EXPECT_EQ(other.alive_, mark);
        ++made;
    }
    Counted& operator=(const Counted&) = delete;
    ~Counted()
    {
        EXPECT_EQ(alive_, mark) << "destroyed twice";
        alive_ = 0;
        ++destroyed;
    }

    [[nodiscard]] int number() const
    {
        EXPECT_EQ(alive_, mark);
        return number_;
    }

    static inline int made = 0;
    static inline int destroyed = 0;

private:
    static constexpr unsigned mark = 0xfeedbee5;
    unsigned alive_ = mark;
    int number_;
    std::string padding_ = "too long for the small string optimisation";
};

/// Runs the coroutine and checks the sum it gives, and that every object was destroyed once.
void expect_sum(Coroutine<int> (*form)(), int expected)
{
    Counted::made = Counted::destroyed = 0;
    {
        VirtualLoop loop;
        EXPECT_EQ(loop.run(form()), expected);
    }
    EXPECT_GT(Counted::made, 0);
    EXPECT_EQ(Counted::made, Counted::destroyed);
}

// The parameters are the point here: const& to a temporary is safe as long as the caller awaits.
Coroutine<int> by_reference(const Counted& counted)
{
    co_await sleep_ms(1);
    co_return counted.number();
}

Coroutine<int> by_value(Counted counted)
{
    co_await sleep_ms(1);
    co_return counted.number();
}

Coroutine<int> move_only(std::unique_ptr<Counted> counted)
{
    co_await sleep_ms(1);
    co_return counted->number();
}

Coroutine<int> optional(std::optional<Counted> counted)
{
    co_await sleep_ms(1);
    co_return counted ? counted->number() : 0;
}

Coroutine<Counted> make(int number)
{
    co_await sleep_ms(1);
    co_return Counted{number};
}

Coroutine<std::vector<Counted>> make_many(int count)
{
    std::vector<Counted> all;
    for (int i = 1; i <= count; ++i) {
        co_await sleep_ms(1);
        all.emplace_back(i);
    }
    co_return all;
}

Coroutine<int> fail(Counted counted)
{
    co_await sleep_ms(1);
    throw std::runtime_error{std::to_string(counted.number())};
}

Coroutine<int> temporary_bound_to_const_reference()
{
    const int value = co_await by_reference(Counted{1});
    co_return value;
}

Coroutine<int> argument_by_value()
{
    const Counted named{1};
    const int copied = co_await by_value(named);
    const int moved = co_await by_value(Counted{2});
    co_return copied + moved;
}

Coroutine<int> argument_that_can_only_be_moved()
{
    auto named = std::make_unique<Counted>(1);
    const int moved = co_await move_only(std::move(named));
    const int temporary = co_await move_only(std::make_unique<Counted>(2));
    co_return moved + temporary;
}

Coroutine<int> optional_argument()
{
    const int given = co_await optional(Counted{1});
    const int none = co_await optional(std::nullopt);
    co_return given + none;
}

Coroutine<int> result_that_is_an_object()
{
    const Counted one = co_await make(1);
    Coroutine<Counted> named = make(2);
    const Counted two = co_await std::move(named);
    co_return one.number() + two.number();
}

Coroutine<int> limits()
{
    const int plain = co_await wait_for(by_value(Counted{1}), std::nullopt);
    const int seconds = co_await wait_for(by_value(Counted{2}), 5);
    const int duration = co_await wait_for(by_value(Counted{3}), std::chrono::seconds{5});
    const int ms = co_await wait_for_ms(by_value(Counted{4}), 5000);
    const Counted object = co_await wait_for(make(5), 1.5);
    co_return plain + seconds + duration + ms + object.number();
}

Coroutine<int> limit_that_is_over()
{
    int sum = 0;
    for (int i = 0; i < 3; ++i) {
        try {
            sum += 100;
            const int never = co_await wait_for_ms(by_value(Counted{1}), 0);
            sum += never;
        } catch (const TimeoutError&) {
            sum += 1;
        }
    }
    co_return sum;
}

Coroutine<int> task_that_is_an_lvalue()
{
    const Task<Counted> task = create_task(make(4));
    const Counted first = co_await task;
    const Counted second = co_await task;
    co_return first.number() + second.number() + task.result().number();
}

Coroutine<int> tasks_in_a_loop()
{
    std::vector<Task<Counted>> tasks;
    for (int i = 1; i <= 5; ++i) {
        tasks.push_back(create_task(make(i)));
    }
    int sum = 0;
    for (const Task<Counted>& task : tasks) {
        const Counted counted = co_await task;
        sum += counted.number();
    }
    co_return sum;
}

Coroutine<int> structured_binding_of_gather()
{
    int sum = 0;
    for (int i = 0; i < 2; ++i) {
        auto [one, two, none] = co_await gather(make(1), by_value(Counted{2}), sleep_ms(1));
        static_assert(std::is_same_v<decltype(none), std::monostate>);
        sum += one.number() + two;
    }
    auto [value, error] = co_await gather(return_exceptions, make(3), fail(Counted{4}));
    sum += value.value().number() + (error.has_value() ? 0 : 10);
    co_return sum;
}

Coroutine<int> range_for_over_an_awaited_vector()
{
    int sum = 0;
    for (const std::vector<Counted> all = co_await make_many(4); const Counted& counted : all) {
        sum += counted.number();
    }
    const std::vector<Counted> all = co_await make_many(2);
    for (const Counted& counted : all) {
        co_await sleep_ms(1);
        sum += counted.number();
    }
    co_return sum;
}

Coroutine<int> exception_while_temporaries_live()
{
    int sum = 0;
    for (int i = 0; i < 3; ++i) {
        const Counted local{1};
        try {
            const int value = co_await fail(Counted{2});
            sum += value;
        } catch (const std::runtime_error& error) {
            sum += std::stoi(error.what()) + local.number();
        }
    }
    co_return sum;
}

Coroutine<int> exception_of_await_suspend()
{
    const Counted local{1};
    int sum = 0;
    try {
        co_await current_task();  // Throws: a task cannot await itself.
    } catch (const RuntimeError&) {
        sum += 10;
    }
    co_await sleep_ms(1);
    co_return sum + local.number();
}

Coroutine<int> awaiters_that_are_named()
{
    Event up;
    up.set();
    Lock lock;
    const Counted local{1};
    auto nap = sleep_ms(1);
    co_await std::move(nap);
    auto wait = up.wait();
    const bool is_up = co_await std::move(wait);
    auto held = co_await lock.scoped();
    co_return local.number() + (is_up ? 10 : 0) + (lock.locked() ? 100 : 0);
}

Coroutine<int> return_of_an_await() { co_return co_await by_value(Counted{7}); }

Coroutine<int> by_reference_held()
{
    const Counted local{1};
    const int value = co_await by_reference(Counted{2});
    co_return value + local.number();
}

/// Cancelled while it waits: temporaries and locals die in the unwinding.
Coroutine<int> cancelled_in_the_middle()
{
    const Task<int> task = create_task(by_reference_held());
    co_await sleep_ms(0);
    task.cancel();
    int sum = 0;
    try {
        sum = co_await task;
    } catch (const CancelledError&) {
        sum = 1;
    }
    co_return sum;
}

// Each test: the objects of the form are destroyed once, and its values are right.

TEST(Compiler, IsRightAboutTemporaryBoundToConstReference)
{
    expect_sum(temporary_bound_to_const_reference, 1);
}
TEST(Compiler, IsRightAboutArgumentByValue) { expect_sum(argument_by_value, 3); }
TEST(Compiler, IsRightAboutArgumentThatCanOnlyBeMoved)
{
    expect_sum(argument_that_can_only_be_moved, 3);
}
TEST(Compiler, IsRightAboutOptionalArgument) { expect_sum(optional_argument, 1); }
TEST(Compiler, IsRightAboutResultThatIsAnObject) { expect_sum(result_that_is_an_object, 3); }
TEST(Compiler, IsRightAboutLimits) { expect_sum(limits, 15); }
TEST(Compiler, IsRightAboutLimitThatIsOver) { expect_sum(limit_that_is_over, 303); }
TEST(Compiler, IsRightAboutTaskThatIsAnLvalue) { expect_sum(task_that_is_an_lvalue, 12); }
TEST(Compiler, IsRightAboutTasksInALoop) { expect_sum(tasks_in_a_loop, 15); }
TEST(Compiler, IsRightAboutStructuredBindingOfGather)
{
    expect_sum(structured_binding_of_gather, 19);
}
TEST(Compiler, IsRightAboutRangeForOverAnAwaitedVector)
{
    expect_sum(range_for_over_an_awaited_vector, 13);
}
TEST(Compiler, IsRightAboutExceptionWhileTemporariesLive)
{
    expect_sum(exception_while_temporaries_live, 9);
}
TEST(Compiler, IsRightAboutExceptionOfAwaitSuspend) { expect_sum(exception_of_await_suspend, 11); }
TEST(Compiler, IsRightAboutAwaitersThatAreNamed) { expect_sum(awaiters_that_are_named, 111); }
TEST(Compiler, IsRightAboutReturnOfAnAwait) { expect_sum(return_of_an_await, 7); }
TEST(Compiler, IsRightAboutCancelledInTheMiddle) { expect_sum(cancelled_in_the_middle, 1); }

}  // namespace
}  // namespace asyncio
