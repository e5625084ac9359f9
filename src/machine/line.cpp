#include <machine/line.hpp>

#include "machine/backend.hpp"
#include "machine/clock.hpp"
#include "machine/debouncer.hpp"
#include "machine/edge_dispatcher.hpp"
#include "machine/edge_queue.hpp"

#include <machine/board.hpp>

#include <asyncio/errors.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace machine {

using namespace std::chrono_literals;

/// The line itself, at a fixed address: the driver reports edges to it.
class Line::State final : public detail::EdgeSink,
                          public detail::Debouncer::User,
                          public detail::EdgeQueue::Owner {
public:
    State(const LineAddress& address, const LineConfig& config, const std::string& consumer);
    ~State();

    void configure(LineConfig config);
    void set(bool value);
    void watch(EdgeHandler handler);
    [[nodiscard]] asyncio::detail::Ref<detail::EdgeQueue> keep_edges();
    [[nodiscard]] EdgeStream edges(Trigger trigger);
    [[nodiscard]] std::uint64_t lost_edges() const noexcept;

    [[nodiscard]] bool value();
    [[nodiscard]] std::optional<Edge> last_edge() const noexcept { return last_edge_; }

    void edge(const Edge& edge, std::uint64_t missed) override;
    void failed(std::exception_ptr error) override;
    void abandoned(const detail::EdgeQueue& stream) noexcept override;
    void resume_edges() override;

    [[nodiscard]] bool steady_level() override { return driver->get(); }
    void settled(const Edge& edge) override { pass_on(edge); }

    const std::shared_ptr<detail::Backend> backend;
    const LineAddress address;
    std::string name;
    LineConfig config;
    std::unique_ptr<detail::LineDriver> driver;

private:
    /// Sets the driver up, and the debouncer where the driver leaves that to us.
    void set_up(const LineConfig& wanted);
    [[nodiscard]] bool debounced_here(const LineConfig& wanted) const;
    /// Does anybody want edges? Who has called edge() does as long as the line lasts.
    [[nodiscard]] bool listened() const noexcept;
    void report_edges(bool wanted);
    /// Hands an edge to those who want edges.
    void pass_on(Edge edge);
    /// The same for one that this object has made.
    void pass_on_own(bool value);

    bool wanted_ = false;     // Somebody wants edges.
    std::exception_ptr error_;    // Why no edges come any more.
    std::uint64_t sequence_ = 0;  // Of the last edge.
    std::optional<Edge> last_edge_;
    std::uint64_t lost_ = 0;      // So many were lost below us.
    asyncio::detail::Ref<detail::Debouncer> debouncer_;  // Null: no need.
    asyncio::detail::Ref<detail::EdgeQueue> queue_;  // For edge(); null until it is asked for.
    std::vector<detail::EdgeQueue*> streams_;  // Theirs who read them.
    asyncio::detail::Ref<detail::EdgeDispatcher> dispatcher_;  // For watch(); null likewise.
};

namespace {

void check(const LineConfig& wanted)
{
    if (wanted.debounce &&
        (*wanted.debounce < 0us || *wanted.debounce > LineConfig::max_debounce)) {
        throw std::invalid_argument{
            "cannot debounce for " + std::to_string(wanted.debounce->count()) +
            " us: expected 0 to " + std::to_string(LineConfig::max_debounce.count())};
    }
}

}  // namespace

Line::State::State(const LineAddress& at, const LineConfig& wanted, const std::string& consumer)
    : backend{board().implementation()}, address{at}
{
    backend->check(address);
    check(wanted);
    const std::string found_name = backend->info(address).name;
    name = found_name.empty() ? address.to_string() : found_name;
    // An output needs a value, and without one the line is read first, as it is.
    if (wanted.mode == Mode::in || (wanted.output() && wanted.value)) {
        config = wanted;
        config.debounce = wanted.debounce.value_or(0us);
        driver = backend->open(address, config, consumer, *this);
        if (config.bias == Bias::as_is) {
            config.bias = backend->info(address).bias;
        }
        if (debounced_here(config)) {
            set_up(config);
        }
        return;
    }
    LineConfig as_found;
    as_found.active_low = wanted.active_low;
    driver = backend->open(address, as_found, consumer, *this);
    // Not before: whoever had the line until now may have left it otherwise.
    const LineInfo found = backend->info(address);
    config.mode = found.output ? Mode::out : Mode::in;
    config.bias = found.bias;
    config.active_low = wanted.active_low;
    config.debounce = 0us;
    if (found.output) {
        config.value = driver->get();
    }
    if (wanted.mode != Mode::as_is || wanted.bias != Bias::as_is || wanted.value ||
        wanted.debounce) {
        configure(wanted);
    }
}

Line::State::~State()
{
    const auto released =
        std::make_exception_ptr(asyncio::RuntimeError{"the line '" + name + "' was released"});
    for (detail::EdgeQueue* const stream : std::exchange(streams_, {})) {
        stream->disown();  // First: a handler may own one.
        stream->fail(released);
    }
    driver.reset();  // It reports to the others.
    if (debouncer_) {
        debouncer_->stop();
    }
    if (dispatcher_) {
        dispatcher_->set_handler({});
    }
    if (queue_) {
        queue_->fail(released);
    }
}

void Line::State::configure(LineConfig wanted)
{
    check(wanted);
    if (wanted.mode == Mode::as_is) {
        wanted.mode = config.mode;
    }
    if (wanted.bias == Bias::as_is) {
        wanted.bias = config.bias;
    }
    if (!wanted.value) {
        wanted.value = config.value;
    }
    wanted.debounce = wanted.debounce.value_or(*config.debounce);
    std::optional<bool> before;
    if (wanted.output() && (wanted_ || !wanted.value)) {
        // The level stays, so the value turns round together with its meaning.
        before = driver->get() != (config.active_low != wanted.active_low);
        wanted.value = wanted.value.value_or(*before);
    }
    set_up(wanted);
    if (before && *before != *wanted.value) {
        pass_on_own(*wanted.value);
    }
}

