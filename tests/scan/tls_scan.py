#!/usr/bin/env python3
"""What a scanner finds about our TLS server as it is by default: tls_scan.py SCANNER PROGRAM

SCANNER is sslscan or testssl; PROGRAM is the example tls_echo_server. Fails for a finding of medium
or worse. Exit code 77: there is no such scanner.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

PROTOCOLS = {"TLSv1.2", "TLSv1.3"}
HARMLESS = ("OK", "INFO", "LOW", "DEBUG", "WARN")  # WARN: about the scanner itself.
# Both names; scanners look for a revocation list, and mind an end that is near.
EXTENSIONS = "subjectAltName=DNS:localhost,IP:127.0.0.1\ncrlDistributionPoints=URI:http://localhost/ca.crl\n"


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_certificates(folder):
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(folder, "req", "-x509", *key, "-days", "400", "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(folder, "req", *key, "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "request.pem")
    (folder / "extensions").write_text(EXTENSIONS)
    openssl(folder, "x509", "-req", "-in", "request.pem", "-days", "200", "-extfile", "extensions",
            "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "cert.pem")


def sslscan(folder, port):
    """Findings of sslscan, which only lists what is there."""
    subprocess.run(["sslscan", "--xml=scan.xml", "--sni-name=localhost", f"127.0.0.1:{port}"],
                   cwd=folder, check=True, capture_output=True, timeout=200)
    test = xml.etree.ElementTree.parse(folder / "scan.xml").getroot().find("ssltest")
    spoken = {p.get("type").upper() + "v" + p.get("version") for p in test.iter("protocol") if p.get("enabled") == "1"}
    if spoken != PROTOCOLS:
        yield f"protocols: {sorted(spoken)}"
    ciphers = list(test.iter("cipher"))
    if len(ciphers) < 4:
        yield f"only {len(ciphers)} ciphers were found"
    for cipher in ciphers:
        name = cipher.get("cipher")
        if cipher.get("strength") not in ("strong", "acceptable") or not name.startswith(("TLS_", "ECDHE-")):
            yield f"cipher {name}: {cipher.get('strength')}"
    for group in test.iter("group"):
        if int(group.get("bits")) < 128 or group.get("name").startswith("ffdhe"):
            yield f"group {group.get('name')}"
    for name, attribute in (("heartbleed", "vulnerable"), ("compression", "supported"), ("renegotiation", "supported")):
        for found in test.iter(name):
            if found.get(attribute) != "0":
                yield f"{name}: {found.attrib}"


def testssl(folder, port):
    """Protocols, ciphers, forward secrecy, what the server prefers, and all vulnerabilities."""
    run = subprocess.run(
        ["testssl", "--quiet", "--color", "0", "--warnings", "batch", "--nodns", "none", "--ip", "127.0.0.1",
         "--add-ca", "ca.pem", "--jsonfile", "scan.json", "-p", "-s", "-f", "-P", "-S", "-U", f"localhost:{port}"],
        cwd=folder, capture_output=True, text=True, timeout=280, check=False)
    findings = json.loads((folder / "scan.json").read_text())
    ids = {finding["id"] for finding in findings}
    for expected in ("TLS1_3", "heartbleed", "LUCKY13", "cert_chain_of_trust"):
        if expected not in ids:
            yield f"testssl has not looked at {expected}:\n{run.stdout}"
    for finding in findings:
        if finding["severity"] not in HARMLESS:
            yield f"{finding['id']}: {finding['severity']}: {finding['finding']}"


def main():
    scanner, program = sys.argv[1:]
    if shutil.which(scanner) is None or shutil.which("openssl") is None:
        print(f"there is no {scanner}, or no openssl")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_certificates(folder)
        command = [pathlib.Path(program).resolve(), "cert.pem", "key.pem", "0"]
        with open(folder / "log", "wb") as log, subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True) as server:
            try:
                port = server.stdout.readline().strip().rpartition(":")[2]
                findings = list({"sslscan": sslscan, "testssl": testssl}[scanner](folder, port))
                if server.poll() is not None:
                    findings.append("the server has ended:\n" + (folder / "log").read_text())
            finally:
                server.terminate()
    for finding in findings:
        print(f"{scanner}: {finding}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
