#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <utility>

namespace conformance {
namespace {

constexpr std::uint64_t usual_seeds = 6;
constexpr int tries_on_a_busy_machine = 10;

asyncio::VirtualLoop* current_virtual_loop = nullptr;

/// How many seeds to try: CONFORMANCE_SEEDS in the environment, or what is usual.
std::uint64_t seeds()
{
    const char* wanted = std::getenv("CONFORMANCE_SEEDS");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : usual_seeds;
}

bool prints(Kind kind)
{
    return kind == Kind::program || kind == Kind::timed_program || kind == Kind::kernel_program;
}
bool runs_virtually(Kind kind) { return kind != Kind::kernel_rule && kind != Kind::kernel_program; }
bool runs_on_the_kernel(Kind kind) { return kind != Kind::virtual_rule; }

std::string expected_output(const std::string& name)
{
    const std::string path = std::string{CONFORMANCE_DIR} + "/programs/" + name + ".expected";
    std::ifstream file{path};
    EXPECT_TRUE(file) << "cannot read '" << path << "'";
    return {std::istreambuf_iterator<char>{file}, {}};
}

struct Case {
    std::string name;
    std::string rows;
    Kind kind;
    Body body;
};

class Test : public testing::Test {
public:
    explicit Test(Case test_case) : case_{std::move(test_case)} {}

protected:
    /// Runs the body once; true if it printed what it should.
    bool run_body(bool last_try)
    {
        printed().clear();
        case_.body();
        if (!prints(case_.kind)) {
            return true;
        }
        const std::string expected = expected_output(case_.name);
        const std::string actual = std::exchange(printed(), {});
        if (last_try || actual == expected) {
            EXPECT_EQ(actual, expected);
        }
        return actual == expected;
    }

    Case case_;
};

class VirtualTest final : public Test {
public:
    using Test::Test;

    void TestBody() override
    {
        for (std::uint64_t seed = 0; seed < seeds() && !HasFailure(); ++seed) {
            SCOPED_TRACE("rows " + case_.rows + ", seed " + std::to_string(seed));
            asyncio::VirtualLoop loop{seed};
            current_virtual_loop = &loop;
            run_body(true);
            loop.loop().close();
            current_virtual_loop = nullptr;
            EXPECT_EQ(loop.operations(), 0U) << "operations left behind";
            EXPECT_EQ(loop.open_descriptors(), 0U) << "descriptors left behind";
        }
    }
    void TearDown() override { current_virtual_loop = nullptr; }
};

class KernelTest final : public Test {
public:
    using Test::Test;

    void TestBody() override
    {
        SCOPED_TRACE("rows " + case_.rows);
        const bool timed = case_.kind == Kind::timed_program || case_.kind == Kind::kernel_program;
        const int tries = timed ? tries_on_a_busy_machine : 1;
        for (int i = 1; i <= tries; ++i) {
            if (!make_loop()) {
                return;
            }
            const bool matched = run_body(i == tries);
            asyncio::get_event_loop().close();
            if (matched) {
                return;
            }
        }
    }

private:
    static bool make_loop()
    {
        try {
            asyncio::new_event_loop().set_exception_handler({});
            return true;
        } catch (const asyncio::OSError& error) {
            if (error.code().value() == EPERM || error.code().value() == ENOSYS) {
                [&error] { GTEST_SKIP() << error.what(); }();
            } else {
                ADD_FAILURE() << error.what();
            }
            return false;
        }
    }
};

}  // namespace

Registration::Registration(const char* file, int line, const char* name, const char* rows,
                           Kind kind, Body body)
{
    const Case test_case{name, rows, kind, body};
    if (runs_virtually(kind)) {
        testing::RegisterTest(name, "Virtual", nullptr, nullptr, file, line,
                              [test_case]() -> Test* { return new VirtualTest{test_case}; });
    }
    if (runs_on_the_kernel(kind)) {
        testing::RegisterTest(name, "Kernel", nullptr, nullptr, file, line,
                              [test_case]() -> Test* { return new KernelTest{test_case}; });
    }
}

asyncio::VirtualLoop* virtual_loop() noexcept { return current_virtual_loop; }

std::chrono::nanoseconds now()
{
    return current_virtual_loop != nullptr ? current_virtual_loop->now()
                                           : std::chrono::steady_clock::now().time_since_epoch();
}

std::int64_t ms_since(std::chrono::nanoseconds start)
{
    return std::chrono::floor<std::chrono::milliseconds>(now() - start).count();
}

void hold_the_loop(std::chrono::milliseconds duration) { std::this_thread::sleep_for(duration); }

std::string& printed() noexcept
{
    static std::string output;
    return output;
}

std::string repr(const std::exception_ptr& exception)
{
    try {
        std::rethrow_exception(exception);
    } catch (const ValueError& error) {
        return std::string{"ValueError("} + error.what() + ")";
    } catch (const asyncio::CancelledError&) {
        return "CancelledError()";
    } catch (const asyncio::TimeoutError&) {
        return "TimeoutError()";
    } catch (const asyncio::RuntimeError& error) {
        return std::string{"RuntimeError('"} + error.what() + "')";
    }
}

std::string repr(std::string_view bytes)
{
    std::string result = "b'";
    for (const char byte : bytes) {
        if (byte == '\n') {
            result += "\\n";
        } else if (byte == '\r') {
            result += "\\r";
        } else {
            result += byte;
        }
    }
    return result + "'";
}

asyncio::Coroutine<> yield(int turns)
{
    for (int i = 0; i < turns; ++i) {
        co_await asyncio::sleep_ms(0);
    }
}

}  // namespace conformance
