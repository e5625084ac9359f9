#pragma once

#include <machine/line.hpp>

/// What it costs to set a real line, by the system call alone and through Pin.
class ToggleCost {
public:
    double ioctl_ns = 0;  ///< Medians of rounds.
    double pin_ns = 0;
    double ratio =
        0;  ///< Median of the rounds' own, so that a busy machine spoils single ones only.
};

/// Sets the line to 0 and 1 many times, in turns both ways; each way requests it anew. Throws when
/// it cannot be had. Requires: the gpiod board.
[[nodiscard]] ToggleCost measure_toggle(const machine::LineAddress& line);
