#include "machine/gpiod_backend.hpp"

#include "machine/clock.hpp"
#include "machine/line_holder.hpp"
#include "machine/pwm_driver.hpp"
#include "machine/pwm_pins.hpp"
#include "machine/sysfs_led.hpp"

#include <asyncio/detail/context.hpp>
#include <asyncio/errors.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <poll.h>
#include <thread>
#include <utility>

namespace machine::detail {

using namespace std::chrono_literals;

GpiodRequest::~GpiodRequest() = default;
GpiodChip::~GpiodChip() = default;

void fail_to(const char* act, const std::string& where)
{
    asyncio::detail::throw_errno(errno, act + (' ' + where));
}

/// A line in use: its request, and its place in the monitor while edges are wanted.
class GpiodBackend::Driver final : public LineDriver, private EdgeMonitor::Source {
public:
    Driver(std::shared_ptr<GpiodBackend> board, LineAddress address,
           std::unique_ptr<GpiodRequest> request, const LineConfig& config, EdgeSink& sink)
        : board_{std::move(board)}, address_{std::move(address)}, request_{std::move(request)},
          config_{config}, sink_{sink}
    {
        board_->drivers_[address_] = this;
    }
    ~Driver() override
    {
        board_->drivers_.erase(address_);
        ignore_edges();
    }

    void configure(const LineConfig& config, bool edges) override
    {
        fetch_edges();  // Those from before; what comes after them belongs to the new ways.
        const bool were_wanted = watched_.has_value();
        try {
            change(config, edges && config.mode == Mode::in, were_wanted);
        } catch (...) {
            put_back(were_wanted);
            throw;
        }
        if (rising_ && config.active_low != config_.active_low) {
            rising_ = !*rising_;
        }
        config_ = config;
    }

    [[nodiscard]] bool debounces() const noexcept override { return request_->debounces(); }

    void resume_edges() override
    {
        if (watched_) {
            board_->monitor().ensure_running();
        }
    }

    [[nodiscard]] bool get() override { return request_->get(); }
    void set(bool value) override
    {
        request_->set(value);
        config_.value = value;  // What was refused must not come back with put_back().
    }
    [[nodiscard]] bool level() { return request_->get() != config_.active_low; }

private:
    void change(const LineConfig& config, bool edges, bool were_wanted)
    {
        ignore_edges();
        if (edges && !were_wanted) {
            forget_edges();
        }
        request_->configure(config, edges);
        if (edges) {
            const int descriptor = request_->event_descriptor();
            board_->monitor().add(descriptor, *this);
            watched_ = descriptor;
        }
    }

    /// A change has failed: the line is as before, or who wants its edges is told.
    void put_back(bool edges) noexcept
    {
        try {
            change(config_, edges, edges);
        } catch (...) {
            if (edges) {
                sink_.failed(std::current_exception());
            }
        }
    }

    void ignore_edges() noexcept
    {
        if (watched_) {
            board_->monitor().remove(*std::exchange(watched_, std::nullopt));
        }
    }

    /// All that are there, but not for ever.
    void fetch_edges() noexcept
    {
        for (std::size_t i = 0; i < 64 && watched_ && is_readable(*watched_); ++i) {
            readable();
        }
    }

    /// What nobody has read before edges were switched off must not appear as new.
    void forget_edges()
    {
        rising_.reset();
        while (is_readable(request_->event_descriptor())) {
            Edge edge;
            (void)request_->read_edges({&edge, 1});
            number_ = static_cast<std::uint32_t>(edge.sequence);
        }
    }

    [[nodiscard]] static bool is_readable(int descriptor) noexcept
    {
        pollfd ready{descriptor, POLLIN, 0};
        return ::poll(&ready, 1, 0) > 0;
    }

    void readable() noexcept override
    {
        try {
            std::array<Edge, 64> edges;
            const std::size_t count = request_->read_edges(edges);
            for (std::size_t i = 0; i < count; ++i) {
                sink_.edge(edges[i], missed_before(edges[i]));
            }
        } catch (...) {
            ignore_edges();  // The chip is gone, for example: it would be readable for ever.
            sink_.failed(std::current_exception());
        }
    }

    /// How many edges the kernel has dropped between the last one and this one.
    [[nodiscard]] std::uint64_t missed_before(const Edge& edge) noexcept
    {
        const bool same_way = std::exchange(rising_, edge.rising) == edge.rising;
        // The kernel counts with 32 bits, from 1 in each request: 0 is one that it does not count,
        // or comes after 4294967295.
        const auto number = static_cast<std::uint32_t>(edge.sequence);
        if (number == 0 && number_ == 0) {
            return same_way ? 1 : 0;
        }
        return std::uint32_t{number - std::exchange(number_, number) - 1};
    }

