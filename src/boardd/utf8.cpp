#include "boardd/utf8.hpp"

#include <array>
#include <cstdint>

namespace boardd {
namespace {

constexpr std::uint32_t first_of_bytes[] = {0, 0, 0x80, 0x800, 0x10000};  // By length.

std::uint32_t byte(std::string_view text, std::size_t i)
{
    return static_cast<unsigned char>(text[i]);
}

/// The length that the first byte announces; 0 if none begins so.
std::size_t announced_length(std::uint32_t first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xc0 || first >= 0xf8) {
        return 0;
    }
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

bool is_c1_control(std::string_view sequence)
{
    return sequence.size() == 2 && byte(sequence, 0) == 0xc2 && byte(sequence, 1) < 0xa0;
}

void append_hex(std::string& text, std::uint32_t value)
{
    constexpr std::string_view digits = "0123456789abcdef";
    text += "\\x";
    text += digits[value >> 4 & 0xf];
    text += digits[value & 0xf];
}

/// One character that is no control character of UTF-8, or one byte of anything else.
void append_escaped(std::string& text, std::string_view sequence)
{
    const std::uint32_t first = byte(sequence, 0);
    if (sequence == "\n") {
        text += "\\n";
    } else if (sequence == "\r") {
        text += "\\r";
    } else if (sequence == "\t") {
        text += "\\t";
    } else if (sequence == "\\") {
        text += "\\\\";
    } else if (first < 0x20 || first == 0x7f) {
        append_hex(text, first);
    } else {
        text += sequence;
    }
}

}  // namespace

std::size_t utf8_sequence(std::string_view text) noexcept
{
    if (text.empty()) {
        return 0;
    }
    const std::size_t length = announced_length(byte(text, 0));
    if (length <= 1) {
        return length;
    }
    if (length > text.size()) {
        return 0;
    }
    std::uint32_t code = byte(text, 0) & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(text, i) & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (byte(text, i) & 0x3f);
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < first_of_bytes[length] || surrogate || code > 0x10ffff ? 0 : length;
}

bool is_utf8(std::string_view text) noexcept
{
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::string escaped(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        const std::string_view sequence = text.substr(0, length);
        if (length == 0 || is_c1_control(sequence)) {
            append_hex(result, byte(text, 0));
            text.remove_prefix(1);
        } else {
            append_escaped(result, sequence);
            text.remove_prefix(length);
        }
    }
    return result;
}

}  // namespace boardd
