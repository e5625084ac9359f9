// libuv: one read buffer for all, written back at once with uv_try_write; what the socket does not
// take goes through uv_write, and the connection is not read meanwhile.

#include "listen.h"

#include <uv.h>

static char bytes[READ_SIZE];

struct unsent {
    uv_write_t request;
    char bytes[];
};

static void got(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer);

static void give_buffer(uv_handle_t* handle, size_t suggested, uv_buf_t* buffer)
{
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(bytes, sizeof bytes);
}

static void closed(uv_handle_t* handle) { free(handle); }

static void end(uv_stream_t* stream)
{
    if (!uv_is_closing((uv_handle_t*)stream)) {
        uv_close((uv_handle_t*)stream, closed);
    }
}

static void written(uv_write_t* request, int status)
{
    uv_stream_t* stream = request->handle;
    free(request);
    if (status < 0) {
        end(stream);
    } else {
        uv_read_start(stream, give_buffer, got);
    }
}

static void write_later(uv_stream_t* stream, const char* rest, size_t size)
{
    struct unsent* unsent = malloc(sizeof *unsent + size);
    if (unsent == NULL) {
        fail("malloc");
    }
    memcpy(unsent->bytes, rest, size);
    uv_buf_t buffer = uv_buf_init(unsent->bytes, (unsigned)size);
    uv_read_stop(stream);
    uv_write(&unsent->request, stream, &buffer, 1, written);
}

static void got(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer)
{
    if (size < 0) {
        end(stream);
        return;
    }
    uv_buf_t all = uv_buf_init(buffer->base, (unsigned)size);
    int sent = size == 0 ? 0 : uv_try_write(stream, &all, 1);
    if (sent < 0 && sent != UV_EAGAIN) {
        end(stream);
        return;
    }
    sent = sent < 0 ? 0 : sent;
    if (sent < size) {
        write_later(stream, buffer->base + sent, (size_t)(size - sent));
    }
}

static void connected(uv_stream_t* listener, int status)
{
    uv_tcp_t* stream = malloc(sizeof *stream);
    if (status < 0 || stream == NULL) {
        free(stream);
        return;
    }
    uv_tcp_init(listener->loop, stream);
    if (uv_accept(listener, (uv_stream_t*)stream) == 0) {
        uv_read_start((uv_stream_t*)stream, give_buffer, got);
    } else {
        end((uv_stream_t*)stream);
    }
}

int main(int argc, char** argv)
{
    const int descriptor = listen_on(port_argument(argc, argv), SOCK_NONBLOCK);
    uv_loop_t* loop = uv_default_loop();
    uv_tcp_t listener;
    uv_tcp_init(loop, &listener);
    if (uv_tcp_open(&listener, descriptor) != 0 ||
        uv_listen((uv_stream_t*)&listener, BACKLOG, connected) != 0) {
        fail("uv_listen");
    }
    return uv_run(loop, UV_RUN_DEFAULT);
}
