// libgpiod 2: a request stands on its own and can be changed into any other kind while it lasts.
#include "machine/gpiod.hpp"
#include "machine/kernel_value.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <gpiod.h>
#include <memory>
#include <utility>

namespace machine::detail {
namespace {

using namespace std::chrono_literals;

/// Frees an object of libgpiod.
struct Free {
    void operator()(gpiod_chip* chip) const noexcept { ::gpiod_chip_close(chip); }
    void operator()(gpiod_chip_info* info) const noexcept { ::gpiod_chip_info_free(info); }
    void operator()(gpiod_line_info* info) const noexcept { ::gpiod_line_info_free(info); }
    void operator()(gpiod_line_settings* settings) const noexcept
    {
        ::gpiod_line_settings_free(settings);
    }
    void operator()(gpiod_line_config* config) const noexcept { ::gpiod_line_config_free(config); }
    void operator()(gpiod_request_config* config) const noexcept
    {
        ::gpiod_request_config_free(config);
    }
    void operator()(gpiod_line_request* request) const noexcept
    {
        ::gpiod_line_request_release(request);
    }
    void operator()(gpiod_edge_event_buffer* buffer) const noexcept
    {
        ::gpiod_edge_event_buffer_free(buffer);
    }
};

template <typename T>
using Owned = std::unique_ptr<T, Free>;

/// Takes over what libgpiod gave; throws OSError "cannot <act>" when it gave nothing.
template <typename T>
Owned<T> own(T* object, const std::string& act)
{
    if (object == nullptr) {
        asyncio::detail::throw_errno(errno, act);
    }
    return Owned<T>{object};
}

gpiod_line_direction direction_of(const LineConfig& config)
{
    switch (config.mode) {
        case Mode::as_is: break;
        case Mode::in: return GPIOD_LINE_DIRECTION_INPUT;
        case Mode::out:
        case Mode::open_drain:
        case Mode::open_source: return GPIOD_LINE_DIRECTION_OUTPUT;
    }
    return GPIOD_LINE_DIRECTION_AS_IS;
}

gpiod_line_drive drive_of(Mode mode)
{
    return mode == Mode::open_drain    ? GPIOD_LINE_DRIVE_OPEN_DRAIN
           : mode == Mode::open_source ? GPIOD_LINE_DRIVE_OPEN_SOURCE
                                       : GPIOD_LINE_DRIVE_PUSH_PULL;
}

gpiod_line_bias bias_of(Bias bias)
{
    switch (bias) {
        case Bias::as_is: break;
        case Bias::disabled: return GPIOD_LINE_BIAS_DISABLED;
        case Bias::up: return GPIOD_LINE_BIAS_PULL_UP;
        case Bias::down: return GPIOD_LINE_BIAS_PULL_DOWN;
    }
    return GPIOD_LINE_BIAS_AS_IS;
}

Bias bias_of(gpiod_line_info* line)
{
    switch (::gpiod_line_info_get_bias(line)) {
        case GPIOD_LINE_BIAS_DISABLED: return Bias::disabled;
        case GPIOD_LINE_BIAS_PULL_UP: return Bias::up;
        case GPIOD_LINE_BIAS_PULL_DOWN: return Bias::down;
        default: return Bias::as_is;
    }
}

gpiod_line_value value_of(bool value)
{
    return value ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
}

/// The configuration of one line, as libgpiod wants it.
Owned<gpiod_line_config> line_config(unsigned offset, const LineConfig& config, bool edges)
{
    const std::string act = "set up line " + std::to_string(offset);
    const auto settings = own(::gpiod_line_settings_new(), act);
    ::gpiod_line_settings_set_direction(settings.get(), direction_of(config));
    ::gpiod_line_settings_set_bias(settings.get(), bias_of(config.bias));
    ::gpiod_line_settings_set_active_low(settings.get(), config.active_low);
    if (config.output()) {
        ::gpiod_line_settings_set_drive(settings.get(), drive_of(config.mode));
        ::gpiod_line_settings_set_output_value(settings.get(),
                                               value_of(config.value.value_or(false)));
    }
    if (config.mode == Mode::in) {
        const auto period = config.debounce.value_or(0us);
        // Together with debounce in any case: where edges are added to it later, some kernels read
        // them from memory that nobody has set up (CVE-2024-36898).
        edges = edges || period > 0us;
        ::gpiod_line_settings_set_edge_detection(settings.get(), edges ? GPIOD_LINE_EDGE_BOTH
                                                                       : GPIOD_LINE_EDGE_NONE);
        ::gpiod_line_settings_set_debounce_period_us(settings.get(),
                                                     static_cast<unsigned long>(period.count()));
    }
    auto result = own(::gpiod_line_config_new(), act);
    if (::gpiod_line_config_add_line_settings(result.get(), &offset, 1, settings.get()) != 0) {
        asyncio::detail::throw_errno(errno, act);
    }
    return result;
}

Edge edge_of(gpiod_edge_event* event)
{
    Edge edge{::gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE,
              std::chrono::nanoseconds{::gpiod_edge_event_get_timestamp_ns(event)}};
    edge.sequence = ::gpiod_edge_event_get_line_seqno(event);
    return edge;
}

class Request final : public GpiodRequest {
public:
    Request(gpiod_chip* chip, unsigned offset, std::string where, const LineConfig& config,
            const std::string& consumer)
        : offset_{offset}, where_{std::move(where)}
    {
        const auto line = line_config(offset_, config, false);
        const auto request = own(::gpiod_request_config_new(), "request " + where_);
        ::gpiod_request_config_set_consumer(request.get(), consumer.c_str());
        ::gpiod_request_config_set_event_buffer_size(request.get(), kept_by_kernel);
        request_ =
            own(::gpiod_chip_request_lines(chip, request.get(), line.get()), "request " + where_);
        descriptor_ = ::gpiod_line_request_get_fd(request_.get());
    }

