package peers;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** State as bytes, written by hand: the fastest that a store can have. */
final class Bytes {
  private Bytes() {}

  static final class Out {
    private byte[] bytes = new byte[1 << 16];
    private int length;

    void clear() {
      length = 0;
    }

    byte[] copy() {
      return Arrays.copyOf(bytes, length);
    }

    private void room(int wanted) {
      if (length + wanted > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + wanted));
      }
    }

    void octet(int value) {
      room(1);
      bytes[length++] = (byte) value;
    }

    void flag(boolean value) {
      octet(value ? 1 : 0);
    }

    /** Small numbers take few bytes, as in Avro. */
    void number(long value) {
      room(10);
      long left = (value << 1) ^ (value >> 63);
      while ((left & ~0x7FL) != 0) {
        bytes[length++] = (byte) (left & 0x7F | 0x80);
        left >>>= 7;
      }
      bytes[length++] = (byte) left;
    }

    void fixed(long value) {
      room(8);
      for (int shift = 56; shift >= 0; shift -= 8) {
        bytes[length++] = (byte) (value >> shift);
      }
    }

    /** Null as well. */
    void text(String value) {
      if (value == null) {
        number(-1);
        return;
      }
      byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
      number(encoded.length);
      room(encoded.length);
      System.arraycopy(encoded, 0, bytes, length, encoded.length);
      length += encoded.length;
    }
  }

  static final class In {
    private final byte[] bytes;
    private int at;

    In(byte[] bytes) {
      this.bytes = bytes;
    }

    byte octet() {
      return bytes[at++];
    }

    boolean flag() {
      return bytes[at++] != 0;
    }

    long number() {
      long value = 0;
      int shift = 0;
      byte next;
      do {
        next = bytes[at++];
        value |= (long) (next & 0x7F) << shift;
        shift += 7;
      } while (next < 0);
      return (value >>> 1) ^ -(value & 1);
    }

    long fixed() {
      long value = 0;
      for (int i = 0; i < 8; i++) {
        value = value << 8 | bytes[at++] & 0xFF;
      }
      return value;
    }

    String text() {
      int length = (int) number();
      if (length < 0) {
        return null;
      }
      String value = new String(bytes, at, length, StandardCharsets.UTF_8);
      at += length;
      return value;
    }
  }
}
