#include "dial.hpp"
#include "modes.hpp"
#include "payload.hpp"

#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace load {

void run_idle(const Options& options)
{
    const Payload payload{options.message_bytes + Payload::step};
    std::vector<int> descriptors;
    std::vector<char> answer(options.message_bytes);
    for (unsigned i = 0; i < options.connections; ++i) {
        const int descriptor = dial(options.port);
        check_errno(
            static_cast<int>(send(descriptor, payload.piece(i, 0), answer.size(), MSG_NOSIGNAL)),
            "send");
        const auto size = recv(descriptor, answer.data(), answer.size(), MSG_WAITALL);
        if (size != static_cast<ssize_t>(answer.size())) {
            check(-EPROTO, "receive");
        }
        payload.check(i, 0, answer.data(), answer.size());
        descriptors.push_back(descriptor);
    }
    std::puts("ready");
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    // Reset, so that nothing is left of ten thousand connections.
    const linger reset{1, 0};
    for (const int descriptor : descriptors) {
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(descriptor);
    }
}

}  // namespace load
