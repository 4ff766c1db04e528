#!/usr/bin/python3
"""Makes the table of TLS ciphersuites from tls-ciphersuites.tsv (IANA's registry): what is not its number, its name
and its reference follows from the name."""
import csv
import re
import sys

SIGNALLING = ("TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "TLS_FALLBACK_SCSV")
# RFC 5487 1.1 and RFC 5489 3: their CBC and NULL suites may be negotiated in every version, whatever their MAC.
ANY_VERSION = ("RFC 5487", "RFC 5489")
KEY_EXCHANGES = {"PSK": "PSK", "DHE_PSK": "DHE_PSK", "PSK_DHE": "DHE_PSK", "ECDHE_PSK": "ECDHE_PSK", "RSA_PSK": "RSA_PSK"}


def recipe(name, tls13):
    """How records are protected: (bulk, octets of key, octets of tag, MAC, hash of the PRF)."""
    prf = "SHA384" if name.endswith("_SHA384") else "SHA256"
    mac = re.search(r"_(SHA|SHA256|SHA384)$", name)
    mac = {"SHA": "SHA1"}.get(mac[1], mac[1]) if mac else "NONE"
    aes = re.search(r"_AES_(128|256)_(CBC|GCM|CCM)(_8)?", name)
    if aes:
        octets = int(aes[1]) // 8
        if aes[2] == "CBC":
            return "CBC", octets, 0, mac, prf
        return aes[2], octets, 8 if aes[3] else 16, "NONE", prf
    if "_CHACHA20_POLY1305" in name:
        return "CHACHA", 32, 16, "NONE", prf
    if "_WITH_NULL_SHA" in name:
        return "NULL", 0, 0, mac, prf
    return "OTHER", 0, 0, "NONE", prf


def row(line):
    number, name, reference = line["number"], line["name"], line["reference"]
    exchange = name[len("TLS_"):].split("_WITH_")[0] if "_WITH_" in name else ""
    signalling = name in SIGNALLING
    tls13 = not exchange and not signalling
    null = "_WITH_NULL_" in name or reference == "RFC 9150"
    dh = bool(re.match(r"(PSK_)?(EC)?DHE?(_|$)", exchange)) or exchange.startswith("ECCPWD")
    aead = bool(re.search(r"_(GCM|CCM)|POLY1305", name))
    strong = name.endswith(("_SHA256", "_SHA384")) and reference not in ANY_VERSION
    flags = (exchange == "PSK", dh, null, aead or strong, tls13, signalling)
    public = f'    {{ {number}, "{name}", ' + ", ".join("true" if flag else "false" for flag in flags) + " },"
    bulk, key, tag, mac, prf = recipe(name, tls13)
    private = (f"    {{ TG_KX_{KEY_EXCHANGES.get(exchange, 'OTHER')}, TG_BULK_{bulk}, {key}, {tag}, TG_TLS_MAC_{mac}, "
               f"TG_TLS_{prf} }}, /* {name} */")
    return public, private


def main():
    source, target = sys.argv[1:]
    with open(source, newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file, delimiter="\t"))
    numbers = [int(line["number"], 16) for line in lines]
    if numbers != sorted(set(numbers)):
        raise SystemExit(f"{source}: numbers are to rise, each once")
    rows = [row(line) for line in lines]
    with open(target, "w", encoding="utf-8") as file:
        file.write("/* Made from tls-ciphersuites.tsv by generate_ciphersuites.py. */\n")
        file.write("static const tg_tls_suite suites[] = {\n" + "\n".join(public for public, _ in rows) + "\n};\n")
        file.write("static const tg_tls_recipe recipes[] = {\n" + "\n".join(private for _, private in rows) + "\n};\n")


if __name__ == "__main__":
    main()
