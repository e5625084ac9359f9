#include <machine/board.hpp>

#include "machine/backend.hpp"
#include "machine/header.hpp"
#include "machine/names.hpp"

#include <machine/simulated_board.hpp>

#include <asyncio/errors.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace machine {
namespace {

const std::string led_prefix = "led:";

/// "17" and "BCM17" in either case are 17; else -1.
int number_in(std::string_view name)
{
    constexpr std::string_view prefix = "bcm";
    const std::string text = detail::folded(name);
    return detail::to_number(
        std::string_view{text}.substr(text.starts_with(prefix) ? prefix.size() : 0));
}

/// The same, and "GPIO17", which may also be what a line elsewhere is called.
int number_or_name_in(std::string_view name)
{
    constexpr std::string_view prefix = "gpio";
    return detail::folded(name.substr(0, prefix.size())) == prefix
               ? detail::to_number(name.substr(prefix.size()))
               : number_in(name);
}

}  // namespace

Board::Board(std::shared_ptr<detail::Backend> backend, std::string reason)
    : backend_{std::move(backend)}, reason_{std::move(reason)}
{
    for (const detail::ChipInfo& chip : backend_->chips()) {
        for (unsigned offset = 0; offset < chip.lines; ++offset) {
            const LineAddress address{chip.name, offset};
            names_.emplace_back(backend_->info(address).name, address);
        }
    }
}

Board::~Board() = default;

std::string Board::backend() const { return backend_->name(); }

std::string Board::description() const
{
    std::string text = backend_->name() + " board: ";
    text += reason_.empty() ? backend_->description() : reason_;
    return text;
}

std::vector<LineInfo> Board::lines() const
{
    std::vector<LineInfo> result;
    result.reserve(names_.size());
    for (const auto& [name, address] : names_) {
        result.push_back(backend_->info(address));
    }
    return result;
}

LineInfo Board::info(const LineAddress& address) const
{
    backend_->check(address);
    return backend_->info(address);
}

int Board::read(const LineAddress& address) const
{
    backend_->check(address);
    return backend_->read(address) ? 1 : 0;
}

std::optional<int> Board::peek(const LineAddress& address) const
{
    backend_->check(address);
    const std::optional<bool> level = backend_->peek(address);
    return level ? std::optional{*level ? 1 : 0} : std::nullopt;
}

LineAddress Board::find(std::string_view name) const
{
    if (const auto alias = aliases_.find(name); alias != aliases_.end()) {
        return alias->second;
    }
    if (const auto address = find_on_header(number_in(name))) {
        return *address;
    }
    if (const auto address = find_by_name(name)) {
        return *address;
    }
    if (detail::folded(name).starts_with(led_prefix)) {
        throw std::invalid_argument{"'" + std::string{name} + "' is a name for an LED, not a line"};
    }
    if (const std::optional<int> number = detail::gpio_at_header_pin(name)) {
        if (!knows_header()) {
            throw std::invalid_argument{"cannot find '" + std::string{name} + "' on the " +
                                        backend() + " board: its header is not known"};
        }
        LineAddress address{header_chip(), static_cast<unsigned>(*number)};
        backend_->check(address);
        return address;
    }
    if (const std::size_t colon = name.rfind(':'); colon != std::string_view::npos) {
        return find_on_chip(name.substr(0, colon), name.substr(colon + 1));
    }
    if (const int number = number_or_name_in(name); number >= 0) {
        try {
            return find(number);
        } catch (const std::invalid_argument& error) {
            const std::size_t digits = name.find_first_of("0123456789");
            throw std::invalid_argument{
                error.what() + detail::hint(detail::near_numbers(
                                   name.substr(0, digits), name.substr(digits), header_lines()))};
        }
    }
    throw std::invalid_argument{"there is no line '" + std::string{name} + "' on the " + backend() +
                                " board" + detail::hint(nearest_names(name))};
}

std::optional<LineAddress> Board::find_by_name(std::string_view name) const
{
    const std::string wanted = detail::folded(name);
    std::vector<LineAddress> found;
    for (const auto& [candidate, address] : names_) {
        if (!candidate.empty() && detail::folded(candidate) == wanted) {
            found.push_back(address);
        }
    }
    if (found.size() > 1) {
        std::vector<std::string> addresses;
        for (const LineAddress& address : found) {
            addresses.push_back(address.to_string());
        }
        throw std::invalid_argument{"several lines are called '" + std::string{name} + "': say " +
                                    detail::either(addresses)};
    }
    return found.empty() ? std::nullopt : std::optional{found.front()};
}

