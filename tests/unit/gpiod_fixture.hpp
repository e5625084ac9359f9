#pragma once

#include "gpiod_fake.hpp"
#include "machine/board_choice.hpp"
#include "machine/gpiod_backend.hpp"
#include "support/temporary_directory.hpp"

#include <machine/line.hpp>
#include <machine/pin.hpp>

#include <asyncio/coroutine.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/testing.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace gpiod_tests {

using asyncio::Coroutine;
using machine::Bias;
using machine::Edge;
using machine::LineAddress;
using machine::LineConfig;
using machine::Mode;
using namespace std::chrono_literals;
using Calls = std::vector<std::string>;

/// What a driver reports.
class Sink final : public machine::detail::EdgeSink {
public:
    void edge(const Edge& edge, std::uint64_t missed) override
    {
        edges.push_back(edge);
        lost += missed;
    }
    void failed(std::exception_ptr error) override { errors.push_back(error); }

    std::vector<Edge> edges;
    std::vector<std::exception_ptr> errors;
    std::uint64_t lost = 0;
};

/// A board whose libgpiod is GpiodFake, with files of its own.
class Gpiod : public ::testing::Test {
protected:
    void SetUp() override
    {
        GpiodFake::reset();
        std::filesystem::create_directory(folder / "dev");
        std::filesystem::create_directory(folder / "leds");
        touch(folder / "dev" / "gpiochip0");
        touch(folder / "dev" / "null");
    }

    void TearDown() override
    {
        backend.reset();
        machine::detail::use_board(nullptr);
        EXPECT_EQ(GpiodFake::requested_lines(), 0);
        EXPECT_EQ(GpiodFake::open_chips(), 0);
    }

    static void touch(const std::filesystem::path& path, const std::string& text = "")
    {
        std::ofstream{path} << text;
    }

    machine::detail::GpiodSearch search()
    {
        return machine::detail::find_gpiod(folder / "dev", folder / "leds", folder / "sys");
    }

    std::unique_ptr<machine::detail::LineDriver> open(unsigned offset, const LineConfig& config)
    {
        if (!backend) {
            backend = search().backend;
        }
        return backend->open(LineAddress{"gpiochip0", offset}, config, "test", sink);
    }

    void use_as_board()
    {
        machine::detail::use_board(std::make_unique<machine::Board>(search().backend, ""));
    }

    const asyncio::test::TemporaryDirectory directory;
    const std::filesystem::path folder{directory.path()};
    std::shared_ptr<machine::detail::Backend> backend;
    Sink sink;
};

/// Keeps what the loop's exception handler is told.
inline void keep_messages(asyncio::VirtualLoop& loop, Calls& messages)
{
    loop.loop().set_exception_handler(
        [&messages](asyncio::Loop&, const asyncio::ExceptionContext& context) {
            messages.push_back(context.message);
        });
}

/// Keeps what a pin reports.
inline Coroutine<> watch(machine::Pin pin, std::vector<Edge>& seen)
{
    for (;;) {
        const Edge edge = co_await pin.edge();
        seen.push_back(edge);
    }
}

}  // namespace gpiod_tests
