#include "boardd/tls_client.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace boardd_test {
namespace {

std::vector<std::string> words_of(std::uint16_t port, const std::string& authority,
                                  const asyncio::test::Identity* identity,
                                  const std::vector<std::string>& more)
{
    std::vector<std::string> words{
        "openssl", "s_client", "-quiet",   "-verify_return_error",
        "-CAfile", authority,  "-connect", "127.0.0.1:" + std::to_string(port)};
    if (identity != nullptr) {
        words.insert(words.end(), {"-cert", identity->certificate, "-key", identity->key});
    }
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

}  // namespace

TlsClient::TlsClient(std::uint16_t port, const std::string& authority,
                     const asyncio::test::Identity* identity, const std::vector<std::string>& more)
    : client_{Client::Descriptor{start(words_of(port, authority, identity, more))}}
{
}

TlsClient::~TlsClient()
{
    (void)::kill(pid_, SIGKILL);
    (void)::waitpid(pid_, nullptr, 0);
}

/// Gives our end of the pair of sockets that the program has for stdin and stdout.
int TlsClient::start(const std::vector<std::string>& arguments)
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        throw std::system_error{errno, std::generic_category(), "socketpair"};
    }
    std::vector<std::string> words = arguments;
    std::vector<char*> pointers;
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    const std::string errors = directory_.path("stderr");
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, ends[1], 0);
    ::posix_spawn_file_actions_adddup2(&files, ends[1], 1);
    ::posix_spawn_file_actions_addopen(&files, 2, errors.c_str(), O_WRONLY | O_CREAT, 0600);
    const int error = ::posix_spawnp(&pid_, "openssl", &files, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    (void)::close(ends[1]);
    if (error != 0) {
        (void)::close(ends[0]);
        throw std::system_error{error, std::generic_category(), "posix_spawn openssl"};
    }
    return ends[0];
}

}  // namespace boardd_test
