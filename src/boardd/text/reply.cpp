#include "boardd/text/reply.hpp"

#include "boardd/utf8.hpp"

namespace boardd::text {

std::string_view name_of(Code code) noexcept
{
    switch (code) {
        case Code::bad_command: return "bad_command";
        case Code::unknown_pin: return "unknown_pin";
        case Code::idle: return "idle";
        case Code::busy: return "busy";
        case Code::line_too_long: return "line_too_long";
        case Code::bad_argument: return "bad_argument";
        case Code::failed: return "failed";
        case Code::unsupported: return "unsupported";
        case Code::full: return "full";
    }
    return "failed";
}

std::string ok(std::string_view data)
{
    std::string reply = "OK";
    if (!data.empty()) {
        reply += ' ';
        reply += data;
    }
    reply += '\n';
    return reply;
}

std::string err(Code code, std::string_view text)
{
    std::string reply = "ERR " + std::to_string(static_cast<unsigned>(code)) + ' ';
    reply += name_of(code);
    reply += ' ' + quoted(text) + '\n';
    return reply;
}

std::string quoted(std::string_view text)
{
    std::string result = "\"";
    for (const char c : escaped(text)) {
        result += c == '"' ? "\\\"" : std::string{c};
    }
    result += '"';
    return result;
}

std::string word(std::string_view text)
{
    const bool plain = !text.empty() && text.find_first_of(" \"=") == std::string_view::npos &&
                       escaped(text) == text;
    return plain ? std::string{text} : quoted(text);
}

}  // namespace boardd::text