bool Line::State::debounced_here(const LineConfig& wanted) const
{
    return wanted.mode == Mode::in && *wanted.debounce > 0us && !driver->debounces();
}

void Line::State::set_up(const LineConfig& wanted)
{
    const bool here = debounced_here(wanted);
    driver->configure(wanted, wanted_ || here);
    if (here && debouncer_) {  // As in the kernel, what was steady stays so, and bounces on.
        debouncer_->set_period(*wanted.debounce);
        if (wanted.active_low != config.active_low) {
            debouncer_->turn_round();
        }
    } else if (debouncer_) {
        debouncer_->stop();
        debouncer_ = {};
    } else if (here) {
        debouncer_ = asyncio::detail::make_ref<detail::Debouncer>(*this, name, *wanted.debounce);
    }
    config = wanted;
    error_ = nullptr;
    if (queue_) {
        queue_->recover();
    }
    for (detail::EdgeQueue* const stream : streams_) {
        stream->recover();
    }
}

void Line::State::set(bool value)
{
    if (!config.output()) {
        config.value = value;
        return;
    }
    driver->set(value);
    if (wanted_ && config.value != value) {
        pass_on_own(value);
    }
    config.value = value;
}

void Line::State::pass_on_own(bool value) { pass_on(Edge{value, detail::now()}); }

bool Line::State::value() { return debouncer_ ? debouncer_->value() : driver->get(); }

void Line::State::watch(EdgeHandler handler)
{
    if (!dispatcher_) {
        dispatcher_ = asyncio::detail::make_ref<detail::EdgeDispatcher>(name);
    }
    if (handler) {
        report_edges(true);  // First: who is refused has the handler that was there.
    }
    dispatcher_->set_handler(std::move(handler));
    report_edges(listened());
    if (error_) {
        dispatcher_->fail(error_);
    }
}

asyncio::detail::Ref<detail::EdgeQueue> Line::State::keep_edges()
{
    report_edges(true);
    if (!queue_) {
        queue_ = asyncio::detail::make_ref<detail::EdgeQueue>(name);
        queue_->fail(error_);
    }
    return queue_;
}

EdgeStream Line::State::edges(Trigger trigger)
{
    report_edges(true);
    auto stream = asyncio::detail::make_ref<detail::EdgeQueue>(name, trigger, this);
    stream->fail(error_);
    streams_.push_back(stream.get());
    return EdgeStream{std::move(stream)};
}

bool Line::State::listened() const noexcept
{
    return queue_ || !streams_.empty() || (dispatcher_ && dispatcher_->active());
}

void Line::State::abandoned(const detail::EdgeQueue& stream) noexcept
{
    std::erase(streams_, &stream);
    try {
        report_edges(listened());
    } catch (...) {
        // They are reported on, to nobody.
    }
}

void Line::State::report_edges(bool wanted)
{
    if (wanted != wanted_) {
        driver->configure(config, wanted || debouncer_);
        wanted_ = wanted;
        error_ = nullptr;
    }
    resume_edges();
}

void Line::State::resume_edges()
{
    driver->resume_edges();
    if (debouncer_) {
        debouncer_->resume();
    }
}

std::uint64_t Line::State::lost_edges() const noexcept
{
    return lost_ + (queue_ ? queue_->lost() : 0) + (dispatcher_ ? dispatcher_->lost() : 0);
}

void Line::State::edge(const Edge& edge, std::uint64_t missed)
{
    if (debouncer_) {
        debouncer_->change();
        return;
    }
    sequence_ += missed;
    lost_ += missed;
    for (detail::EdgeQueue* const stream : streams_) {
        stream->miss(missed);
    }
    pass_on(edge);
}

void Line::State::pass_on(Edge edge)
{
    edge.sequence = ++sequence_;
    last_edge_ = edge;
    if (queue_) {
        queue_->push(edge);
    }
    for (detail::EdgeQueue* const stream : streams_) {
        stream->push(edge);
    }
    if (dispatcher_) {
        dispatcher_->push(edge);
    }
}

void Line::State::failed(std::exception_ptr error)
{
    error_ = error;
    if (queue_) {
        queue_->fail(error);
    }
    for (detail::EdgeQueue* const stream : streams_) {
        stream->fail(error);
    }
    if (dispatcher_) {
        dispatcher_->fail(error);
    }
}

Line::Line(const LineAddress& address, const LineConfig& config, const std::string& consumer)
    : state_{std::make_unique<State>(address, config, consumer)}
{
}

Line::Line(Line&&) noexcept = default;
Line& Line::operator=(Line&&) noexcept = default;
Line::~Line() = default;

const LineAddress& Line::address() const noexcept { return state_->address; }
const std::string& Line::name() const noexcept { return state_->name; }
const LineConfig& Line::config() const noexcept { return state_->config; }
void Line::configure(const LineConfig& config) { state_->configure(config); }
int Line::value() const { return state_->value() ? 1 : 0; }
void Line::value(int value) { state_->set(value != 0); }
void Line::watch(EdgeHandler handler) { state_->watch(std::move(handler)); }
EdgeWait Line::edge(Trigger trigger) { return EdgeWait{state_->keep_edges(), trigger}; }
EdgeStream Line::edges(Trigger trigger) { return state_->edges(trigger); }
std::optional<Edge> Line::last_edge() const noexcept { return state_->last_edge(); }
std::uint64_t Line::lost_edges() const noexcept { return state_->lost_edges(); }

}  // namespace machine
