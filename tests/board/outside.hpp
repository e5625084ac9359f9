#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

/// The world outside of the kernel's simulated chip: what tests/board/gpio is for scripts.
class Outside {
public:
    /// One line of it; its files stay open, so that pulling and looking cost a system call each.
    class Wire {
    public:
        explicit Wire(unsigned line);
        Wire(const Wire&) = delete;
        Wire& operator=(const Wire&) = delete;
        ~Wire();

        /// Pulls at the line; an input follows.
        void drive(bool level) const;
        /// The level that it has.
        [[nodiscard]] bool level() const;

    private:
        int pull_;
        int value_;
    };

    /// Is there such a chip on this machine?
    [[nodiscard]] static bool here();
};
