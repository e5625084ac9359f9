#include "machine/simulated_line.hpp"

#include <utility>

namespace machine::detail {

void SimulatedLine::use(std::string consumer, EdgeSink& sink)
{
    consumer_ = std::move(consumer);
    sink_ = &sink;
}

bool SimulatedLine::configure(const LineConfig& config, bool edges)
{
    const Bias before = config_.bias;
    config_ = config;
    if (config_.bias == Bias::as_is) {
        config_.bias = before;
    }
    edges_ = edges;
    return settle();
}

bool SimulatedLine::set(bool value)
{
    config_.value = value;
    return settle();
}

bool SimulatedLine::drive(std::optional<bool> level)
{
    drive_ = level;
    return settle();
}

bool SimulatedLine::release()
{
    sink_ = nullptr;
    consumer_.clear();
    return configure(LineConfig{Mode::in}, false);
}

void SimulatedLine::report(std::chrono::nanoseconds at) const
{
    if (watched()) {
        sink_->edge(Edge{level_ != config_.active_low, at}, 0);
    }
}

std::optional<bool> SimulatedLine::own_level() const noexcept
{
    if (!config_.output()) {
        return {};
    }
    const bool high = config_.value.value_or(false) != config_.active_low;
    const bool lets_go = config_.mode == (high ? Mode::open_drain : Mode::open_source);
    return lets_go ? std::nullopt : std::optional{high};
}

bool SimulatedLine::settle() noexcept
{
    const std::optional<bool> own = own_level();
    const bool fighting = own && drive_ && *own != *drive_;
    contentions_ += fighting && !fighting_ ? 1 : 0;
    fighting_ = fighting;

    bool level = level_;  // Floating.
    if (own || drive_) {
        level = own ? *own : *drive_;
    } else if (config_.bias == Bias::up || config_.bias == Bias::down) {
        level = config_.bias == Bias::up;
    }
    return std::exchange(level_, level) != level;
}

}  // namespace machine::detail
