#pragma once

#include "machine/gpiod.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace machine::detail {

/// A line requested through the kernel's second GPIO interface, which numbers edges, debounces, and
/// changes a request in place. For libgpiod 1.6, which speaks the first one only.
/// Source: the kernel's Documentation/userspace-api/gpio/chardev.rst.
class KernelRequest final : public GpiodRequest {
public:
    /// Does the kernel have it? Linux does since 5.10. `chip` is an open descriptor of a chip's
    /// device file.
    [[nodiscard]] static bool possible(int chip) noexcept;

    /// `where` names the line in messages: "line 17 of '/dev/gpiochip0'". Throws OSError.
    KernelRequest(int chip, unsigned offset, std::string where, const LineConfig& config,
                  const std::string& consumer);
    ~KernelRequest() override;

    void configure(const LineConfig& config, bool edges) override;
    [[nodiscard]] bool debounces() const noexcept override { return true; }
    [[nodiscard]] bool get() override;
    void set(bool value) override;
    [[nodiscard]] int event_descriptor() override { return descriptor_; }
    [[nodiscard]] std::size_t read_edges(std::span<Edge> edges) override;

private:
    std::string where_;
    int descriptor_ = -1;
};

}  // namespace machine::detail
