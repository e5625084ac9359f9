#include <machine/line.hpp>

#include "machine/backend.hpp"
#include "machine/clock.hpp"
#include "machine/edge_dispatcher.hpp"
#include "machine/edge_queue.hpp"

#include <machine/board.hpp>

#include <asyncio/errors.hpp>

#include <utility>

namespace machine {

/// The line itself, at a fixed address: the driver reports edges to it.
class Line::State final : public detail::EdgeSink {
public:
    State(const LineAddress& address, const LineConfig& config, const std::string& consumer);
    ~State();

    void configure(LineConfig config);
    void set(bool value);
    void watch(EdgeHandler handler);
    [[nodiscard]] asyncio::detail::Ref<detail::EdgeQueue> keep_edges();
    [[nodiscard]] std::uint64_t lost_edges() const noexcept;

    void edge(const Edge& edge) override;
    void failed(std::exception_ptr error) override;

    const std::shared_ptr<detail::Backend> backend;
    const LineAddress address;
    std::string name;
    LineConfig config;
    std::unique_ptr<detail::LineDriver> driver;

private:
    void report_edges(bool wanted);

    bool reporting_ = false;  // The driver reports the edges of an input.
    asyncio::detail::Ref<detail::EdgeQueue> queue_;  // For edge(); null until it is asked for.
    asyncio::detail::Ref<detail::EdgeDispatcher> dispatcher_;  // For watch(); likewise.
};

Line::State::State(const LineAddress& at, const LineConfig& wanted, const std::string& consumer)
    : backend{board().implementation()}, address{at}
{
    backend->check(address);
    const LineInfo found = backend->info(address);
    name = found.name.empty() ? address.to_string() : found.name;
    // An output needs a value, and without one the line is read first, as it is.
    if (wanted.mode == Mode::in || (wanted.output() && wanted.value)) {
        config = wanted;
        driver = backend->open(address, config, consumer, *this);
        if (config.bias == Bias::as_is) {
            config.bias = found.bias;
        }
        return;
    }
    config.mode = found.output ? Mode::out : Mode::in;
    config.bias = found.bias;
    config.active_low = wanted.active_low;
    LineConfig as_found;
    as_found.active_low = wanted.active_low;
    driver = backend->open(address, as_found, consumer, *this);
    if (found.output) {
        config.value = driver->get();
    }
    if (wanted.mode != Mode::as_is || wanted.bias != Bias::as_is || wanted.value) {
        configure(wanted);
    }
}

Line::State::~State()
{
    driver.reset();  // First, as it reports to the others.
    if (dispatcher_) {
        dispatcher_->set_handler({});
    }
    if (queue_) {
        queue_->fail(
            std::make_exception_ptr(asyncio::RuntimeError{"the line '" + name + "' was released"}));
    }
}

void Line::State::configure(LineConfig wanted)
{
    if (wanted.mode == Mode::as_is) {
        wanted.mode = config.mode;
    }
    if (wanted.bias == Bias::as_is) {
        wanted.bias = config.bias;
    }
    if (!wanted.value) {
        wanted.value = config.value;
    }
    std::optional<bool> before;
    if (wanted.output() && (reporting_ || !wanted.value)) {
        // The level stays, so the value turns round together with its meaning.
        before = driver->get() != (config.active_low != wanted.active_low);
        wanted.value = wanted.value.value_or(*before);
    }
    driver->configure(wanted, reporting_);
    config = wanted;
    if (before && *before != *wanted.value) {
        edge(Edge{*wanted.value, detail::now()});
    }
}

void Line::State::set(bool value)
{
    if (!config.output()) {
        config.value = value;
        return;
    }
    driver->set(value);
    const bool changed = config.value != value;
    config.value = value;
    if (changed && reporting_) {
        edge(Edge{value, detail::now()});
    }
}

void Line::State::watch(EdgeHandler handler)
{
    const bool wanted = handler != nullptr;
    if (!dispatcher_) {
        dispatcher_ = asyncio::detail::make_ref<detail::EdgeDispatcher>(name);
    }
    dispatcher_->set_handler(std::move(handler));
    report_edges(wanted || queue_);
}

asyncio::detail::Ref<detail::EdgeQueue> Line::State::keep_edges()
{
    report_edges(true);
    if (!queue_) {
        queue_ = asyncio::detail::make_ref<detail::EdgeQueue>(name);
    }
    return queue_;
}

void Line::State::report_edges(bool wanted)
{
    if (wanted != reporting_) {
        driver->configure(config, wanted);
        reporting_ = wanted;
    }
    driver->resume_edges();
}

std::uint64_t Line::State::lost_edges() const noexcept
{
    return (queue_ ? queue_->lost() : 0) + (dispatcher_ ? dispatcher_->lost() : 0);
}

void Line::State::edge(const Edge& edge)
{
    if (queue_) {
        queue_->push(edge);
    }
    if (dispatcher_) {
        dispatcher_->push(edge);
    }
}

void Line::State::failed(std::exception_ptr error)
{
    if (queue_) {
        queue_->fail(error);
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
int Line::value() const { return state_->driver->get() ? 1 : 0; }
void Line::value(int value) { state_->set(value != 0); }
void Line::watch(EdgeHandler handler) { state_->watch(std::move(handler)); }
EdgeWait Line::edge(Trigger trigger) { return EdgeWait{state_->keep_edges(), trigger}; }
std::uint64_t Line::lost_edges() const noexcept { return state_->lost_edges(); }

}  // namespace machine
