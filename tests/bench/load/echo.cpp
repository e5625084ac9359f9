#include "dial.hpp"
#include "measurement.hpp"
#include "modes.hpp"
#include "payload.hpp"

#include <deque>
#include <unistd.h>
#include <vector>

namespace load {
namespace {

enum Operation : unsigned { receive = 1, send = 2 };

class Connection {
public:
    Connection() = default;

    std::uint64_t sent = 0;      // Bytes.
    std::uint64_t received = 0;  // Bytes.
    unsigned to_send = 0;        // Messages.
    bool sending = false;
    std::deque<Clock::time_point> begun;  // Of the messages in flight, the oldest first.
};

class Echo {
public:
    explicit Echo(const Options& options)
        : options_{options},
          payload_{std::size_t{options.message_bytes} * options.in_flight + Payload::step},
          buffers_{ring_, 1024, 32 * 1024}, connections_(options.connections), measurement_{options}
    {
        // What fits a socket's buffer is sent at once, and its completion tells nothing.
        sends_are_quiet_ = options.message_bytes * options.in_flight <= 4096;
        std::vector<int> descriptors;
        for (unsigned i = 0; i < options.connections; ++i) {
            descriptors.push_back(dial(options.port));
        }
        check(io_uring_register_files(ring_.get(), descriptors.data(), options.connections),
              "io_uring_register");
        for (const int descriptor : descriptors) {
            close(descriptor);
        }
    }

    void run()
    {
        now_ = Clock::now();
        for (unsigned i = 0; i < options_.connections; ++i) {
            start_receive(i);
            connections_[i].to_send = options_.in_flight;
            start_send(i);
        }
        do {
            bool first = true;
            ring_.turn([this, &first](const io_uring_cqe& cqe) {
                if (first) {
                    now_ = Clock::now();
                    first = false;
                }
                completed(cqe);
            });
        } while (!measurement_.over(now_));
        measurement_.print();
    }

private:
    static std::uint64_t tag(Operation operation, unsigned connection)
    {
        return std::uint64_t{operation} << 32 | connection;
    }

    void start_receive(unsigned i)
    {
        io_uring_sqe& sqe = ring_.next();
        io_uring_prep_recv_multishot(&sqe, static_cast<int>(i), nullptr, 0, 0);
        sqe.flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
        sqe.user_data = tag(receive, i);
    }

    void start_send(unsigned i)
    {
        Connection& connection = connections_[i];
        if (connection.to_send == 0 || connection.sending) {
            return;
        }
        const unsigned messages = sends_are_quiet_ ? connection.to_send : 1;
        const std::size_t size = std::size_t{messages} * options_.message_bytes;
        io_uring_sqe& sqe = ring_.next();
        io_uring_prep_send(&sqe, static_cast<int>(i), payload_.piece(i, connection.sent), size,
                           MSG_WAITALL | MSG_NOSIGNAL);
        sqe.flags |= IOSQE_FIXED_FILE | (sends_are_quiet_ ? IOSQE_CQE_SKIP_SUCCESS : 0);
        sqe.user_data = tag(send, i);
        connection.sending = !sends_are_quiet_;
        connection.sent += size;
        connection.to_send -= messages;
        connection.begun.insert(connection.begun.end(), messages, now_);
    }

    void completed(const io_uring_cqe& cqe)
    {
        const auto i = static_cast<unsigned>(cqe.user_data);
        if (cqe.user_data >> 32 == send) {
            check(cqe.res, "send");
            connections_[i].sending = false;
            start_send(i);
            return;
        }
        if (cqe.res > 0) {
            const unsigned id = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
            got(i, buffers_.bytes(id), static_cast<unsigned>(cqe.res));
            buffers_.give_back(id);
            start_send(i);
        } else if (cqe.res != -ENOBUFS) {
            check(cqe.res == 0 ? -EPIPE : cqe.res, "the server has closed a connection");
        }
        if ((cqe.flags & IORING_CQE_F_MORE) == 0) {
            start_receive(i);
        }
    }

    void got(unsigned i, const char* bytes, unsigned size)
    {
        Connection& connection = connections_[i];
        payload_.check(i, connection.received, bytes, size);
        const std::uint64_t before = connection.received / options_.message_bytes;
        connection.received += size;
        const std::uint64_t after = connection.received / options_.message_bytes;
        if (connection.received > connection.sent) {
            check(-EPROTO, "more came back than was sent");
        }
        for (std::uint64_t message = before; message < after; ++message) {
            measurement_.message(now_ - connection.begun.front(), options_.message_bytes);
            connection.begun.pop_front();
            ++connection.to_send;
        }
    }

    const Options& options_;
    Payload payload_;
    Ring ring_;
    Buffers buffers_;
    std::vector<Connection> connections_;
    Measurement measurement_;
    Clock::time_point now_;
    bool sends_are_quiet_ = false;
};

}  // namespace

void run_echo(const Options& options) { Echo{options}.run(); }

}  // namespace load
