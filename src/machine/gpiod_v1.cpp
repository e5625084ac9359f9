// libgpiod 1.6: a line belongs to its open chip; values and edges are two kinds of request, and
// one cannot be turned into the other, nor are edges numbered. So it finds and describes lines, but
// where the kernel is newer than 5.9 they are requested without it.
#include "machine/gpiod.hpp"
#include "machine/kernel_request.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <gpiod.h>
#include <memory>
#include <unistd.h>
#include <utility>

namespace machine::detail {
namespace {

using namespace std::chrono_literals;

int flags_of(const LineConfig& config)
{
    int flags = 0;
    if (config.active_low) {
        flags |= GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW;
    }
    if (config.mode == Mode::open_drain) {
        flags |= GPIOD_LINE_REQUEST_FLAG_OPEN_DRAIN;
    }
    if (config.mode == Mode::open_source) {
        flags |= GPIOD_LINE_REQUEST_FLAG_OPEN_SOURCE;
    }
    switch (config.bias) {
        case Bias::as_is: break;
        case Bias::disabled: flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE; break;
        case Bias::up: flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP; break;
        case Bias::down: flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN; break;
    }
    return flags;
}

int direction_of(const LineConfig& config)
{
    switch (config.mode) {
        case Mode::as_is: break;
        case Mode::in: return GPIOD_LINE_REQUEST_DIRECTION_INPUT;
        case Mode::out:
        case Mode::open_drain:
        case Mode::open_source: return GPIOD_LINE_REQUEST_DIRECTION_OUTPUT;
    }
    return GPIOD_LINE_REQUEST_DIRECTION_AS_IS;
}

Bias bias_of(gpiod_line* line)
{
    switch (::gpiod_line_bias(line)) {
        case GPIOD_LINE_BIAS_DISABLE: return Bias::disabled;
        case GPIOD_LINE_BIAS_PULL_UP: return Bias::up;
        case GPIOD_LINE_BIAS_PULL_DOWN: return Bias::down;
        default: return Bias::as_is;
    }
}

Edge edge_of(const gpiod_line_event& event)
{
    return Edge{event.event_type == GPIOD_LINE_EVENT_RISING_EDGE,
                std::chrono::seconds{event.ts.tv_sec} + std::chrono::nanoseconds{event.ts.tv_nsec}};
}

[[noreturn]] void fail_as_lost(const std::string& where)
{
    throw asyncio::RuntimeError{where +
                                " was lost when its configuration changed: configure it again"};
}

/// For kernels before 5.10.
class Request final : public GpiodRequest {
public:
    Request(gpiod_line* line, std::string where, const LineConfig& config, std::string consumer)
        : line_{line}, where_{std::move(where)}, consumer_{std::move(consumer)}
    {
        request(config, direction_of(config));
    }
    ~Request() override { ::gpiod_line_release(line_); }  // Harmless if it is not requested.

    void configure(const LineConfig& config, bool edges) override
    {
        if (config.mode == Mode::as_is && requested_) {
            return;
        }
        edges = edges && config.mode == Mode::in;
        if (requested_ && edges_ && edges && same_input(config)) {
            return;  // To request it again would lose edges.
        }
        if (requested_ && !edges_) {
            if (!edges || config_.mode != Mode::in) {
                reconfigure(config);  // An output becomes an input before it is let go.
            }
            if (!edges) {
                return;
            }
        }
        ::gpiod_line_release(line_);
        requested_ = false;
        request(config, edges ? GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES : direction_of(config));
    }

    [[nodiscard]] bool debounces() const noexcept override { return false; }

    [[nodiscard]] bool get() override
    {
        refuse_if_lost();
        const int value = ::gpiod_line_get_value(line_);
        if (value < 0) {
            fail_to("read", where_);
        }
        return value != 0;
    }

    void set(bool value) override
    {
        refuse_if_lost();
        if (::gpiod_line_set_value(line_, value ? 1 : 0) != 0) {
            fail_to("set", where_);
        }
    }

    [[nodiscard]] int event_descriptor() override
    {
        return edges_ ? ::gpiod_line_event_get_fd(line_) : -1;
    }

