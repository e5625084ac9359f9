#include "boardd/board.hpp"

#include <algorithm>
#include <stdexcept>

namespace boardd {

Board::Board(machine::Board& lines, const Pins& pins) : lines_{lines}
{
    for (const machine::LineInfo& info : lines_.lines()) {
        pins_.push_back(std::make_unique<SharedPin>(*this, info));
    }
    for (unsigned number = 0; number < gpio_count; ++number) {
        try {
            SharedPin& pin = pin_at(lines_.find(static_cast<int>(number)));
            pin.gpio_ = number;
            gpios_[number] = &pin;
        } catch (const std::invalid_argument&) {
            // This board has no such line.
        }
    }
    // First every name, then the first act on a pin: a mistake in the last table changes nothing.
    for (const auto& [alias, config] : pins) {
        SharedPin& pin = find(config.line);
        if (!pin.alias().empty()) {
            throw PinError{PinFault::unknown, "cannot call '" + config.line + "' '" + alias +
                                                  "': it is called '" + pin.alias() + "' already"};
        }
        pin.config_ = config;
        pin.config_.alias = alias;
    }
    for (const auto& pin : pins_) {
        if (!pin->alias().empty()) {
            lines_.alias(pin->alias(), pin->address_);
            pin->apply(PinConfig{pin->config_});
        }
    }
}

Board::~Board() = default;

SharedPin& Board::pin_at(const machine::LineAddress& address)
{
    for (const auto& pin : pins_) {
        if (pin->address_ == address) {
            return *pin;
        }
    }
    throw std::invalid_argument{"cannot find line '" + address.to_string() + "'"};
}

SharedPin& Board::find(std::string_view name)
{
    try {
        return pin_at(lines_.find(name));
    } catch (const std::invalid_argument& error) {
        throw PinError{PinFault::unknown, error.what()};
    }
}

SharedPin* Board::gpio(unsigned number) noexcept
{
    return number < gpio_count ? gpios_[number] : nullptr;
}

std::uint32_t Board::levels(unsigned bank, std::uint32_t mask)
{
    std::uint32_t word = 0;
    for (unsigned bit = 0; bit < 32; ++bit) {
        SharedPin* const pin = gpio(bank * 32 + bit);
        const std::uint32_t weight = std::uint32_t{1} << bit;
        if (pin == nullptr || (mask & weight) == 0) {
            continue;
        }
        try {
            const bool level = pin->peek().value_or(pin->known_);
            // Nobody else tells the observers what a pin does that is not watched.
            if (!pin->watched() && level != pin->known_) {
                pin->note(level, now(), false);
            }
            word |= level ? weight : 0;
        } catch (const PinError&) {
            // Another program's pin, which only that program can read.
        }
    }
    return word;
}

Board::Subscription Board::subscribe(Observer observer)
{
    forget_who_left();  // Or a client that comes and goes would use up memory, change or no change.
    auto subscription = std::make_shared<const Observer>(std::move(observer));
    observers_.push_back(subscription);
    return subscription;
}

void Board::publish(const LevelChange& change)
{
    ++publishing_;
    for (std::size_t i = 0; i < observers_.size(); ++i) {
        if (const Subscription observer = observers_[i].lock()) {
            (*observer)(change);
        }
    }
    --publishing_;
    forget_who_left();
}

void Board::forget_who_left()
{
    if (publishing_ == 0) {
        std::erase_if(observers_, [](const auto& observer) { return observer.expired(); });
    }
}

std::vector<std::string> Board::stop()
{
    std::vector<std::string> failures;
    for (const auto& pin : pins_) {
        try {
            pin->apply_on_stop();
        } catch (const PinError& error) {
            failures.emplace_back(error.what());
        }
    }
    return failures;
}

}  // namespace boardd
