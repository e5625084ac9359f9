#include "boardd/shared_pin.hpp"

#include "boardd/board.hpp"
#include "boardd/log.hpp"

#include <machine/simulated_board.hpp>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace boardd {

namespace {

/// Does what may fail on the board, and tells its failure in our own terms.
template <typename F>
decltype(auto) translated(F&& act)
{
    try {
        return act();
    } catch (const std::system_error& error) {
        const int reason = error.code().value();
        const PinFault fault = reason == EBUSY                             ? PinFault::busy
                               : reason == ENOTSUP || reason == EOPNOTSUPP ? PinFault::unsupported
                                                                           : PinFault::failed;
        throw PinError{fault, error.what()};
    } catch (const std::invalid_argument& error) {
        throw PinError{PinFault::unknown, error.what()};
    }
}

machine::Mode to_machine(PinMode mode)
{
    switch (mode) {
        case PinMode::out: return machine::Mode::out;
        case PinMode::open_drain: return machine::Mode::open_drain;
        case PinMode::in: break;
    }
    return machine::Mode::in;
}

machine::Bias to_machine(PinPull pull)
{
    switch (pull) {
        case PinPull::up: return machine::Bias::up;
        case PinPull::down: return machine::Bias::down;
        case PinPull::off: break;
    }
    return machine::Bias::disabled;
}

PinPull from_machine(machine::Bias bias)
{
    switch (bias) {
        case machine::Bias::up: return PinPull::up;
        case machine::Bias::down: return PinPull::down;
        case machine::Bias::as_is:
        case machine::Bias::disabled: break;
    }
    return PinPull::off;
}

}  // namespace

SharedPin::SharedPin(Board& board, const machine::LineInfo& info)
    : board_{board}, address_{info.address}, line_name_{info.name},
      location_{info.address.to_string()}, pwm_{*this}
{
}

SharedPin::~SharedPin() = default;

const std::string& SharedPin::name() const noexcept
{
    if (!config_.alias.empty()) {
        return config_.alias;
    }
    return line_name_.empty() ? location_ : line_name_;
}

PinMode SharedPin::mode() const
{
    if (!line_) {
        const auto info = translated([this] { return board_.lines_.info(address_); });
        return info.output ? PinMode::out : PinMode::in;
    }
    switch (line_->config().mode) {
        case machine::Mode::out:
        case machine::Mode::open_source: return PinMode::out;  // boardd makes no open source.
        case machine::Mode::open_drain: return PinMode::open_drain;
        case machine::Mode::in:
        case machine::Mode::as_is: break;
    }
    return PinMode::in;
}

PinPull SharedPin::pull() const
{
    if (line_) {
        return from_machine(line_->config().bias);
    }
    return from_machine(translated([this] { return board_.lines_.info(address_); }).bias);
}

bool SharedPin::read()
{
    if (const std::optional<bool> level = peek()) {
        return *level;
    }
    claim();  // And keep it: to let it go may make it an input.
    return translated([this] { return line_->value() != 0; });
}

std::optional<bool> SharedPin::peek() const
{
    return translated([this]() -> std::optional<bool> {
        if (line_) {
            return line_->value() != 0;
        }
        const std::optional<int> level = board_.lines_.peek(address_);
        return level ? std::optional{*level != 0} : std::nullopt;
    });
}

void SharedPin::claim()
{
    if (!line_) {
        translated([this] { line_.emplace(address_, machine::LineConfig{}, "boardd"); });
    }
}

void SharedPin::configure(const machine::LineConfig& config)
{
    translated([this, &config] {
        if (line_) {
            line_->configure(config);
        } else {
            line_.emplace(address_, config, "boardd");
        }
    });
    settled_ = now();
}

void SharedPin::set_mode(PinMode mode, std::optional<bool> level)
{
    claim();
    if (mode != this->mode()) {
        pwm_.stop();
        const bool output = mode != PinMode::in;
        if (output && !level) {
            level = read();
        }
        if (!output) {
            level.reset();
        }
        configure(machine::LineConfig{to_machine(mode), machine::Bias::as_is, level});
        refresh();
    } else if (level && mode != PinMode::in) {
        write(*level);
    }
    if (mode == PinMode::in) {
        try_to_watch();
    }
}

