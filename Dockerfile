# boardd in a container:
#
#     docker build -t boardd .
#     docker run --rm --network host --security-opt seccomp=config/seccomp.json boardd
#
# config/seccomp.json allows io_uring, and little else. It may be left out: Docker's own profile
# refuses io_uring, and boardd then waits with epoll.
# The host's network, because boardd listens on this machine's loopback only.
# With real pins: add  --device /dev/gpiochip0 --group-add "$(stat -c %g /dev/gpiochip0)"
FROM debian:12-slim AS build
RUN apt-get update -q && apt-get install -q -y --no-install-recommends ca-certificates git
WORKDIR /src
COPY . .
# Where the builder's seccomp profile refuses io_uring, tests of it are skipped by name.
RUN ./dev test
RUN cmake --install build/release --prefix /usr --component daemon

FROM debian:12-slim
RUN apt-get update -q \
    && apt-get install -q -y --no-install-recommends \
        libgpiod2 liburing2 libssl3 libspdlog1.10 libtomlplusplus3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home --shell /usr/sbin/nologin boardd
COPY --from=build /usr/bin/boardd /usr/bin/asyncio-doctor /usr/bin/
COPY config/boardd.toml /etc/boardd/boardd.toml
USER boardd
ENTRYPOINT ["boardd"]