LineAddress Board::find_on_chip(std::string_view chip, std::string_view line) const
{
    std::vector<std::string> names;
    std::vector<std::string> found;
    const detail::ChipInfo* last = nullptr;
    for (const detail::ChipInfo& candidate : backend_->chips()) {
        const std::string wanted = detail::folded(chip);
        if (wanted == detail::folded(candidate.name) || chip == candidate.path ||
            wanted == detail::folded(candidate.label)) {
            found.push_back(candidate.name + ':' + std::string{line});
            last = &candidate;
        }
        names.push_back(candidate.name);
        names.push_back(candidate.label);
    }
    if (found.size() > 1) {
        throw std::invalid_argument{"several chips are called '" + std::string{chip} + "': say " +
                                    detail::either(found)};
    }
    if (last != nullptr) {
        return find_on_chip(*last, line);
    }
    if (knows_header()) {
        names.emplace_back("J8");
    }
    throw std::invalid_argument{"there is no chip '" + std::string{chip} + "' on the " + backend() +
                                " board" + detail::hint(detail::nearest(chip, names, 3))};
}

LineAddress Board::find_on_chip(const detail::ChipInfo& chip, std::string_view line) const
{
    const int number = detail::to_number(line);
    if (number < 0) {
        throw std::invalid_argument{"'" + std::string{line} + "' is no line of '" + chip.name +
                                    "': expected a number from 0 to " +
                                    std::to_string(chip.lines - 1)};
    }
    LineAddress address{chip.name, static_cast<unsigned>(number)};
    try {
        backend_->check(address);
    } catch (const std::invalid_argument& error) {
        throw std::invalid_argument{
            error.what() + detail::hint(detail::near_numbers(chip.name + ':', line, chip.lines))};
    }
    return address;
}

LineAddress Board::find(int number) const
{
    if (number < 0) {
        throw std::invalid_argument{"there is no line " + std::to_string(number)};
    }
    if (const auto address = find_on_header(number)) {
        return *address;
    }
    if (const auto address = find_by_name("GPIO" + std::to_string(number))) {
        return *address;
    }
    LineAddress address{header_chip(), static_cast<unsigned>(number)};
    backend_->check(address);
    return address;
}

std::optional<LineAddress> Board::find_on_header(int number) const
{
    for (const detail::ChipInfo& chip : backend_->chips()) {
        if (detail::is_header_label(chip.label)) {
            const auto offset = static_cast<unsigned>(number);
            return number >= 0 && offset < chip.lines
                       ? std::optional{LineAddress{chip.name, offset}}
                       : std::nullopt;
        }
    }
    return std::nullopt;
}

bool Board::knows_header() const
{
    return std::ranges::any_of(backend_->chips(), [](const detail::ChipInfo& chip) {
        return detail::is_header_label(chip.label);
    });
}

std::string Board::header_chip() const
{
    for (const detail::ChipInfo& chip : backend_->chips()) {
        if (detail::is_header_label(chip.label)) {
            return chip.name;
        }
    }
    for (const auto& [name, address] : names_) {
        if (detail::folded(name) == "gpio" + std::to_string(address.offset)) {
            return address.chip;
        }
    }
    return backend_->chips().front().name;
}

unsigned Board::header_lines() const
{
    const std::string name = header_chip();
    return std::ranges::find(backend_->chips(), name, &detail::ChipInfo::name)->lines;
}

std::vector<std::string> Board::nearest_names(std::string_view name, std::size_t count) const
{
    std::vector<std::string> names;
    for (const auto& [alias, address] : aliases_) {
        names.push_back(alias);
    }
    for (const auto& [candidate, address] : names_) {
        if (!candidate.empty()) {
            names.push_back(candidate);
        }
    }
    if (knows_header()) {
        for (const std::string& pin : detail::header_names(header_lines())) {
            names.push_back(pin);
        }
    }
    // LEDs are found without their prefix, too.
    const std::vector<std::string> lights = leds();
    names.insert(names.end(), lights.begin(), lights.end());
    std::vector<std::string> found = detail::nearest(name, names, count);
    for (std::string& candidate : found) {
        const bool is_line = std::find(names.begin(), names.end() - std::ssize(lights),
                                       candidate) != names.end() - std::ssize(lights);
        if (!is_line) {
            candidate.insert(0, led_prefix);
        }
    }
    return found;
}

std::vector<std::string> Board::leds() const { return backend_->leds(); }

int Board::find_led(std::string_view name) const
{
    const std::string wanted = detail::folded(name);
    const std::vector<std::string> names = leds();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (led_prefix + detail::folded(names[i]) == wanted) {
            return static_cast<int>(i) + 1;
        }
    }
    std::vector<std::string> nearest =
        detail::nearest(name.substr(std::min(led_prefix.size(), name.size())), names, 3);
    for (std::string& candidate : nearest) {
        candidate.insert(0, led_prefix);
    }
    throw std::invalid_argument{"there is no LED '" + std::string{name} + "' on the " + backend() +
                                " board" + detail::hint(nearest)};
}

void Board::alias(const std::string& name, const LineAddress& address)
{
    backend_->check(address);
    aliases_.insert_or_assign(name, address);
}

SimulatedBoard* Board::simulated() const noexcept { return backend_->simulated(); }

SimulatedBoard& simulated_board()
{
    SimulatedBoard* const simulated = board().simulated();
    if (simulated == nullptr) {
        throw asyncio::RuntimeError{"this is a real board, not the simulated one: " +
                                    board().description()};
    }
    return *simulated;
}

}  // namespace machine
