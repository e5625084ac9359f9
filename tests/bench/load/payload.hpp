#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace load {

/// The bytes that connections send: a long sequence without pattern, which each begins elsewhere,
/// so that a byte which is lost, doubled or comes back to the wrong connection shows.
class Payload {
public:
    /// Pieces of up to `longest` bytes can be taken from it.
    explicit Payload(std::size_t longest) : bytes_(period + longest)
    {
        std::uint64_t state = 0x9e3779b97f4a7c15;
        for (std::size_t i = 0; i < bytes_.size(); ++i) {
            if (i >= period) {
                bytes_[i] = bytes_[i - period];
                continue;
            }
            state = state * 6364136223846793005 + 1442695040888963407;
            bytes_[i] = static_cast<char>(state >> 56);
        }
    }

    /// What connection number `connection` sends from position `at` of its stream on.
    [[nodiscard]] const char* piece(unsigned connection, std::uint64_t at) const
    {
        return bytes_.data() + (at + std::uint64_t{connection} * 4099) % period;
    }

    /// Ends the program when other bytes came back. Looks at pieces of any length.
    void check(unsigned connection, std::uint64_t at, const char* got, std::size_t size) const
    {
        while (size > 0) {
            const std::size_t part = size < step ? size : step;
            if (std::memcmp(piece(connection, at), got, part) != 0) {
                std::fprintf(stderr, "load: connection %u got wrong bytes near %llu\n", connection,
                             static_cast<unsigned long long>(at));
                std::exit(3);
            }
            at += part;
            got += part;
            size -= part;
        }
    }

    static constexpr std::size_t step = 32 * 1024;

private:
    static constexpr std::size_t period = 65'521;  // A prime: no message size divides it.

    std::vector<char> bytes_;
};

}  // namespace load
