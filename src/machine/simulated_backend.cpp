#include "machine/simulated_backend.hpp"

#include "machine/clock.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace machine {

SimulatedBoard::~SimulatedBoard() = default;

namespace detail {
namespace {

constexpr const char* chip_name = "simulated";

bool tracing()
{
    const char* const value = std::getenv("MACHINE_TRACE");
    return value != nullptr && std::strcmp(value, "1") == 0;
}

unsigned checked_line(unsigned number)
{
    if (number >= SimulatedBoard::line_count) {
        throw std::invalid_argument{"there is no line " + std::to_string(number) +
                                    " of 'simulated': its last is 53"};
    }
    return number;
}

unsigned checked_led(unsigned number)
{
    if (number < 1 || number > SimulatedBoard::led_count) {
        throw std::invalid_argument{"there is no LED " + std::to_string(number) +
                                    " on the simulated board: it has 1 to 4"};
    }
    return number;
}

}  // namespace

/// A line in use.
class SimulatedBackend::Driver final : public LineDriver {
public:
    Driver(std::shared_ptr<SimulatedBackend> board, unsigned number)
        : board_{std::move(board)}, number_{number}
    {
    }
    ~Driver() override { board_->settled(number_, line().release()); }

    void configure(const LineConfig& config, bool edges) override
    {
        const bool was_watched = line().watched();  // Then another pull makes an edge.
        board_->settled(number_, line().configure(config, edges), was_watched);
    }
    [[nodiscard]] bool get() override { return line().level() != line().config().active_low; }
    void set(bool value) override { board_->settled(number_, line().set(value)); }

private:
    [[nodiscard]] SimulatedLine& line() { return board_->lines_[number_]; }

    std::shared_ptr<SimulatedBackend> board_;
    unsigned number_;
};

class SimulatedBackend::Led final : public LedDriver {
public:
    Led(std::shared_ptr<SimulatedBackend> board, unsigned number)
        : board_{std::move(board)}, number_{number}
    {
    }

    [[nodiscard]] unsigned intensity() override { return board_->leds_[number_ - 1]; }
    void intensity(unsigned value) override { board_->light(number_, value); }

private:
    std::shared_ptr<SimulatedBackend> board_;
    unsigned number_;
};

SimulatedBackend::SimulatedBackend() : trace_{tracing()}, start_{now()}
{
    chips_.emplace_back(chip_name, "", chip_name, line_count);
}

std::string SimulatedBackend::description() const { return "GPIO0 to GPIO53, LEDs 1 to 4"; }

LineInfo SimulatedBackend::info(const LineAddress& address)
{
    const SimulatedLine& line = lines_[checked_line(address.offset)];
    LineInfo info;
    info.address = address;
    info.name = "GPIO" + std::to_string(address.offset);
    info.consumer = line.consumer();
    info.used = line.used();
    info.output = line.config().output();
    info.active_low = line.config().active_low;
    info.bias = line.config().bias;
    return info;
}

bool SimulatedBackend::read(const LineAddress& address)
{
    return lines_[checked_line(address.offset)].level();
}

std::unique_ptr<LineDriver> SimulatedBackend::open(const LineAddress& address,
                                                   const LineConfig& config,
                                                   const std::string& consumer, EdgeSink& sink)
{
    SimulatedLine& line = lines_[checked_line(address.offset)];
    if (line.used()) {
        asyncio::detail::throw_errno(EBUSY, "request line " + std::to_string(address.offset) +
                                                " of 'simulated' (used by '" + line.consumer() +
                                                "')");
    }
    auto self = std::static_pointer_cast<SimulatedBackend>(shared_from_this());
    line.use(consumer, sink);
    auto driver = std::make_unique<Driver>(std::move(self), address.offset);
    LineConfig effective = config;
    if (effective.mode == Mode::as_is) {
        effective.mode = Mode::in;  // What a line is that nobody uses.
    }
    driver->configure(effective, false);
    return driver;
}

std::vector<std::string> SimulatedBackend::leds() const { return {"LED1", "LED2", "LED3", "LED4"}; }

std::shared_ptr<LedDriver> SimulatedBackend::open_led(unsigned number)
{
    return std::make_shared<Led>(std::static_pointer_cast<SimulatedBackend>(shared_from_this()),
                                 checked_led(number));
}

void SimulatedBackend::drive(unsigned number, int level)
{
    settled(number, lines_[checked_line(number)].drive(level != 0), true);
}

void SimulatedBackend::release(unsigned number)
{
    settled(number, lines_[checked_line(number)].drive({}), true);
}

int SimulatedBackend::level(unsigned number) const
{
    return lines_[checked_line(number)].level() ? 1 : 0;
}

int SimulatedBackend::led(unsigned number) const
{
    return leds_[checked_led(number) - 1] == 0 ? 0 : 1;
}

std::uint64_t SimulatedBackend::contentions(unsigned number) const
{
    return lines_[checked_line(number)].contentions();
}

std::shared_ptr<void> SimulatedBackend::observe(Observer observer)
{
    auto shared = std::make_shared<Observer>(std::move(observer));
    observers_.push_back(shared);
    return shared;
}

void SimulatedBackend::settled(unsigned number, bool changed, bool from_outside)
{
    if (!changed) {
        return;
    }
    const SimulatedLine& line = lines_[number];
    LevelChange change{"GPIO" + std::to_string(number), false, number, line.level() ? 1 : 0, now()};
    if (from_outside) {
        line.report(change.timestamp);
    }
    announce(std::move(change));
}

void SimulatedBackend::light(unsigned number, unsigned intensity)
{
    const bool lit = intensity != 0;
    const bool before = std::exchange(leds_[number - 1], intensity) != 0;
    if (before != lit) {
        announce({"LED" + std::to_string(number), true, number, lit ? 1 : 0, now()});
    }
}

void SimulatedBackend::announce(LevelChange change) noexcept
{
    changes_.push_back(std::move(change));
    if (std::exchange(announcing_, true)) {
        return;
    }
    while (!changes_.empty()) {
        announce_now(changes_.front());
        changes_.pop_front();
    }
    announcing_ = false;
}

void SimulatedBackend::announce_now(const LevelChange& change)
{
    if (trace_ && (change.led || lines_[change.number].config().output())) {
        const std::chrono::duration<double> since = change.timestamp - start_;
        std::fprintf(stderr, "%9.3f %s %d\n", since.count(), change.name.c_str(), change.level);
    }
    std::erase_if(observers_, [](const auto& observer) { return observer.expired(); });
    for (const auto& weak : observers_) {
        if (const auto observer = weak.lock()) {
            (*observer)(change);
        }
    }
}

std::shared_ptr<Backend> make_simulated_backend() { return std::make_shared<SimulatedBackend>(); }

}  // namespace detail
}  // namespace machine
