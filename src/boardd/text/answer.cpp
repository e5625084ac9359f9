#include "boardd/text/answer.hpp"

#include <optional>
#include <vector>

namespace boardd::text {
namespace {

Code code_of(PinFault fault)
{
    switch (fault) {
        case PinFault::unknown: return Code::unknown_pin;
        case PinFault::busy: return Code::busy;
        case PinFault::unsupported: return Code::unsupported;
        case PinFault::failed: return Code::failed;
    }
    return Code::failed;
}

std::string_view name_of(PinMode mode)
{
    return mode == PinMode::in ? "in" : mode == PinMode::out ? "out" : "open_drain";
}

std::string_view name_of(PinPull pull)
{
    return pull == PinPull::off ? "off" : pull == PinPull::up ? "up" : "down";
}

std::string_view digit(bool value) { return value ? "1" : "0"; }

/// The value as people see it, or "-" if it takes more than a look, or another program has the pin.
std::string_view value_or_dash(const SharedPin& pin)
{
    try {
        const std::optional<bool> level = pin.peek();
        return level ? digit(turned(pin, *level)) : "-";
    } catch (const PinError&) {
        return "-";
    }
}

/// "in", or "-" if the board does not tell.
std::string mode_or_dash(const SharedPin& pin)
{
    try {
        return std::string{name_of(pin.mode())};
    } catch (const PinError&) {
        return "-";
    }
}

std::string pull_or_dash(const SharedPin& pin)
{
    try {
        return std::string{name_of(pin.pull())};
    } catch (const PinError&) {
        return "-";
    }
}

std::string describe_mode(const SharedPin& pin)
{
    return std::string{name_of(pin.mode())} + ' ' + std::string{name_of(pin.pull())};
}

std::string describe(const SharedPin& pin)
{
    std::string line = "PIN " + word(pin.name());
    if (!pin.alias().empty() && !pin.line_name().empty()) {
        line += " line=" + word(pin.line_name());
    }
    line += " at=" + word(pin.location());
    if (pin.gpio()) {
        line += " gpio=" + std::to_string(*pin.gpio());
    }
    line += " mode=" + mode_or_dash(pin);
    line += " pull=" + pull_or_dash(pin);
    line += " value=" + std::string{value_or_dash(pin)};
    line += pin.active_low() ? " active_low\n" : "\n";
    return line;
}

/// Does what a command says, and makes the reply to it.
class Answerer {
public:
    Answerer(Desk& desk, Watcher& watcher, bool& quit)
        : desk_{desk}, board_{desk.board}, watcher_{watcher}, quit_{quit}
    {
    }

    std::string operator()(const Nothing&) const { return {}; }
    std::string operator()(const Ping&) const { return ok("pong"); }
    std::string operator()(const Info&) const { return ok(desk_.about()); }

    std::string operator()(const Quit&) const
    {
        quit_ = true;
        return ok("bye");
    }

    std::string operator()(const Help&) const
    {
        std::string reply = ok(std::to_string(help_lines().size()));
        for (const std::string& line : help_lines()) {
            reply += "HELP " + line + '\n';
        }
        return reply;
    }

    std::string operator()(const List&) const
    {
        std::string reply = ok(std::to_string(board_.pins().size()));
        for (const auto& pin : board_.pins()) {
            reply += describe(*pin);
        }
        return reply;
    }

    std::string operator()(const Get& get) const
    {
        SharedPin& pin = board_.find(get.pin);
        return ok(digit(turned(pin, pin.read())));
    }

    std::string operator()(const Set& set) const
    {
        SharedPin& pin = board_.find(set.pin);
        pin.write(turned(pin, set.value));
        return ok(digit(set.value));
    }

    std::string operator()(const Toggle& toggle) const
    {
        SharedPin& pin = board_.find(toggle.pin);
        const bool level = !pin.read();
        pin.write(level);
        return ok(digit(turned(pin, level)));
    }

    std::string operator()(const Mode& mode) const
    {
        SharedPin& pin = board_.find(mode.pin);
        if (mode.mode) {
            pin.set_mode(*mode.mode);
        }
        if (mode.pull) {
            pin.set_pull(*mode.pull);
        }
        return ok(describe_mode(pin));
    }

    /// All of them or none.
    std::string operator()(const Watch& watch) const
    {
        const std::vector<SharedPin*> pins = find_all(watch.pins);
        for (SharedPin* pin : pins) {
            pin->watch();
        }
        std::string values;
        for (SharedPin* pin : pins) {
            watcher_.add(*pin);
            values += values.empty() ? "" : " ";
            values += value_or_dash(*pin);
        }
        return ok(values);
    }

    std::string operator()(const Unwatch& unwatch) const
    {
        if (unwatch.pins.empty()) {
            watcher_.remove_all();
        }
        for (SharedPin* pin : find_all(unwatch.pins)) {
            watcher_.remove(*pin);
        }
        return ok();
    }

    std::string operator()(const Simulate& simulate) const
    {
        board_.find(simulate.pin).simulate(simulate.level);
        return ok();
    }

private:
    [[nodiscard]] std::vector<SharedPin*> find_all(const std::vector<std::string>& names) const
    {
        std::vector<SharedPin*> pins;
        for (const std::string& name : names) {
            pins.push_back(&board_.find(name));
        }
        return pins;
    }

    Desk& desk_;
    Board& board_;
    Watcher& watcher_;
    bool& quit_;
};

}  // namespace

std::string answer(std::string_view line, Desk& desk, Watcher& watcher, bool& quit)
{
    const std::variant<Command, Refusal> parsed = parse_command(line);
    if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
        return err(refusal->code, refusal->text);
    }
    try {
        return std::visit(Answerer{desk, watcher, quit}, std::get<Command>(parsed));
    } catch (const PinError& error) {
        return err(code_of(error.fault()), error.what());
    }
}

}  // namespace boardd::text
