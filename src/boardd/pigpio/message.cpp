#include "boardd/pigpio/message.hpp"

namespace boardd::pigpio {

namespace {

std::uint32_t word_at(std::string_view bytes, std::size_t offset)
{
    std::uint32_t word = 0;
    for (std::size_t i = 4; i-- > 0;) {
        word = word << 8 | static_cast<unsigned char>(bytes[offset + i]);
    }
    return word;
}

void append(std::string& bytes, std::uint32_t number, int size)
{
    for (int i = 0; i < size; ++i) {
        bytes.push_back(static_cast<char>(number >> (8 * i) & 0xff));
    }
}

std::string four_words(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d)
{
    std::string bytes;
    bytes.reserve(message_size);
    for (const std::uint32_t word : {a, b, c, d}) {
        append(bytes, word, 4);
    }
    return bytes;
}

}  // namespace

std::optional<std::uint32_t> Request::extension_word() const
{
    if (extension.size() < 4) {
        return std::nullopt;
    }
    return word_at(extension, 0);
}

void RequestParser::feed(std::string_view bytes)
{
    if (broken_) {
        return;
    }
    bytes_.erase(0, taken_);
    taken_ = 0;
    bytes_.append(bytes);
}

std::optional<Request> RequestParser::next()
{
    const std::string_view rest = std::string_view{bytes_}.substr(taken_);
    if (broken_ || rest.size() < message_size) {
        return std::nullopt;
    }
    const std::size_t extension = word_at(rest, 12);
    if (extension > max_extension) {
        broken_ = true;
        return std::nullopt;
    }
    if (rest.size() < message_size + extension) {
        return std::nullopt;
    }
    taken_ += message_size + extension;
    return Request{word_at(rest, 0), word_at(rest, 4), word_at(rest, 8),
                   std::string{rest.substr(message_size, extension)}};
}

std::string encode(const Request& request)
{
    return four_words(request.command, request.p1, request.p2,
                      static_cast<std::uint32_t>(request.extension.size())) +
           request.extension;
}

std::string encode_reply(const Request& request, std::uint32_t result)
{
    return four_words(request.command, request.p1, request.p2, result);
}

std::string encode(const Report& report)
{
    std::string bytes;
    append(bytes, report.number, 2);
    append(bytes, report.flags, 2);
    append(bytes, report.tick, 4);
    append(bytes, report.levels, 4);
    return bytes;
}

}  // namespace boardd::pigpio
