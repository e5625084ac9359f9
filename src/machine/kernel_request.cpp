#include "machine/kernel_request.hpp"

#include "machine/kernel_value.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <linux/gpio.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace machine::detail {
namespace {

using namespace std::chrono_literals;

std::uint64_t flags_of(const LineConfig& config, bool edges)
{
    std::uint64_t flags = 0;
    if (config.mode != Mode::as_is) {
        flags |= config.output() ? GPIO_V2_LINE_FLAG_OUTPUT : GPIO_V2_LINE_FLAG_INPUT;
    }
    if (edges) {
        flags |= GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING;
    }
    if (config.active_low) {
        flags |= GPIO_V2_LINE_FLAG_ACTIVE_LOW;
    }
    if (config.mode == Mode::open_drain) {
        flags |= GPIO_V2_LINE_FLAG_OPEN_DRAIN;
    }
    if (config.mode == Mode::open_source) {
        flags |= GPIO_V2_LINE_FLAG_OPEN_SOURCE;
    }
    switch (config.bias) {
        case Bias::as_is: break;
        case Bias::disabled: flags |= GPIO_V2_LINE_FLAG_BIAS_DISABLED; break;
        case Bias::up: flags |= GPIO_V2_LINE_FLAG_BIAS_PULL_UP; break;
        case Bias::down: flags |= GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN; break;
    }
    return flags;
}

/// The configuration of the only line of a request. What is not used of it must be zero.
gpio_v2_line_config line_config(const LineConfig& config, bool edges)
{
    gpio_v2_line_config result{};
    const bool debounced = config.mode == Mode::in && config.debounce.value_or(0us) > 0us;
    // Edges together with debounce in any case: where they are added to it later, some kernels read
    // them from memory that nobody has set up (CVE-2024-36898).
    result.flags = flags_of(config, edges || debounced);
    gpio_v2_line_attribute attribute{};
    if (config.output()) {
        attribute.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
        attribute.values = config.value.value_or(false) ? 1 : 0;
    } else if (debounced) {
        attribute.id = GPIO_V2_LINE_ATTR_ID_DEBOUNCE;
        attribute.debounce_period_us = static_cast<std::uint32_t>(config.debounce->count());
    }
    if (attribute.id != 0) {
        result.attrs[0] = {attribute, 1};
        result.num_attrs = 1;
    }
    return result;
}

Edge numbered_edge(const gpio_v2_line_event& event)
{
    Edge edge{event.id == GPIO_V2_LINE_EVENT_RISING_EDGE,
              std::chrono::nanoseconds{event.timestamp_ns}};
    edge.sequence = event.line_seqno;
    return edge;
}

}  // namespace

bool KernelRequest::possible(int chip) noexcept
{
    gpio_v2_line_info info{};
    return ::ioctl(chip, GPIO_V2_GET_LINEINFO_IOCTL, &info) == 0;
}

KernelRequest::KernelRequest(int chip, unsigned offset, std::string where, const LineConfig& config,
                             const std::string& consumer)
    : where_{std::move(where)}
{
    gpio_v2_line_request request{};
    request.offsets[0] = offset;
    request.num_lines = 1;
    request.event_buffer_size = 1024;  // The most that the kernel allows.
    request.config = line_config(config, false);
    consumer.copy(request.consumer, sizeof request.consumer - 1);
    if (::ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request) != 0) {
        fail_to("request", where_);
    }
    descriptor_ = request.fd;
}

KernelRequest::~KernelRequest() { ::close(descriptor_); }

void KernelRequest::configure(const LineConfig& config, bool edges)
{
    if (config.mode == Mode::as_is) {
        return;
    }
    gpio_v2_line_config wanted = line_config(config, edges && config.mode == Mode::in);
    if (::ioctl(descriptor_, GPIO_V2_LINE_SET_CONFIG_IOCTL, &wanted) != 0) {
        fail_to("configure", where_);
    }
}

bool KernelRequest::get()
{
    gpio_v2_line_values values{0, 1};
    if (::ioctl(descriptor_, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) != 0) {
        fail_to("read", where_);
    }
    return (values.bits & 1) != 0;
}

void KernelRequest::set(bool value)
{
    if (!set_kernel_value(descriptor_, value)) {
        fail_to("set", where_);
    }
}

std::size_t KernelRequest::read_edges(std::span<Edge> edges)
{
    std::array<gpio_v2_line_event, 64> events;
    const std::size_t wanted = std::min(events.size(), edges.size());
    const ssize_t size = ::read(descriptor_, events.data(), wanted * sizeof events[0]);
    if (size < 0) {
        fail_to("read edges of", where_);
    }
    const std::span<const gpio_v2_line_event> found{events.data(), static_cast<std::size_t>(size) /
                                                                       sizeof events[0]};
    std::ranges::transform(found, edges.begin(), numbered_edge);
    return found.size();
}

}  // namespace machine::detail
