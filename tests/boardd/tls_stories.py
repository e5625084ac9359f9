"""A client of boardd's text protocol over TLS, with Python's ssl.

Arguments: port, authority of the server, own certificate, own key.
"""

import socket
import ssl
import sys

PORT, AUTHORITY, CERTIFICATE, KEY = int(sys.argv[1]), *sys.argv[2:]


def connect(context):
    plain = socket.create_connection(("127.0.0.1", PORT), timeout=20)
    return context.wrap_socket(plain, server_hostname="localhost")


def ask(lines, command):
    lines.write(command + "\n")
    lines.flush()
    return lines.readline().rstrip("\n")


def equal(found, wanted):
    assert found == wanted, f"{found!r}, expected {wanted!r}"


def main():
    context = ssl.create_default_context(cafile=AUTHORITY)
    context.load_cert_chain(CERTIFICATE, KEY)
    with connect(context) as connection:
        equal(connection.version(), "TLSv1.3")
        lines = connection.makefile("rw")
        equal(ask(lines, "MODE 17 out"), "OK out off")
        equal(ask(lines, "SET 17 1"), "OK 1")
        equal(ask(lines, "WATCH 17"), "OK 1")
        with connect(context) as other:
            equal(ask(other.makefile("rw"), "SET 17 0"), "OK 0")
        equal(lines.readline().split()[:3], ["EVENT", "GPIO17", "0"])
        count = int(ask(lines, "LIST").split()[1])
        pins = [lines.readline() for _ in range(count)]
        assert any(" gpio=17 mode=out " in pin for pin in pins), pins
        assert " tls=TLSv1.3" in ask(lines, "INFO")
        equal(ask(lines, "QUIT"), "OK bye")
        equal(lines.read(), "")  # close_notify has come, or this would throw.

    stranger = ssl.create_default_context(cafile=AUTHORITY)
    try:
        with connect(stranger) as connection:
            connection.recv(1)
        raise AssertionError("served without a certificate")
    except ssl.SSLError as error:
        assert "CERTIFICATE_REQUIRED" in str(error), error
    print("done")


main()
