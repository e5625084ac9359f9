#include <machine/pin.hpp>

#include <machine/board.hpp>

#include <map>
#include <utility>

namespace machine {

/// What all handles of a pin share.
class Pin::State {
public:
    State(const LineAddress& address, const LineConfig& config) : line{address, config} {}

    Line line;
};

namespace {

LineConfig make_config(std::optional<Mode> mode, std::optional<Bias> pull, std::optional<int> value)
{
    const auto level = value ? std::optional{*value != 0} : std::nullopt;
    return LineConfig{mode.value_or(Mode::as_is), pull.value_or(Bias::as_is), level};
}

}  // namespace

/// The pins that have handles. It is never destroyed, as static Pins may outlive it.
class Pin::Registry {
public:
    static std::weak_ptr<State>& entry(const LineAddress& address)
    {
        static auto& entries = *new std::map<LineAddress, std::weak_ptr<State>>;
        return entries[address];
    }
};

Pin::Pin(int id, std::optional<Mode> mode, std::optional<Bias> pull, std::optional<int> value)
    : Pin{board().find(id), mode, pull, value}
{
}

Pin::Pin(std::string_view id, std::optional<Mode> mode, std::optional<Bias> pull,
         std::optional<int> value)
    : Pin{board().find(id), mode, pull, value}
{
}

Pin::Pin(const LineAddress& id, std::optional<Mode> mode, std::optional<Bias> pull,
         std::optional<int> value)
{
    std::weak_ptr<State>& entry = Registry::entry(id);
    state_ = entry.lock();
    if (state_) {
        init(mode, pull, value);
        return;
    }
    state_ = std::make_shared<State>(id, make_config(mode, pull, value));
    entry = state_;
}

Pin::Pin(std::shared_ptr<State> state) noexcept : state_{std::move(state)} {}

void Pin::init(std::optional<Mode> mode, std::optional<Bias> pull, std::optional<int> value)
{
    if (mode || pull) {
        state_->line.configure(make_config(mode, pull, value));
    } else if (value) {
        state_->line.value(*value);
    }
}

int Pin::value() const { return state_->line.value(); }
void Pin::value(int value) { state_->line.value(value); }

void Pin::toggle()
{
    const std::optional<bool> set = state_->line.config().value;
    value(set.value_or(false) ? 0 : 1);
}

Mode Pin::mode() const noexcept { return state_->line.config().mode; }
Bias Pin::pull() const noexcept { return state_->line.config().bias; }

void Pin::debounce(std::chrono::microseconds period)
{
    LineConfig config;
    config.debounce = period;
    state_->line.configure(config);
}

std::chrono::microseconds Pin::debounce() const noexcept { return *state_->line.config().debounce; }

void Pin::irq(Handler handler, Trigger trigger)
{
    if (!handler) {
        state_->line.watch({});
        return;
    }
    // Not the handle itself: a pin that is watched must still go with its last handle.
    state_->line.watch(
        [weak = std::weak_ptr{state_}, handler = std::move(handler), trigger](const Edge& edge) {
            if (const auto state = weak.lock(); state && edge.matches(trigger)) {
                handler(Pin{state});
            }
        });
}

EdgeWait Pin::edge(Trigger trigger) { return state_->line.edge(trigger); }
EdgeStream Pin::edges(Trigger trigger) { return state_->line.edges(trigger); }
std::optional<Edge> Pin::last_edge() const noexcept { return state_->line.last_edge(); }
std::uint64_t Pin::lost_edges() const noexcept { return state_->line.lost_edges(); }
const std::string& Pin::name() const noexcept { return state_->line.name(); }
const LineAddress& Pin::address() const noexcept { return state_->line.address(); }

}  // namespace machine
