#include <machine/signal.hpp>

#include <utility>

namespace machine {
namespace {

std::optional<int> level_for(std::optional<int> value, bool invert)
{
    if (value && invert) {
        return *value == 0 ? 1 : 0;
    }
    return value;
}

}  // namespace

Signal::Signal(Pin pin, bool invert) : pin_{std::move(pin)}, invert_{invert} {}

Signal::Signal(int id, std::optional<Mode> mode, std::optional<Bias> pull, std::optional<int> value,
               bool invert)
    : Signal{Pin{id, mode, pull, level_for(value, invert)}, invert}
{
}

Signal::Signal(std::string_view id, std::optional<Mode> mode, std::optional<Bias> pull,
               std::optional<int> value, bool invert)
    : Signal{Pin{id, mode, pull, level_for(value, invert)}, invert}
{
}

}  // namespace machine
