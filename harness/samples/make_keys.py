"""make_keys.py KEYS OUT: a C header with PEM texts from vectors/keys: private keys with their certificates, and the
certificate of the CA alone."""
import pathlib
import ssl
import sys

keys, out = map(pathlib.Path, sys.argv[1:])
lines = ["/* Made from vectors/keys. */"]
for name in ("initiator", "responder", "kms", "ca"):
    certificate = ssl.DER_cert_to_PEM_cert((keys / f"{name}.der").read_bytes())
    pem = certificate if name == "ca" else (keys / f"{name}.pem").read_text() + certificate
    lines.append(f"#define SAMPLE_{name.upper()}_PEM \\")
    lines.append(" \\\n".join(f'    "{line}\\n"' for line in pem.splitlines()))
out.write_text("\n".join(lines) + "\n")
