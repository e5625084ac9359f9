#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

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

    /// Looks at a wire without a pause, in a thread of its own, and keeps each level that it gets.
    class Recorder {
    public:
        explicit Recorder(const Wire& wire);
        Recorder(const Recorder&) = delete;
        Recorder& operator=(const Recorder&) = delete;
        ~Recorder();

        /// The levels so far, "010": the first, and those after each change. It has looked at
        /// least once since this was called.
        [[nodiscard]] std::string levels() const;
        /// How often it has looked.
        [[nodiscard]] std::uint64_t looks() const { return looks_; }

    private:
        void look();

        const Wire& wire_;
        mutable std::mutex mutex_;
        std::string levels_;
        std::atomic<std::uint64_t> looks_ = 0;
        std::atomic<bool> stopped_ = false;
        std::thread thread_;  // Last: it uses the others.
    };

    /// Is there such a chip on this machine?
    [[nodiscard]] static bool here();
};
