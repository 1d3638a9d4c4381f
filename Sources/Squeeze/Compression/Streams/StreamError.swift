/// Why the bytes of a layer's entry cannot be decoded.
public enum StreamError: Error, Hashable {
    /// The entry ends inside a part that begins at `offset`.
    case truncated(part: EntryPart, offset: Int, expected: Int, found: Int)
    /// A field holds what no encoder writes.
    case invalid(part: EntryPart, offset: Int, found: Int)
    /// The entry is of a later version of the format.
    case unsupportedVersion(Int)
    /// The entry is of other weights than expected.
    case shapeMismatch(expected: [Int], found: [Int])
    /// Bytes follow where the entry should end.
    case trailingBytes(offset: Int, count: Int)
}

/// A part of a layer's entry.
public enum EntryPart: String, Sendable, Hashable {
    case version, flags, elementType, gapBits, shape, clusterCount, entryCount, codeByteCount
    case codebook, codeLengths, gapLengths, codes, gaps, values
}
