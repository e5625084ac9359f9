// Counts the edges of a pin for some seconds and says what was lost: edge_counter [PIN] [SECONDS].
//
// On a desktop the board is simulated, and a task of this program plays the world outside.
#include <asyncio/asyncio.hpp>
#include <machine/board.hpp>
#include <machine/pin.hpp>
#include <machine/simulated_board.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>

/// What was seen so far.
struct Count {
    std::uint64_t rising = 0;
    std::uint64_t falling = 0;
    std::uint64_t lost = 0;
};

// The task and main share the count: whoever ends first leaves the other nothing that is gone.
asyncio::Coroutine<> count_edges(machine::Pin pin, std::shared_ptr<Count> count)
{
    const machine::EdgeStream edges = pin.edges();
    for (;;) {
        const machine::Edge edge = co_await edges.next();
        ++(edge.rising ? count->rising : count->falling);
        count->lost = edges.lost();
    }
}

/// A wheel with a magnet that passes the simulated pin a hundred times in a second.
asyncio::Coroutine<> turn_wheel(unsigned line)
{
    for (;;) {
        machine::simulated_board().drive(line, 1);
        co_await asyncio::sleep_ms(2);
        machine::simulated_board().drive(line, 0);
        co_await asyncio::sleep_ms(8);
    }
}

asyncio::Coroutine<> main_task(std::string name, double seconds)
{
    machine::Pin pin(name, machine::Pin::IN, machine::Pin::PULL_DOWN);
    auto count = std::make_shared<Count>();
    auto counter = asyncio::create_task(count_edges(pin, count));
    if (machine::board().simulated() != nullptr) {
        asyncio::create_task(turn_wheel(pin.address().offset));
    }
    co_await asyncio::sleep(seconds);
    counter.cancel();
    std::printf("%s: %llu rising, %llu falling, %llu lost\n", pin.name().c_str(),
                static_cast<unsigned long long>(count->rising),
                static_cast<unsigned long long>(count->falling),
                static_cast<unsigned long long>(count->lost));
}

int main(int argc, char** argv)
{
    std::string pin = "GPIO4";
    double seconds = 1;
    CLI::App app{"Counts the edges of a pin."};
    app.add_option("pin", pin, "name of the pin");
    app.add_option("seconds", seconds, "how long")->check(CLI::Range(0.0, 1e6));
    CLI11_PARSE(app, argc, argv);
    try {
        asyncio::run(main_task(pin, seconds));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "edge_counter: %s\n", error.what());
        return 1;
    }
}
