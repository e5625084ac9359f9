#pragma once

#include "machine/backend.hpp"
#include "machine/simulated_line.hpp"

#include <machine/simulated_board.hpp>

#include <array>
#include <chrono>
#include <deque>
#include <list>
#include <memory>

namespace machine::detail {

/// Both sides of the simulated board. See SimulatedBoard.
class SimulatedBackend final : public Backend, public SimulatedBoard {
public:
    SimulatedBackend();

    [[nodiscard]] std::string name() const override { return "simulated"; }
    [[nodiscard]] std::string description() const override;
    [[nodiscard]] const std::vector<ChipInfo>& chips() const override { return chips_; }
    [[nodiscard]] LineInfo info(const LineAddress& address) override;
    [[nodiscard]] bool read(const LineAddress& address) override;
    [[nodiscard]] std::unique_ptr<LineDriver> open(const LineAddress& address,
                                                   const LineConfig& config,
                                                   const std::string& consumer,
                                                   EdgeSink& sink) override;
    [[nodiscard]] std::vector<std::string> leds() const override;
    [[nodiscard]] std::shared_ptr<LedDriver> open_led(unsigned number) override;
    [[nodiscard]] std::unique_ptr<PwmDriver> open_pwm(std::string_view name) override;
    [[nodiscard]] std::unique_ptr<PwmDriver> open_pwm(const LineAddress& address) override;
    [[nodiscard]] SimulatedBoard* simulated() noexcept override { return this; }

    void drive(unsigned number, int level) override;
    void release(unsigned number) override;
    [[nodiscard]] int level(unsigned number) const override;
    [[nodiscard]] int led(unsigned number) const override;
    [[nodiscard]] PwmPulses pwm(unsigned channel) const override;
    [[nodiscard]] std::uint64_t contentions(unsigned number) const override;
    [[nodiscard]] std::shared_ptr<void> observe(Observer observer) override;

private:
    class Driver;
    class Led;
    class Pwm;

    /// The line has come to rest; what came from outside is an edge for the user of an input.
    void settled(unsigned number, bool changed, bool from_outside = false);
    void light(unsigned number, unsigned intensity);
    void announce(LevelChange change) noexcept;
    void announce_now(const LevelChange& change);

    std::vector<ChipInfo> chips_;
    std::array<SimulatedLine, line_count> lines_;
    std::array<unsigned, led_count> leds_{};  // Their intensities.
    std::array<PwmPulses, pwm_count> pwm_{};
    std::array<bool, pwm_count> pwm_used_{};
    std::list<std::weak_ptr<Observer>> observers_;
    std::deque<LevelChange> changes_;  // Made by an observer, to be announced when it returns.
    bool announcing_ = false;
    bool trace_;
    std::chrono::nanoseconds start_;
};

}  // namespace machine::detail
