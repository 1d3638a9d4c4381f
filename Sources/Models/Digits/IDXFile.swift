import Basics

/// The file format of MNIST: unsigned bytes behind a big-endian header.
///
///     0  0  type (8: unsigned byte)  rank │ extent, 4 bytes, × rank │ elements, row by row
public enum IDXFile {
    /// Why a file could not be written.
    public struct Failure: ExplainedError, Hashable {
        public var path: String
        public var reason: String

        public var message: String { "\(path) cannot be written: \(reason)" }
    }

    /// The file's bytes for `elements` of the given extents.
    public static func bytes(of elements: [UInt8], extents: [Int]) -> [UInt8] {
        precondition(
            extents.reduce(1, *) == elements.count && extents.count < 256,
            "\(elements.count) elements do not fill \(extents)")
        var file: [UInt8] = [0, 0, 8, UInt8(extents.count)]
        for extent in extents {
            withUnsafeBytes(of: UInt32(extent).bigEndian) { file += $0 }
        }
        return file + elements
    }

    /// Writes a set as the pair of files that MNIST comes in.
    public static func write(_ set: DigitSet, images: String, labels: String) throws(Failure) {
        try write(bytes(of: set.bytes, extents: [set.count, DigitSet.side, DigitSet.side]), to: images)
        try write(bytes(of: set.labels, extents: [set.count]), to: labels)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        do throws(AtomicFile.Failure) {
            try AtomicFile.write(bytes, to: path)
        } catch { throw Failure(path: path, reason: error.description) }
    }
}
