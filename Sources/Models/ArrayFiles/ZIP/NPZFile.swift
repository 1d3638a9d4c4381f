import Basics
import TensorCore

/// Named arrays as `numpy.savez` writes them: a ZIP archive of NPY members.
public struct NPZFile: Sendable {
    private let archive: ZIPArchive
    /// The arrays' names, without `.npy`, in the order of the archive.
    public let names: [String]

    /// Reads the archive's directory and checks it against the file; arrays are read when they are asked for.
    ///
    /// An archive whose members would inflate to far more than it is was made to fill memory, and is refused.
    public init(_ file: MappedFile) throws(ArrayFileError) {
        let archive = try ZIPArchive(file)
        let byteCount = archive.inflatedByteCount
        guard byteCount <= Self.freeInflation || byteCount / Self.greatestInflation <= file.byteCount else {
            throw ArrayFileError(
                file, "would inflate from \(file.byteCount) bytes to \(byteCount), which no data do; get it from somebody you trust")
        }
        self.init(archive)
    }

    private static let freeInflation = 1 << 27
    private static let greatestInflation = 128

    /// The arrays of an archive that is open.
    public init(_ archive: ZIPArchive) {
        self.archive = archive
        names = archive.names.filter { $0.hasSuffix(Self.suffix) }.map { String($0.dropLast(Self.suffix.count)) }
    }

    private static let suffix = ".npy"

    /// Whether the file begins as ZIP archives do.
    public static func isArchive(_ file: MappedFile) -> Bool { ZIPArchive.isArchive(file) }

    /// Reads one array: mapped where it is stored as it is, inflated and compared with its checksum otherwise.
    public func array(named name: String) throws(ArrayFileError) -> Tensor {
        guard archive.byteCount(of: name + Self.suffix) != nil else {
            let known = names.isEmpty ? "it holds no arrays" : "it holds \(names.map(shown).joined(separator: ", "))"
            throw ArrayFileError("\(archive.file.path) has no array \(shown(name)); \(known)")
        }
        let content = try archive.content(of: name + Self.suffix)
        return try NPYFile.read(content, of: archive.file, member: shown(name))
    }
}
