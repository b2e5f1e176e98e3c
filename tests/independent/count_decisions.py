#!/usr/bin/env python3
"""Finds every decision's id exactly once, without any of buymode's code or clients.

Speaks Kafka's protocol by hand: reads all routes' topics at read_committed, skips aborted
transactions, and takes each record apart: a zero byte, the schema's id in four bytes, then the Avro
datum, whose first field is the decision's id as a string. Prints how many records and how many
different ids there are; exits with 1 if an id comes twice, or a record is no decision.

Example: count_decisions.py --bootstrap localhost:9092 --route-prefix sequencer.
"""

import argparse
import collections
import gzip
import socket
import struct
import sys
import uuid

METADATA, FETCH = 3, 1
READ_COMMITTED = 1
FETCH_BYTES = 8 << 20


class Reader:
    """Takes numbers and texts off the front of bytes, as the protocol writes them."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        piece = self.data[self.at:self.at + length]
        if len(piece) < length:
            raise EOFError
        self.at += length
        return piece

    def number(self, kind):
        return struct.unpack(">" + kind, self.take(struct.calcsize(">" + kind)))[0]

    def text(self):
        length = self.number("h")
        return None if length < 0 else self.take(length).decode()

    def array(self, item):
        return [item() for _ in range(max(self.number("i"), 0))]

    def varint(self):
        """Zigzag, as in Kafka's records and in Avro."""
        number = shift = 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (number >> 1) ^ -(number & 1)

    def bytes(self):
        length = self.varint()
        return None if length < 0 else self.take(length)


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


class Broker:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=30)

    def ask(self, api, version, body):
        request = struct.pack(">hhi", api, version, 1) + text("count_decisions") + body
        self.socket.sendall(struct.pack(">i", len(request)) + request)
        length = struct.unpack(">i", self.receive(4))[0]
        return Reader(self.receive(length)[4:])

    def receive(self, length):
        pieces = bytearray()
        while len(pieces) < length:
            piece = self.socket.recv(length - len(pieces))
            if not piece:
                sys.exit("the broker closed the connection")
            pieces += piece
        return bytes(pieces)


def metadata(broker):
    """Brokers by id, and (topic, partition, leader) of everything."""
    answer = broker.ask(METADATA, 1, struct.pack(">i", -1))
    brokers = {}

    def one_broker():
        node, host, port = answer.number("i"), answer.text(), answer.number("i")
        answer.text()
        brokers[node] = (host, port)

    def one_partition():
        answer.number("h")
        partition, leader = answer.number("i"), answer.number("i")
        answer.array(lambda: answer.number("i"))
        answer.array(lambda: answer.number("i"))
        return partition, leader

    def one_topic():
        answer.number("h")
        name = answer.text()
        answer.number("b")
        return [(name, partition, leader) for partition, leader in answer.array(one_partition)]

    answer.array(one_broker)
    answer.number("i")
    return brokers, [each for topic in answer.array(one_topic) for each in topic]


def fetch(broker, topic, partition, offset):
    """The last stable offset, aborted transactions as (first offset, producer), and the batches."""
    # Of no bytes at least: where there is nothing, the broker says so at once.
    body = struct.pack(">iiiib", -1, 500, 0, FETCH_BYTES, READ_COMMITTED)
    body += struct.pack(">i", 1) + text(topic)
    body += struct.pack(">iiqi", 1, partition, offset, FETCH_BYTES)
    answer = broker.ask(FETCH, 4, body)
    answer.number("i")
    assert answer.number("i") == 1 and answer.text() == topic and answer.number("i") == 1
    answer.number("i")
    error, _, stable = answer.number("h"), answer.number("q"), answer.number("q")
    if error:
        sys.exit(f"{topic}[{partition}] offset {offset}: error {error} of Kafka's protocol")
    aborted = answer.array(lambda: (answer.number("q"), answer.number("q")))
    return stable, [(first, producer) for producer, first in aborted], answer.take(answer.number("i"))


