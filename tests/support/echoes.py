#!/usr/bin/python3
"""echoes.py serve PORT: answers on all addresses, over UDP and TCP, with the address and port of who asks.
echoes.py ask udp|tcp|icmp ADDRESS PORT [FROM]: prints what is answered; status 1 when nothing is within a
second. An answer to an echo request is told as if a server had said it. DSCP in the environment is that of what
is sent.
"""
import os
import selectors
import socket
import struct
import sys

PATIENCE = 1.0  # seconds


def plain(peer):
    address = peer[0]
    return f"{address[7:] if address.startswith('::ffff:') else address} {peer[1]}\n".encode()


def serve(port):
    selector = selectors.DefaultSelector()
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        for family, every in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            server = socket.socket(family, kind)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            server.bind((every, port))
            if kind == socket.SOCK_STREAM:
                server.listen(64)
            selector.register(server, selectors.EVENT_READ)
    print("serving", flush=True)
    while True:
        for key, _ in selector.select():
            server = key.fileobj
            if server.type == socket.SOCK_DGRAM:
                _, peer = server.recvfrom(2048)
                try:
                    server.sendto(plain(peer), peer)
                except OSError as error:
                    print(error, flush=True)
            else:
                connection, peer = server.accept()
                with connection:
                    connection.sendall(plain(peer))


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ping(address):
    six = ":" in address
    family, number = (socket.AF_INET6, socket.IPPROTO_ICMPV6) if six else (socket.AF_INET, socket.IPPROTO_ICMP)
    request, reply = (128, 129) if six else (8, 0)
    cookie = os.urandom(8)
    packet = struct.pack("!BBHHH", request, 0, 0, 1, 1) + cookie
    if not six:
        packet = packet[:2] + struct.pack("!H", checksum(packet)) + packet[4:]
    with socket.socket(family, socket.SOCK_RAW, number) as client:
        client.settimeout(PATIENCE)
        client.connect((address, 0))
        client.send(packet)
        while True:
            data = client.recv(2048)
            data = data if six else data[(data[0] & 15) * 4:]
            if data[0] == reply and data.endswith(cookie):
                return print(plain(client.getsockname()).decode(), end="")


def ask(protocol, address, port, source):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    with socket.socket(family, kind) as client:
        client.settimeout(PATIENCE)
        if dscp := int(os.environ.get("DSCP", "0")):
            option = (socket.IPPROTO_IPV6, socket.IPV6_TCLASS) if family == socket.AF_INET6 else \
                (socket.IPPROTO_IP, socket.IP_TOS)
            client.setsockopt(*option, dscp << 2)
        if source:
            client.bind((source, 0))
        client.connect((address, port))
        if kind == socket.SOCK_DGRAM:
            client.send(b"?")
        print(client.recv(2048).decode(), end="")


def main():
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    try:
        if sys.argv[2] == "icmp":
            return ping(sys.argv[3])
        ask(sys.argv[2], sys.argv[3], int(sys.argv[4]), "".join(sys.argv[5:]))
    except OSError as error:
        sys.exit(str(error))


main()
