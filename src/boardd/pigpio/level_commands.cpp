// The commands that set pins up, write and read them.

#include "boardd/pigpio/commands.hpp"

#include <chrono>

namespace boardd::pigpio {

namespace {

constexpr std::uint32_t mode_input = 0;
constexpr std::uint32_t mode_output = 1;
constexpr std::uint32_t max_mode = 7;  // The others are the chip's alternative functions.

/// Waits on the spot: a pulse of at most 100 us is shorter than a turn of the loop may be.
void spin(std::chrono::microseconds time)
{
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
    }
}

}  // namespace

Result Commands::modes(const Request& request, Client&)
{
    if (request.p2 > max_mode) {
        return Code::BAD_MODE;
    }
    if (request.p2 > mode_output) {
        return Code::NOT_PERMITTED;  // The kernel lets nobody choose an alternative function.
    }
    SharedPin& pin = this->pin(request);
    if (request.p2 == mode_input) {
        pin.set_mode(PinMode::in);
    } else if (!pin.claimed() || !pin.is_output()) {  // An open drain stays one.
        pin.set_mode(PinMode::out);
    }
    return 0;
}

Result Commands::modeg(const Request& request, Client&)
{
    return pin(request).is_output() ? mode_output : mode_input;
}

Result Commands::pud(const Request& request, Client&)
{
    constexpr PinPull pulls[] = {PinPull::off, PinPull::down, PinPull::up};
    if (request.p2 >= std::size(pulls)) {
        return Code::BAD_PUD;
    }
    pin(request).set_pull(pulls[request.p2]);
    return 0;
}

Result Commands::read(const Request& request, Client&) { return pin(request).read() ? 1 : 0; }

Result Commands::write(const Request& request, Client&)
{
    if (request.p2 > 1) {
        return Code::BAD_LEVEL;
    }
    pin(request).write(request.p2 == 1);
    return 0;
}

Result Commands::trig(const Request& request, Client&)
{
    if (request.p2 == 0 || request.p2 > max_trigger_us) {
        return Code::BAD_PULSELEN;
    }
    const std::optional<std::uint32_t> level = request.extension_word();
    if (!level || *level > 1) {
        return Code::BAD_LEVEL;
    }
    SharedPin& pin = this->pin(request);
    pin.write(*level == 1);
    spin(std::chrono::microseconds{request.p2});
    pin.write(*level == 0);
    return 0;
}

Result Commands::br1(const Request&, Client& client)
{
    const std::uint32_t levels = board_.levels(0, static_cast<std::uint32_t>(options_.exposed));
    client.known_levels = levels;
    return levels;
}

Result Commands::br2(const Request&, Client&)
{
    return board_.levels(1, static_cast<std::uint32_t>(options_.exposed >> 32));
}

Result Commands::bc1(const Request& request, Client&) { return write_bits(0, request.p1, false); }
Result Commands::bc2(const Request& request, Client&) { return write_bits(1, request.p1, false); }
Result Commands::bs1(const Request& request, Client&) { return write_bits(0, request.p1, true); }
Result Commands::bs2(const Request& request, Client&) { return write_bits(1, request.p1, true); }

Result Commands::write_bits(unsigned bank, std::uint32_t bits, bool level)
{
    Result result{0};
    for (unsigned bit = 0; bit < 32; ++bit) {
        const unsigned gpio = bank * 32 + bit;
        if ((bits >> bit & 1) == 0) {
            continue;
        }
        if (!exposed(gpio)) {
            result.value = static_cast<std::uint32_t>(Code::SOME_PERMITTED);
            continue;
        }
        SharedPin& pin = *board_.gpio(gpio);
        try {
            // It changes no mode, and does not stop pulses.
            if (pin.is_output() && pin.pwm().use() == SoftPwm::Use::none) {
                pin.write(level);
            }
        } catch (const PinError& error) {
            result.value = static_cast<std::uint32_t>(Code::SOME_PERMITTED);
            result.failure = error.what();
        }
    }
    return result;
}

}  // namespace boardd::pigpio