    [[nodiscard]] std::size_t read_edges(std::span<Edge> edges) override
    {
        std::array<gpiod_line_event, 16> events;  // As many as the kernel keeps.
        const std::size_t wanted = std::min(events.size(), edges.size());
        const int count =
            ::gpiod_line_event_read_multiple(line_, events.data(), static_cast<unsigned>(wanted));
        if (count < 0) {
            fail_to("read edges of", where_);
        }
        const std::span<const gpiod_line_event> found{events.data(),
                                                      static_cast<std::size_t>(count)};
        std::ranges::transform(found, edges.begin(), edge_of);
        return found.size();
    }

private:
    void refuse_if_lost() const
    {
        if (!requested_) {
            fail_as_lost(where_);
        }
    }

    [[nodiscard]] bool same_input(const LineConfig& config) const noexcept
    {
        return config.bias == config_.bias && config.active_low == config_.active_low;
    }

    void request(const LineConfig& config, int type)
    {
        const gpiod_line_request_config request{consumer_.c_str(), type, flags_of(config)};
        if (::gpiod_line_request(line_, &request, config.value.value_or(false) ? 1 : 0) != 0) {
            fail_to("request", where_);
        }
        requested_ = true;
        edges_ = type == GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES;
        config_ = config;
    }

    void reconfigure(const LineConfig& config)
    {
        if (::gpiod_line_set_config(line_, direction_of(config), flags_of(config),
                                    config.value.value_or(false) ? 1 : 0) != 0) {
            fail_to("configure", where_);
        }
        config_ = config;
    }

    gpiod_line* line_;
    std::string where_;
    std::string consumer_;
    LineConfig config_;
    bool requested_ = false;
    bool edges_ = false;  // It is an event request.
};

class Chip final : public GpiodChip {
public:
    explicit Chip(const std::string& path)
        : path_{path}, chip_{::gpiod_chip_open(path.c_str())},
          kernel_{chip_ == nullptr ? -1 : ::open(path.c_str(), O_RDWR | O_CLOEXEC)}
    {
        if (chip_ == nullptr) {
            asyncio::detail::throw_errno(errno, "open '" + path + "'");
        }
        if (kernel_ >= 0 && !KernelRequest::possible(kernel_)) {
            ::close(std::exchange(kernel_, -1));
        }
    }
    ~Chip() override
    {
        ::gpiod_chip_close(chip_);
        if (kernel_ >= 0) {
            ::close(kernel_);
        }
    }

    [[nodiscard]] std::string label() const override
    {
        const char* const label = ::gpiod_chip_label(chip_);
        return label == nullptr ? "" : label;
    }
    [[nodiscard]] unsigned lines() const override { return ::gpiod_chip_num_lines(chip_); }

    void describe(unsigned offset, LineInfo& info) override
    {
        gpiod_line* const line = get(offset);
        if (::gpiod_line_update(line) != 0) {
            asyncio::detail::throw_errno(errno, "ask about " + where(offset));
        }
        const char* const name = ::gpiod_line_name(line);
        const char* const consumer = ::gpiod_line_consumer(line);
        info.name = name == nullptr ? "" : name;
        info.consumer = consumer == nullptr ? "" : consumer;
        info.used = ::gpiod_line_is_used(line);
        info.output = ::gpiod_line_direction(line) == GPIOD_LINE_DIRECTION_OUTPUT;
        info.active_low = ::gpiod_line_active_state(line) == GPIOD_LINE_ACTIVE_STATE_LOW;
        info.bias = bias_of(line);
    }

    [[nodiscard]] std::unique_ptr<GpiodRequest> request(unsigned offset, const LineConfig& config,
                                                        const std::string& consumer) override
    {
        if (kernel_ >= 0) {
            return std::make_unique<KernelRequest>(kernel_, offset, where(offset), config,
                                                   consumer);
        }
        return std::make_unique<Request>(get(offset), where(offset), config, consumer);
    }

private:
    [[nodiscard]] std::string where(unsigned offset) const
    {
        return "line " + std::to_string(offset) + " of '" + path_ + "'";
    }

    [[nodiscard]] gpiod_line* get(unsigned offset) const
    {
        gpiod_line* const line = ::gpiod_chip_get_line(chip_, offset);
        if (line == nullptr) {
            asyncio::detail::throw_errno(errno, "find " + where(offset));
        }
        return line;
    }

    std::string path_;
    gpiod_chip* chip_;
    int kernel_;  // The same device file, for what libgpiod cannot do; -1: nor can the kernel.
};

}  // namespace

std::unique_ptr<GpiodChip> open_gpiod_chip(const std::string& path)
{
    return std::make_unique<Chip>(path);
}

std::string gpiod_version() { return ::gpiod_version_string(); }

}  // namespace machine::detail