    std::shared_ptr<GpiodBackend> board_;
    LineAddress address_;
    std::unique_ptr<GpiodRequest> request_;
    LineConfig config_;
    EdgeSink& sink_;
    std::optional<int> watched_;  // The descriptor that the monitor knows.
    std::optional<bool> rising_;  // The last edge, since edges are wanted; and its number.
    std::uint32_t number_ = 0;
};

GpiodBackend::GpiodBackend(std::map<std::string, std::unique_ptr<GpiodChip>> chips,
                           std::vector<ChipInfo> infos, std::filesystem::path leds,
                           std::filesystem::path sys)
    : chips_{std::move(chips)}, infos_{std::move(infos)}, leds_{std::move(leds)},
      sys_{std::move(sys)}
{
}

std::string GpiodBackend::description() const
{
    std::string text = "libgpiod " + gpiod_version();
    for (const ChipInfo& chip : infos_) {
        text +=
            ", " + chip.name + " (" + chip.label + ", " + std::to_string(chip.lines) + " lines)";
    }
    return text;
}

LineInfo GpiodBackend::info(const LineAddress& address)
{
    LineInfo info;
    info.address = address;
    chip(address).describe(address.offset, info);
    return info;
}

bool GpiodBackend::read(const LineAddress& address)
{
    if (const auto driver = drivers_.find(address); driver != drivers_.end()) {
        return driver->second->level();
    }
    return chip(address).request(address.offset, LineConfig{}, "asyncio")->get();
}

std::optional<bool> GpiodBackend::peek(const LineAddress& address)
{
    if (!drivers_.contains(address)) {
        const LineInfo found = info(address);
        if (found.used || found.output || functions_of(address).may_have_one(address.offset)) {
            return std::nullopt;
        }
    }
    return read(address);
}

const PinFunctions& GpiodBackend::functions_of(const LineAddress& address)
{
    // Overlays come and go while the system runs, but not for each line that is looked at.
    if (const auto time = now(); time - functions_known_ > 1min) {
        functions_.clear();
        functions_known_ = time;
    }
    const auto known = functions_.find(address.chip);
    return known != functions_.end()
               ? known->second
               : functions_
                     .emplace(address.chip, PinFunctions{address.chip, chip(address).label(), sys_})
                     .first->second;
}

std::unique_ptr<LineDriver> GpiodBackend::open(const LineAddress& address, const LineConfig& config,
                                               const std::string& consumer, EdgeSink& sink)
{
    auto self = std::static_pointer_cast<GpiodBackend>(shared_from_this());
    auto request = request_line(address, config, consumer);
    return std::make_unique<Driver>(std::move(self), address, std::move(request), config, sink);
}

std::unique_ptr<GpiodRequest> GpiodBackend::request_line(const LineAddress& address,
                                                         const LineConfig& config,
                                                         const std::string& consumer)
{
    constexpr auto patience = 250ms;
    constexpr auto pause = 10ms;
    for (auto waited = 0ms;; waited += pause) {
        try {
            return chip(address).request(address.offset, config, consumer);
        } catch (const asyncio::OSError& error) {
            if (error.code().value() != EBUSY) {
                throw;
            }
            // Who had it may just be ending, but a task must not hold its loop up.
            if (asyncio::detail::context.running != nullptr || drivers_.contains(address) ||
                waited >= patience) {
                throw_busy(address);
            }
        }
        std::this_thread::sleep_for(pause);
    }
}

std::vector<std::string> GpiodBackend::leds() const { return sysfs_leds(leds_); }

std::shared_ptr<LedDriver> GpiodBackend::open_led(unsigned number)
{
    return open_sysfs_led(leds_, number);
}

std::unique_ptr<PwmDriver> GpiodBackend::open_pwm(std::string_view name)
{
    return open_sysfs_pwm(name, sys_ / "class/pwm");
}

std::unique_ptr<PwmDriver> GpiodBackend::open_pwm(const LineAddress& address)
{
    // Who has requested the line may have taken its pin away from the PWM hardware.
    if (!info(address).consumer.empty()) {
        return nullptr;
    }
    const std::string channel = pwm_channel_of(chip(address).label(), address.offset, sys_);
    return channel.empty() ? nullptr : open_pwm(channel);
}

void GpiodBackend::throw_busy(const LineAddress& address)
{
    const auto chip =
        std::ranges::find(infos_, address.chip, [](const ChipInfo& info) { return info.name; });
    const std::string consumer = info(address).consumer;
    const std::string user = consumer.empty() ? "" : '\'' + consumer + "', ";
    const std::string holder = drivers_.contains(address) ? "this process" : holder_of(address);
    asyncio::detail::throw_errno(EBUSY, "request line " + std::to_string(address.offset) + " of '" +
                                            chip->path + "' (used by " + user + holder + ')');
}

EdgeMonitor& GpiodBackend::monitor()
{
    if (!monitor_) {
        monitor_ = asyncio::detail::make_ref<EdgeMonitor>();
    }
    return *monitor_;
}

}  // namespace machine::detail
