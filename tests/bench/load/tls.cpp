#include "dial.hpp"
#include "measurement.hpp"
#include "modes.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>
#include <vector>

// Clients of the TLS servers: all speak TLS 1.3 with the same cipher and group, and enough HTTP to
// ask for something.

namespace load {
namespace {

template <auto free>
class Free {
public:
    template <typename T>
    void operator()(T* object) const
    {
        free(object);
    }
};

using Context = std::unique_ptr<SSL_CTX, Free<&SSL_CTX_free>>;

/// Ends the program unless `is_done`.
void require(bool is_done, const char* what)
{
    if (!is_done) {
        std::fprintf(stderr, "load: cannot %s\n", what);
        ERR_print_errors_fp(stderr);
        std::exit(1);
    }
}

Context make_context()
{
    Context context{SSL_CTX_new(TLS_client_method())};
    SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    require(SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_128_GCM_SHA256") == 1, "set ciphers");
    require(SSL_CTX_set1_groups_list(context.get(), "X25519") == 1, "set groups");
    return context;
}

/// One connection: it connects, sends a request and reads the answer.
class Visitor {
public:
    /// What a step came to.
    enum class Step { waits, part, answered, failed };

    void begin(SSL_CTX* context, int port, const char* path)
    {
        descriptor_ = dial(port);
        check_errno(fcntl(descriptor_, F_SETFL, O_NONBLOCK), "fcntl");
        session_.reset(SSL_new(context));
        SSL_set_fd(session_.get(), descriptor_);
        SSL_set_connect_state(session_.get());
        begun = Clock::now();
        ask(path);
    }

    void ask(const char* path)
    {
        request_ = "GET " + std::string{path} + " HTTP/1.1\r\nHost: bench\r\n\r\n";
        head_.clear();
    }

    /// Goes on as far as it can; `got` is how much of the body has come.
    Step step(std::vector<char>& buffer, std::size_t& got)
    {
        got = 0;
        if (!request_.empty()) {
            // Also shakes hands.
            const int sent =
                SSL_write(session_.get(), request_.data(), static_cast<int>(request_.size()));
            if (sent <= 0) {
                return waits(sent) ? Step::waits : Step::failed;
            }
            request_.clear();
        }
        const int count = SSL_read(session_.get(), buffer.data(), static_cast<int>(buffer.size()));
        if (count <= 0) {
            return waits(count) ? Step::waits : Step::failed;
        }
        return take({buffer.data(), static_cast<std::size_t>(count)}, got);
    }

    void end()
    {
        SSL_shutdown(session_.get());
        session_.reset();
        close(descriptor_);
    }

    [[nodiscard]] int descriptor() const { return descriptor_; }

    Clock::time_point begun;

private:
    bool waits(int result)
    {
        const int error = SSL_get_error(session_.get(), result);
        ERR_clear_error();
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    }

    Step take(std::string_view bytes, std::size_t& got)
    {
        if (!head_.ends_with("\r\n\r\n")) {
            head_ += bytes;
            const std::size_t end = head_.find("\r\n\r\n");
            if (end == head_.npos) {
                return Step::part;
            }
            bytes = bytes.substr(bytes.size() - (head_.size() - end - 4));
            head_.resize(end + 4);
            const std::size_t at = head_.find("Content-Length: ");
            require(at != head_.npos, "understand the answer");
            missing_ = std::stoul(head_.substr(at + 16));
        }
        got = bytes.size();
        missing_ -= std::min(missing_, got);
        return missing_ == 0 ? Step::answered : Step::part;
    }

    int descriptor_ = -1;
    std::unique_ptr<SSL, Free<&SSL_free>> session_;
    std::string request_;
    std::string head_;
    std::size_t missing_ = 0;  // Of the body.
};

class Visitors {
public:
    explicit Visitors(const Options& options)
        : options_{options}, epoll_{check_errno(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
          context_{make_context()}, visitors_(options.connections), buffer_(16 * 1024)
    {
    }
    Visitors(const Visitors&) = delete;
    Visitors& operator=(const Visitors&) = delete;
    ~Visitors() { close(epoll_); }

    void begin(unsigned number, const char* path)
    {
        Visitor& visitor = visitors_[number];
        visitor.begin(context_.get(), options_.port, path);
        epoll_event wanted{};
        wanted.events = EPOLLIN | EPOLLOUT | EPOLLET;  // The first, at once: it may send.
        wanted.data.u32 = number;
        check_errno(epoll_ctl(epoll_, EPOLL_CTL_ADD, visitor.descriptor(), &wanted), "epoll_ctl");
    }

    /// Gives each that may go on, with its number, to `ready`.
    template <typename F>
    void turn(F ready)
    {
        std::array<epoll_event, 64> events{};
        const int count = epoll_wait(epoll_, events.data(), events.size(), 100);
        for (int i = 0; i < count; ++i) {
            const unsigned number = events.at(static_cast<std::size_t>(i)).data.u32;
            ready(visitors_[number], number);
        }
    }

    [[nodiscard]] std::vector<char>& buffer() { return buffer_; }

private:
    const Options& options_;
    int epoll_;
    Context context_;
    std::vector<Visitor> visitors_;
    std::vector<char> buffer_;
};

}  // namespace

void run_tls_handshake(const Options& options)
{
    Visitors visitors{options};
    Measurement measurement{options};
    for (unsigned i = 0; i < options.connections; ++i) {
        visitors.begin(i, "/");
    }
    do {
        visitors.turn([&](Visitor& visitor, unsigned number) {
            std::size_t got = 0;
            auto step = Visitor::Step::part;
            while (step == Visitor::Step::part) {
                step = visitor.step(visitors.buffer(), got);
            }
            if (step == Visitor::Step::waits) {
                return;
            }
            if (step == Visitor::Step::answered) {
                measurement.message(Clock::now() - visitor.begun, got);
            } else {
                measurement.failure();
            }
            visitor.end();
            visitors.begin(number, "/");
        });
    } while (!measurement.over(Clock::now()));
    measurement.print();
}

void run_tls_stream(const Options& options)
{
    Visitors visitors{options};
    Measurement measurement{options};
    std::vector<std::size_t> counted(options.connections);
    for (unsigned i = 0; i < options.connections; ++i) {
        visitors.begin(i, "/stream");
    }
    do {
        visitors.turn([&](Visitor& visitor, unsigned number) {
            for (auto step = Visitor::Step::part; step != Visitor::Step::waits;) {
                std::size_t got = 0;
                step = visitor.step(visitors.buffer(), got);
                require(step != Visitor::Step::failed, "read on");
                for (counted[number] += got; counted[number] >= options.message_bytes;
                     counted[number] -= options.message_bytes) {
                    measurement.message(Clock::now() - visitor.begun, options.message_bytes);
                    visitor.begun = Clock::now();
                }
                if (step == Visitor::Step::answered) {
                    visitor.ask("/stream");
                }
                if (got > 0 && measurement.over(Clock::now())) {
                    measurement.print();
                    std::exit(0);
                }
            }
        });
    } while (true);
}

void run_tls_idle(const Options& options)
{
    Visitors visitors{options};
    for (unsigned i = 0; i < options.connections; ++i) {
        visitors.begin(i, "/");
        auto step = Visitor::Step::waits;
        while (step == Visitor::Step::waits) {
            visitors.turn([&](Visitor& visitor, unsigned) {
                std::size_t got = 0;
                do {
                    step = visitor.step(visitors.buffer(), got);
                } while (step == Visitor::Step::part);
                require(step != Visitor::Step::failed, "shake hands");
            });
        }
    }
    std::puts("ready");
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
}

}  // namespace load