    void configure(const LineConfig& config, bool edges) override
    {
        if (config.mode == Mode::as_is) {
            return;
        }
        edges = edges && config.mode == Mode::in;
        const auto line = line_config(offset_, config, edges);
        if (::gpiod_line_request_reconfigure_lines(request_.get(), line.get()) != 0) {
            fail_to("configure", where_);
        }
    }

    [[nodiscard]] bool debounces() const noexcept override { return true; }

    [[nodiscard]] bool get() override
    {
        const gpiod_line_value value = ::gpiod_line_request_get_value(request_.get(), offset_);
        if (value == GPIOD_LINE_VALUE_ERROR) {
            fail_to("read", where_);
        }
        return value == GPIOD_LINE_VALUE_ACTIVE;
    }

    void set(bool value) override
    {
        if (!set_kernel_value(descriptor_, value)) {
            fail_to("set", where_);
        }
    }

    [[nodiscard]] int event_descriptor() override { return descriptor_; }

    [[nodiscard]] std::size_t read_edges(std::span<Edge> edges) override
    {
        if (!buffer_) {
            buffer_ = own(::gpiod_edge_event_buffer_new(read_at_once), "keep edges of " + where_);
        }
        const int count = ::gpiod_line_request_read_edge_events(
            request_.get(), buffer_.get(), std::min(edges.size(), read_at_once));
        if (count < 0) {
            fail_to("read edges of", where_);
        }
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            edges[i] = edge_of(::gpiod_edge_event_buffer_get_event(buffer_.get(), i));
        }
        return static_cast<std::size_t>(count);
    }

private:
    static constexpr std::size_t read_at_once = 64;
    static constexpr std::size_t kept_by_kernel = 1024;  // The most that it allows.

    unsigned offset_;
    std::string where_;
    Owned<gpiod_line_request> request_;
    int descriptor_ = -1;  // The request's.
    Owned<gpiod_edge_event_buffer> buffer_;  // Made when edges are first read.
};

class Chip final : public GpiodChip {
public:
    explicit Chip(const std::string& path)
        : path_{path}, chip_{own(::gpiod_chip_open(path.c_str()), "open '" + path + "'")}
    {
        const auto info = own(::gpiod_chip_get_info(chip_.get()), "ask about '" + path + "'");
        label_ = ::gpiod_chip_info_get_label(info.get());
        lines_ = static_cast<unsigned>(::gpiod_chip_info_get_num_lines(info.get()));
    }

    [[nodiscard]] std::string label() const override { return label_; }
    [[nodiscard]] unsigned lines() const override { return lines_; }

    void describe(unsigned offset, LineInfo& info) override
    {
        const auto line =
            own(::gpiod_chip_get_line_info(chip_.get(), offset), "ask about " + where(offset));
        const char* const name = ::gpiod_line_info_get_name(line.get());
        const char* const consumer = ::gpiod_line_info_get_consumer(line.get());
        info.name = name == nullptr ? "" : name;
        info.consumer = consumer == nullptr ? "" : consumer;
        info.used = ::gpiod_line_info_is_used(line.get());
        info.output = ::gpiod_line_info_get_direction(line.get()) == GPIOD_LINE_DIRECTION_OUTPUT;
        info.active_low = ::gpiod_line_info_is_active_low(line.get());
        info.bias = bias_of(line.get());
    }

    [[nodiscard]] std::unique_ptr<GpiodRequest> request(unsigned offset, const LineConfig& config,
                                                        const std::string& consumer) override
    {
        return std::make_unique<Request>(chip_.get(), offset, where(offset), config, consumer);
    }

private:
    [[nodiscard]] std::string where(unsigned offset) const
    {
        return "line " + std::to_string(offset) + " of '" + path_ + "'";
    }

    std::string path_;
    Owned<gpiod_chip> chip_;
    std::string label_;
    unsigned lines_ = 0;
};

}  // namespace

std::unique_ptr<GpiodChip> open_gpiod_chip(const std::string& path)
{
    return std::make_unique<Chip>(path);
}

std::string gpiod_version() { return ::gpiod_api_version(); }

}  // namespace machine::detail
