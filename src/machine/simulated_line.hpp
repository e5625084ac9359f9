#pragma once

#include "machine/backend.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace machine::detail {

/// One line of the simulated board: who pulls at it, and the level that comes of it.
/// The rules are SimulatedBoard's.
class SimulatedLine {
public:
    [[nodiscard]] bool level() const noexcept { return level_; }
    [[nodiscard]] const LineConfig& config() const noexcept { return config_; }
    [[nodiscard]] const std::string& consumer() const noexcept { return consumer_; }
    [[nodiscard]] bool used() const noexcept { return sink_ != nullptr; }
    /// Is it an input whose edges somebody wants to know?
    [[nodiscard]] bool watched() const noexcept { return edges_ && config_.mode == Mode::in; }
    [[nodiscard]] std::uint64_t contentions() const noexcept { return contentions_; }

    void use(std::string consumer, EdgeSink& sink);

    // Each of these gives true when the level has changed.
    bool configure(const LineConfig& config, bool edges);
    bool set(bool value);
    bool drive(std::optional<bool> level);
    bool release();

    /// Tells the user of an input that its level has changed, if he wants to know.
    void report(std::chrono::nanoseconds at) const;

private:
    [[nodiscard]] std::optional<bool> own_level() const noexcept;
    bool settle() noexcept;

    LineConfig config_{Mode::in, Bias::disabled};
    std::string consumer_;
    EdgeSink* sink_ = nullptr;  // Of who uses the line; null: nobody does.
    bool edges_ = false;
    std::optional<bool> drive_;  // From outside.
    bool level_ = false;
    bool fighting_ = false;
    std::uint64_t contentions_ = 0;
};

}  // namespace machine::detail
