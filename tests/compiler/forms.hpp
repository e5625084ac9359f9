#pragma once

#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <machine/board.hpp>
#include <machine/pin.hpp>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

// What the patterns are made of: an object that is counted, coroutines that take and give it, and
// the list of patterns. See compiler_probe.py.

namespace compiler {

using asyncio::Coroutine;

/// Counts how many were made and destroyed, and notices the use of one that is destroyed.
class Counted {
public:
    explicit Counted(int number) : number_{number} { ++made; }
    Counted(const Counted& other) : number_{other.number()} { ++made; }
    Counted(Counted&& other) noexcept : number_{std::exchange(other.number_, -1)} { ++made; }
    Counted& operator=(const Counted& other)
    {
        number_ = other.number();
        return *this;
    }
    ~Counted()
    {
        (void)number();
        alive_ = 0;
        ++destroyed;
    }

    [[nodiscard]] int number() const
    {
        used_after_end = used_after_end || alive_ != mark;
        return number_;
    }
    explicit operator bool() const { return number() != 0; }

    static inline int made = 0;
    static inline int destroyed = 0;
    static inline bool used_after_end = false;

private:
    static constexpr unsigned mark = 0xfeedbee5;
    unsigned alive_ = mark;
    int number_;
    std::string padding_ = "too long for the small string optimisation";
};

/// Options as our API has them: with a constructor.
class Settings {
public:
    Settings() = default;
    explicit Settings(Counted of, int add = 0) : counted{std::move(of)}, more{add} {}

