#pragma once

#include <asyncio/testing.hpp>

#include <chrono>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

/// The frame around the conformance tests.
///
/// A test is a function that uses asyncio as any program does. It runs on the virtual clock with
/// several seeds (test NAME.Virtual) and on the kernel (test NAME.Kernel), each time on a loop
/// of its own. It names the rules of rules.md that it shows:
///
///     RULE(CreationOrderIsFirstRunOrder, 42) { asyncio::run(...); EXPECT_EQ(...); }
///
/// A program is a test that prints; what it prints is compared with programs/NAME.expected:
///
///     PROGRAM(basic2, 7, 31) { print(asyncio::run(main_task())); }
namespace conformance {

using Body = void (*)();

/// Where a test makes sense, and how.
enum class Kind {
    rule,          ///< On the virtual clock and on the kernel.
    virtual_rule,  ///< Only where time is exact and the network can be told to fail.
    kernel_rule,   ///< Only where there are threads, signals or system calls to count.
    program,       ///< Prints; on both.
    timed_program, ///< The same, and compares real times: tried again when the machine is busy.
    kernel_program,  ///< The same, on the kernel only.
};

class Registration {
public:
    Registration(const char* file, int line, const char* name, const char* rows, Kind kind,
                 Body body);
};

#define CONFORMANCE_TEST(kind, name, ...)                                                 \
    static void name##_body();                                                            \
    static const ::conformance::Registration name##_registration{                         \
        __FILE__, __LINE__, #name, #__VA_ARGS__, ::conformance::Kind::kind, name##_body}; \
    static void name##_body()

#define RULE(name, ...) CONFORMANCE_TEST(rule, name, __VA_ARGS__)
#define VIRTUAL_RULE(name, ...) CONFORMANCE_TEST(virtual_rule, name, __VA_ARGS__)
#define KERNEL_RULE(name, ...) CONFORMANCE_TEST(kernel_rule, name, __VA_ARGS__)
#define PROGRAM(name, ...) CONFORMANCE_TEST(program, name, __VA_ARGS__)
#define TIMED_PROGRAM(name, ...) CONFORMANCE_TEST(timed_program, name, __VA_ARGS__)
#define KERNEL_PROGRAM(name, ...) CONFORMANCE_TEST(kernel_program, name, __VA_ARGS__)

/// The loop of the test that runs on the virtual clock; null on the kernel.
[[nodiscard]] asyncio::VirtualLoop* virtual_loop() noexcept;

/// The loop's clock: virtual, or CLOCK_MONOTONIC.
[[nodiscard]] std::chrono::nanoseconds now();

/// Milliseconds of the loop's clock since `start`, rounded down.
[[nodiscard]] std::int64_t ms_since(std::chrono::nanoseconds start);

/// Keeps the loop's thread busy, as a task does that never awaits.
void hold_the_loop(std::chrono::milliseconds duration);

/// What the program has printed so far.
[[nodiscard]] std::string& printed() noexcept;

inline std::string text(bool value) { return value ? "True" : "False"; }
inline std::string text(const std::string& value) { return value; }
inline std::string text(std::string_view value) { return std::string{value}; }
inline std::string text(const char* value) { return value; }
template <typename T>
    requires std::is_arithmetic_v<T>
std::string text(T value)
{
    return std::to_string(value);
}

/// Prints the values with spaces between them and a line end, as Python does.
template <typename First, typename... Rest>
void print(const First& first, const Rest&... rest)
{
    printed() += text(first);
    ((printed() += " ", printed() += text(rest)), ...);
    printed() += "\n";
}

/// Python's ValueError, for the programs: `throw ValueError{"2"}` is shown as "ValueError(2)".
class ValueError : public std::runtime_error {
public:
    explicit ValueError(const std::string& arguments = {}) : std::runtime_error{arguments} {}
};

/// "ValueError(2)", "CancelledError()": the exceptions of the programs as Python shows them.
[[nodiscard]] std::string repr(const std::exception_ptr& exception);
/// b'...' as Python shows bytes.
[[nodiscard]] std::string repr(std::string_view bytes);

/// What happened, in order: "a, b, c".
class Trace {
public:
    template <typename... T>
    void add(const T&... parts)
    {
        if (!text_.empty()) {
            text_ += ", ";
        }
        ((text_ += text(parts)), ...);
    }
    [[nodiscard]] const std::string& str() const noexcept { return text_; }

private:
    static std::string text(char value) { return std::string(1, value); }
    template <typename T>
    static std::string text(const T& value)
    {
        return conformance::text(value);
    }

    std::string text_;
};

/// Yields `turns` times: `co_await yield(3);`
[[nodiscard]] asyncio::Coroutine<> yield(int turns = 1);

}  // namespace conformance
