"""Bytes as C++ string literals, for the tools that write sources."""

PIECE_BYTES = 2000  # of one string literal


def _shown(byte):
    # Octal escapes, for they end after three digits.
    return chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}"


SHOWN = [_shown(byte) for byte in range(256)]


def literal(data):
    """`data` as adjacent literals, a line each; a terminating zero comes with them."""
    pieces = [data[start : start + PIECE_BYTES] for start in range(0, len(data), PIECE_BYTES)] or [b""]
    return "\n".join(f'    "{"".join(SHOWN[byte] for byte in piece)}"' for piece in pieces)