def lz4(data):
    """A frame of LZ4; only what Kafka's clients write."""
    frame, out = Reader(data), bytearray()
    assert frame.take(4) == b"\x04\x22\x4d\x18", "not a frame of LZ4"
    flags = frame.take(2)[0]
    frame.take((8 if flags & 8 else 0) + 1)
    while True:
        size = struct.unpack("<I", frame.take(4))[0]
        if size == 0:
            return bytes(out)
        block = frame.take(size & 0x7FFFFFFF)
        if size >> 31:
            out += block
        else:
            lz4_block(block, out)
        if flags & 16:
            frame.take(4)


def lz4_block(block, out):
    at = 0

    def length(nibble):
        nonlocal at
        total = nibble
        while nibble == 15:
            more = block[at]
            at, total = at + 1, total + more
            if more < 255:
                break
        return total

    while at < len(block):
        token = block[at]
        at += 1
        literals = length(token >> 4)
        out += block[at:at + literals]
        at += literals
        if at >= len(block):
            return
        back = block[at] | block[at + 1] << 8
        at += 2
        for _ in range(length(token & 15) + 4):
            out.append(out[-back])


def batches(data):
    """Each whole batch: last offset, attributes, producer, records' bytes."""
    reader = Reader(data)
    while True:
        try:
            base = reader.number("q")
            batch = Reader(reader.take(reader.number("i")))
        except EOFError:
            return
        batch.take(4)
        assert batch.number("b") == 2, "batches of version 2 only"
        batch.take(4)
        attributes, last = batch.number("h"), base + batch.number("i")
        batch.take(16)
        producer = batch.number("q")
        batch.take(6)
        count, packed = batch.number("i"), batch.data[batch.at:]
        yield last, attributes, producer, count, packed


def records(packed, count, attributes):
    codec = attributes & 7
    unpack = {0: bytes, 1: gzip.decompress, 3: lz4}.get(codec)
    if unpack is None:
        sys.exit(f"compression {codec} is not known here")
    reader = Reader(unpack(packed))
    for _ in range(count):
        record = Reader(reader.take(reader.varint()))
        record.take(1)
        record.varint()
        record.varint()
        yield record.bytes(), record.bytes()


def values(broker, topic, partition):
    """The values that a read_committed reader may see."""
    offset = 0
    while True:
        stable, aborted, data = fetch(broker, topic, partition, offset)
        aborted.sort()
        gone, before = set(), offset
        for last, attributes, producer, count, packed in batches(data):
            while aborted and aborted[0][0] <= last:
                gone.add(aborted.pop(0)[1])
            if last < offset:
                continue
            offset = last + 1
            if attributes & 32:
                # A marker: version, then 0 for an abort.
                for key, _ in records(packed, count, attributes):
                    if struct.unpack(">hh", key)[1] == 0:
                        gone.discard(producer)
            elif not (attributes & 16 and producer in gone):
                yield from (value for _, value in records(packed, count, attributes))
        if offset >= stable:
            return
        if offset == before:
            sys.exit(f"{topic}[{partition}] stands still at {offset} of {stable}")


def decision_id(value):
    if value[0] != 0:
        sys.exit(f"the first byte of a record is {value[0]}, not 0")
    return uuid.UUID(Reader(value[5:]).bytes().decode("ascii"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--route-prefix", default="sequencer.")
    options = parser.parse_args()
    host, port = options.bootstrap.split(",")[0].rsplit(":", 1)
    addresses, partitions = metadata(Broker(host, int(port)))
    brokers = {node: Broker(*address) for node, address in addresses.items()}
    found = collections.Counter()
    for topic, partition, leader in partitions:
        if topic.startswith(options.route_prefix):
            found.update(decision_id(value) for value in values(brokers[leader], topic, partition))
    print(f"{sum(found.values())} records, {len(found)} ids")
    twice = sorted((identity, times) for identity, times in found.items() if times > 1)
    for identity, times in twice[:10]:
        print(f"{identity} comes {times} times")
    sys.exit(1 if twice else 0)


if __name__ == "__main__":
    main()
