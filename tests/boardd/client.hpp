#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace boardd_test {

/// A person at `nc`: a blocking connection with a time limit. Failures throw std::runtime_error.
class Client {
public:
    static constexpr std::chrono::milliseconds patience{20'000};

    explicit Client(std::uint16_t port, const std::string& address = "127.0.0.1");
    /// A client of the Unix socket at `path`.
    explicit Client(const std::string& path);
    /// What is connected already; the client owns it.
    struct Descriptor {
        int number;
    };
    explicit Client(Descriptor connected) : descriptor_{connected.number} {}
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    void send(std::string_view bytes) const;
    /// As much as the peer takes without waiting; gives how many bytes that was.
    [[nodiscard]] std::size_t send_some(std::string_view bytes) const;
    void end_of_input() const;  ///< No more will be sent; reading goes on.

    /// The next line, without its LF.
    [[nodiscard]] std::string line();
    /// Sends a line and gives the answer to it.
    [[nodiscard]] std::string ask(std::string_view command);
    /// Everything until the peer closes.
    [[nodiscard]] std::string rest();

private:
    void connect_to(const void* address, unsigned length, int family);
    [[nodiscard]] bool receive();

    int descriptor_ = -1;
    std::string received_;
};

}  // namespace boardd_test
