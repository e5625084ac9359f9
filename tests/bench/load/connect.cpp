#include "dial.hpp"
#include "measurement.hpp"
#include "modes.hpp"
#include "payload.hpp"

#include <unistd.h>
#include <vector>

namespace load {
namespace {

/// What came from the chain connect - send - receive of one connection. The others are silent.
constexpr std::uint64_t silent = ~std::uint64_t{0};

class Caller {
public:
    Caller() = default;

    int descriptor = -1;
    Clock::time_point begun;
    std::vector<char> answer;
};

class Connect {
public:
    explicit Connect(const Options& options)
        : options_{options}, address_{server_address(options.port)},
          payload_{options.message_bytes + Payload::step}, callers_(options.connections),
          measurement_{options}
    {
        for (Caller& caller : callers_) {
            caller.answer.resize(options.message_bytes);
        }
    }

    void run()
    {
        now_ = Clock::now();
        for (unsigned i = 0; i < options_.connections; ++i) {
            call(i);
        }
        do {
            ring_.turn([this](const io_uring_cqe& cqe) {
                if (cqe.user_data != silent) {
                    now_ = Clock::now();
                    answered(static_cast<unsigned>(cqe.user_data), cqe.res);
                }
            });
        } while (!measurement_.over(now_));
        measurement_.print();
    }

private:
    void call(unsigned i)
    {
        Caller& caller = callers_[i];
        caller.descriptor = open_socket();
        caller.begun = now_;
        io_uring_sqe& connecting = ring_.next();
        io_uring_prep_connect(&connecting, caller.descriptor,
                              reinterpret_cast<const sockaddr*>(&address_), sizeof address_);
        io_uring_sqe& sending = ring_.next();
        io_uring_prep_send(&sending, caller.descriptor, payload_.piece(i, 0),
                           options_.message_bytes, MSG_WAITALL | MSG_NOSIGNAL);
        for (io_uring_sqe* sqe : {&connecting, &sending}) {
            sqe->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
            sqe->user_data = silent;
        }
        io_uring_sqe& receiving = ring_.next();
        io_uring_prep_recv(&receiving, caller.descriptor, caller.answer.data(),
                           caller.answer.size(), MSG_WAITALL);
        receiving.user_data = i;
    }

    void answered(unsigned i, int result)
    {
        Caller& caller = callers_[i];
        if (result == static_cast<int>(options_.message_bytes)) {
            payload_.check(i, 0, caller.answer.data(), caller.answer.size());
            measurement_.message(now_ - caller.begun, options_.message_bytes);
        } else {
            measurement_.failure();
        }
        close(caller.descriptor);
        call(i);
    }

    const Options& options_;
    sockaddr_in address_;
    Payload payload_;
    Ring ring_;
    std::vector<Caller> callers_;
    Measurement measurement_;
    Clock::time_point now_;
};

}  // namespace

void run_connect(const Options& options) { Connect{options}.run(); }

}  // namespace load