void SharedPin::set_pull(PinPull pull)
{
    claim();
    configure(machine::LineConfig{line_->config().mode, to_machine(pull)});
    if (mode() == PinMode::in) {
        try_to_watch();
    }
    refresh();
}

void SharedPin::write(bool level)
{
    pwm_.stop();
    drive(level, false);
}

void SharedPin::drive(bool level, bool by_pwm)
{
    if (line_ && line_->config().output()) {
        translated([this, level] { line_->value(level ? 1 : 0); });
        settled_ = now();
    } else {
        configure(machine::LineConfig{machine::Mode::out, machine::Bias::as_is, level});
    }
    // An open drain that lets go shows what the wire has.
    const bool is = line_->config().mode == machine::Mode::open_drain ? read() : level;
    if (is != known_) {
        note(is, settled_, by_pwm);
    }
}

void SharedPin::watch()
{
    claim();
    if (!watched_) {
        translated([this] { line_->watch([this](const machine::Edge& edge) { on_edge(edge); }); });
        watched_ = true;
        refresh();
    }
}

void SharedPin::try_to_watch()
{
    try {
        watch();
        blind_ = false;
    } catch (const PinError& error) {
        // Some chips see no edges; such a pin can still be read.
        if (!std::exchange(blind_, true)) {
            log::warning(std::string{error.what()} + "; its changes are seen when it is read");
        }
    }
}

void SharedPin::on_edge(const machine::Edge& edge)
{
    // What an output does was told when it was done. Edges from before a change of mode or pull
    // are part of the level that was read after it.
    if (line_->config().output() || edge.timestamp < settled_) {
        return;
    }
    if (edge.rising != known_) {
        note(edge.rising, edge.timestamp, false);
    }
    if (const std::uint64_t lost = line_->lost_edges(); lost != lost_) {
        lost_ = lost;
        refresh();
    }
}

void SharedPin::refresh()
{
    const bool level = read();
    settled_ = now();
    if (level != known_) {
        note(level, settled_, false);
    }
}

void SharedPin::note(bool level, Time time, bool by_pwm)
{
    known_ = level;
    board_.publish(LevelChange{this, level, time, by_pwm});
}

void SharedPin::apply(const PinConfig& config)
{
    config_ = config;
    if (!config.mode) {
        return;
    }
    const bool output = *config.mode != PinMode::in;
    machine::LineConfig line{to_machine(*config.mode), to_machine(config.pull)};
    if (output) {
        line.value = config.on_start_high;
    }
    if (*config.mode == PinMode::out) {
        line.bias = machine::Bias::as_is;
    }
    configure(line);
    if (output) {
        refresh();
    } else {
        try_to_watch();
    }
}

void SharedPin::apply_on_stop()
{
    const bool pulsed = pwm_.use() != SoftPwm::Use::none;
    pwm_.stop();
    const bool output =
        (line_ && line_->config().output()) || (config_.mode && *config_.mode != PinMode::in);
    if (!output) {
        return;
    }
    switch (config_.on_stop) {
        case OnStop::low: drive(false, false); break;
        case OnStop::high: drive(true, false); break;
        case OnStop::input: set_mode(PinMode::in); break;
        case OnStop::keep:
            if (pulsed) {  // Half on must not become fully on.
                drive(false, false);
            }
            break;
    }
}

void SharedPin::simulate(std::optional<bool> level)
{
    machine::SimulatedBoard* const simulated = board_.lines_.simulated();
    if (simulated == nullptr) {
        throw PinError{PinFault::unsupported,
                       "cannot simulate '" + name() + "': the board is a real one"};
    }
    if (level) {
        simulated->drive(address_.offset, *level ? 1 : 0);
    } else {
        simulated->release(address_.offset);
    }
}

}  // namespace boardd
