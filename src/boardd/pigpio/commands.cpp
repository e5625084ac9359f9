#include "boardd/pigpio/commands.hpp"

#include <algorithm>

namespace boardd::pigpio {

namespace {

enum class Gpio : std::uint8_t {
    none,       // p1 is something else.
    any,        // 0 to 53, exposed.
    user,       // 0 to 31, exposed.
    unchecked,  // 0 to 31; nothing is done to the pin, so it need not be exposed.
};

}  // namespace

struct Commands::Entry {
    Command command;
    Gpio gpio;
    Result (Commands::*act)(const Request&, Client&);
};

// In the order of their numbers.
const Commands::Entry Commands::table[] = {
    {Command::MODES, Gpio::any, &Commands::modes},
    {Command::MODEG, Gpio::any, &Commands::modeg},
    {Command::PUD, Gpio::any, &Commands::pud},
    {Command::READ, Gpio::any, &Commands::read},
    {Command::WRITE, Gpio::any, &Commands::write},
    {Command::PWM, Gpio::user, &Commands::pwm},
    {Command::PRS, Gpio::user, &Commands::prs},
    {Command::PFS, Gpio::user, &Commands::pfs},
    {Command::SERVO, Gpio::user, &Commands::servo},
    {Command::WDOG, Gpio::unchecked, &Commands::wdog},
    {Command::BR1, Gpio::none, &Commands::br1},
    {Command::BR2, Gpio::none, &Commands::br2},
    {Command::BC1, Gpio::none, &Commands::bc1},
    {Command::BC2, Gpio::none, &Commands::bc2},
    {Command::BS1, Gpio::none, &Commands::bs1},
    {Command::BS2, Gpio::none, &Commands::bs2},
    {Command::TICK, Gpio::none, &Commands::tick},
    {Command::HWVER, Gpio::none, &Commands::hwver},
    {Command::NO, Gpio::none, &Commands::no},
    {Command::NB, Gpio::none, &Commands::nb},
    {Command::NP, Gpio::none, &Commands::np},
    {Command::NC, Gpio::none, &Commands::nc},
    {Command::PRG, Gpio::user, &Commands::prg},
    {Command::PFG, Gpio::user, &Commands::pfg},
    {Command::PRRG, Gpio::user, &Commands::prrg},
    {Command::PIGPV, Gpio::none, &Commands::pigpv},
    {Command::TRIG, Gpio::user, &Commands::trig},
    {Command::MICS, Gpio::none, &Commands::mics},
    {Command::MILS, Gpio::none, &Commands::mils},
    {Command::GDC, Gpio::user, &Commands::gdc},
    {Command::GPW, Gpio::user, &Commands::gpw},
    {Command::HP, Gpio::any, &Commands::hp},
    {Command::FG, Gpio::unchecked, &Commands::fg},
    {Command::FN, Gpio::unchecked, &Commands::fn},
    {Command::NOIB, Gpio::none, &Commands::noib},
    {Command::EVM, Gpio::none, &Commands::evm},
    {Command::EVT, Gpio::none, &Commands::evt},
};

Commands::Commands(Board& board, Notifications& notifications, const Options& options)
    : board_{board}, notifications_{notifications}, options_{options}
{
}

const Commands::Entry* Commands::find(std::uint32_t command)
{
    const Entry* const found = std::lower_bound(
        std::begin(table), std::end(table), command, [](const Entry& entry, std::uint32_t number) {
            return static_cast<std::uint32_t>(entry.command) < number;
        });
    const bool same =
        found != std::end(table) && static_cast<std::uint32_t>(found->command) == command;
    return same ? found : nullptr;
}

Result Commands::execute(const Request& request, Client& client)
{
    const Entry* const entry = find(request.command);
    if (entry == nullptr) {
        return Code::UNKNOWN_COMMAND;
    }
    if (entry->gpio == Gpio::any && request.p1 > max_gpio) {
        return Code::BAD_GPIO;
    }
    if (entry->gpio != Gpio::any && entry->gpio != Gpio::none && request.p1 > max_user_gpio) {
        return Code::BAD_USER_GPIO;
    }
    if ((entry->gpio == Gpio::any || entry->gpio == Gpio::user) && !exposed(request.p1)) {
        return Code::NOT_PERMITTED;
    }
    try {
        return (this->*entry->act)(request, client);
    } catch (const PinError& error) {
        Result result{error.fault() == PinFault::busy ? Code::GPIO_IN_USE : Code::NOT_PERMITTED};
        result.failure = error.what();
        return result;
    }
}

bool Commands::exposed(unsigned gpio) const
{
    return (options_.exposed >> gpio & 1) != 0 && board_.gpio(gpio) != nullptr;
}

SharedPin& Commands::pin(const Request& request) const { return *board_.gpio(request.p1); }

Result Commands::tick(const Request&, Client&) { return to_tick(now()); }

Result Commands::hwver(const Request&, Client&) { return options_.revision; }

Result Commands::pigpv(const Request&, Client&) { return library_version; }

Result Commands::mics(const Request& request, Client&)
{
    if (request.p1 > max_mics) {
        return Code::BAD_MICS_DELAY;
    }
    Result result{0};
    result.delay = std::chrono::microseconds{request.p1};
    return result;
}

Result Commands::mils(const Request& request, Client&)
{
    if (request.p1 > max_mils) {
        return Code::BAD_MILS_DELAY;
    }
    Result result{0};
    result.delay = std::chrono::milliseconds{request.p1};
    return result;
}

}  // namespace boardd::pigpio