    Counted counted{10};
    int more = 0;
};

/// Options as users write them.
struct Aggregate {
    Counted counted{20};
    int more = 0;
};
struct TwoCounted {
    Counted one;
    Counted two;
};
struct TwoNumbers {
    int one = 1;
    int two = 2;
};

/// One suspension of 1 ms; in a task that is dropped it survives all cancels.
class Tick {
public:
    static inline int count = 0;
    static inline bool stubborn = false;
};

inline Coroutine<> tick()
{
    ++Tick::count;
    do {
        try {
            co_await asyncio::sleep_ms(1);
        } catch (const asyncio::CancelledError&) {
            if (!Tick::stubborn) {
                throw;
            }
        }
    } while (Tick::stubborn);
}

inline Coroutine<int> number(int value)
{
    co_await tick();
    co_return value;
}

inline Coroutine<bool> less(int a, int b)
{
    co_await tick();
    co_return a < b;
}

inline Coroutine<Counted> make(int value)
{
    co_await tick();
    co_return Counted{value};
}

inline Coroutine<std::pair<Counted, Counted>> make_two(int one, int two)
{
    co_await tick();
    co_return std::pair<Counted, Counted>{Counted{one}, Counted{two}};
}

inline Coroutine<std::vector<Counted>> make_many(int count)
{
    std::vector<Counted> all;
    for (int i = 1; i <= count; ++i) {
        co_await tick();
        all.emplace_back(i);
    }
    co_return all;
}

inline Coroutine<std::optional<Counted>> make_maybe(bool some)
{
    co_await tick();
    std::optional<Counted> maybe;
    if (some) {
        maybe.emplace(6);
    }
    co_return maybe;
}

inline Coroutine<std::string> text(std::string from)
{
    co_await tick();
    co_return from + " and more that no small string holds";
}

inline Coroutine<int> fail(Counted counted)
{
    co_await tick();
    throw std::runtime_error{std::to_string(counted.number())};
}

// The parameters are the point here: const& to a temporary is safe as long as the caller awaits.
inline Coroutine<int> by_reference(const Counted& counted)
{
    co_await tick();
    co_return counted.number();
}

template <typename T>
Coroutine<int> by_value(T counted)
{
    co_await tick();
    co_return counted.number();
}

inline Coroutine<int> by_pointer(std::unique_ptr<Counted> counted)
{
    co_await tick();
    co_return counted->number();
}

inline Coroutine<int> by_shared_pointer(std::shared_ptr<Counted> counted)
{
    co_await tick();
    co_return counted->number() + 10 * static_cast<int>(counted.use_count());
}

inline Coroutine<int> by_optional(std::optional<Counted> counted)
{
    co_await tick();
    co_return counted ? counted->number() : 0;
}

inline Coroutine<int> by_pair(std::pair<Counted, int> pair)
{
    co_await tick();
    co_return pair.first.number() + pair.second;
}

inline Coroutine<int> by_tuple(std::tuple<Counted, Counted> tuple)
{
    co_await tick();
    co_return std::get<0>(tuple).number() + std::get<1>(tuple).number();
}

inline Coroutine<int> by_array(std::array<Counted, 2> array)
{
    co_await tick();
    co_return array[0].number() + array[1].number();
}

inline Coroutine<int> by_vector(std::vector<Counted> vector)
{
    co_await tick();
    int sum = 0;
    for (const Counted& counted : vector) {
        sum += counted.number();
    }
    co_return sum;
}

inline Coroutine<int> by_string(std::string string)
{
    co_await tick();
    co_return static_cast<int>(string.size());
}

inline Coroutine<int> by_strings(std::vector<std::string> strings)
{
    co_await tick();
    co_return static_cast<int>(strings.size());
}

inline Coroutine<int> by_options(Settings options)
{
    co_await tick();
    co_return options.counted.number() + options.more;
}

inline Coroutine<int> by_aggregate(Aggregate options)
{
    co_await tick();
    co_return options.counted.number() + options.more;
}

inline Coroutine<int> by_aggregate_reference(const Aggregate& options)
{
    co_await tick();
    co_return options.counted.number() + options.more;
}

inline Coroutine<int> by_two_numbers(TwoNumbers numbers)
{
    co_await tick();
    co_return numbers.one + numbers.two;
}

inline Coroutine<int> by_function(std::function<int()> function)
{
    co_await tick();
    co_return function();
}

template <typename F>
Coroutine<int> by_callable(F callable)
{
    co_await tick();
    co_return callable();
}

inline Coroutine<int> by_default(Counted counted = Counted{9}, std::optional<int> more = {})
{
    co_await tick();
    co_return counted.number() + more.value_or(100);
}

inline asyncio::Generator<Counted> count_to(int last)
{
    for (int i = 1; i <= last; ++i) {
        co_await tick();
        co_yield Counted{i};
    }
}

inline Counted plain(int value) { return Counted{value}; }
inline int sum(const Counted& one, const Counted& two) { return one.number() + two.number(); }
/// Not known to the optimiser.
inline bool yes() { return Tick::count < 1'000'000; }

class Pattern {
public:
    const char* name;
    Coroutine<int> (*run)();
    int expected;

    static std::vector<Pattern>& all()
    {
        static std::vector<Pattern> patterns;
        return patterns;
    }
};

class Registration {
public:
    Registration(const char* name, Coroutine<int> (*run)(), int expected)
    {
        Pattern::all().push_back({name, run, expected});
    }
};

}  // namespace compiler

// A coroutine and the number that it must give.
#define PATTERN(name, expected)                                    \
    Coroutine<int> name();                                         \
    const Registration registration_##name{#name, name, expected}; \
    Coroutine<int> name()

// Right on every compiler.
#define RIGHT(name, expected) PATTERN(name, expected)
// Wrong at run time on g++ 12, right on the others; await_forms.py finds it.
#define WRONG_ON_GXX12(name, expected) PATTERN(name, expected)
// Right on every compiler, and refused by await_forms.py all the same, which reads no types.
#define REFUSED(name, expected) PATTERN(name, expected)
// Does not compile on g++ 12, right on the others.
#define NOT_ON_GXX12(name, expected) PATTERN(name, expected)
// Does not compile on clang, right on g++.
#define NOT_ON_CLANG(name, expected) PATTERN(name, expected)
// Does not compile on any.
#define NOWHERE(name) Coroutine<int> name()
