import Glibc

/// A regular file mapped read-only; its pages are read when they are looked at, and unmapped with the last reference.
public final class MappedFile: @unchecked Sendable {
    // Invariant behind `@unchecked`: the mapping is read-only and neither pointer nor length changes before `deinit`.
    private let base: UnsafeRawPointer?
    private let isMapped: Bool
    /// Whether the bytes are this object's own.
    private let isOwned: Bool
    /// The file this is a part of, whose mapping it keeps alive.
    private let whole: MappedFile?

    /// Files from this size on give back the memory of what was read of them.
    private static let largeByteCount = 256 << 20
    /// Bytes a large file is read in between two times that memory is given back.
    public static let passByteCount = 4 << 20

    public let path: String
    public let byteCount: Int

    /// Why a file could not be mapped.
    public enum Failure: Error, Hashable {
        case cannotOpen(path: String, code: Int32)
        case isDirectory(path: String)
        case notRegular(path: String)
    }

    /// Maps the file at `path`. An empty file maps to no bytes.
    public init(path: String) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .cannotOpen(path: path, code: errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw .isDirectory(path: path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular(path: path) }
        self.path = path
        (isMapped, isOwned) = (true, false)
        whole = nil
        byteCount = Int(status.st_size)
        guard byteCount > 0 else {
            base = nil
            return
        }
        guard let address = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw .cannotOpen(path: path, code: errno)
        }
        base = UnsafeRawPointer(address)
    }

    /// Stands in for a file whose bytes are built into the program; they must stay as they are for ever.
    public init(constant bytes: UnsafeRawBufferPointer, name: String) {
        base = bytes.baseAddress
        byteCount = bytes.count
        path = name
        (isMapped, isOwned) = (false, false)
        whole = nil
    }

    /// Stands in for a file of bytes that were worked out; errors name `path`.
    public init(holding bytes: [UInt8], path: String) {
        let region = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
        region.copyBytes(from: bytes)
        base = UnsafeRawPointer(region.baseAddress)
        byteCount = bytes.count
        self.path = path
        (isMapped, isOwned) = (false, true)
        whole = nil
    }

    /// A part of a file as a file of its own under the same path; `range` must lie within it.
    public init(part range: Range<Int>, of file: MappedFile) {
        precondition(range.lowerBound >= 0 && range.upperBound <= file.byteCount, "\(range) of \(file.byteCount) bytes")
        base = file.base.map { $0 + range.lowerBound }
        byteCount = range.count
        path = file.path
        (isMapped, isOwned) = (false, false)
        whole = file
    }

    deinit {
        if isMapped, let base { munmap(UnsafeMutableRawPointer(mutating: base), byteCount) }
        if isOwned { base?.deallocate() }
    }

    /// Whether memory of what was read should be given back, so that a file larger than memory can be passed over.
    public var isLarge: Bool { whole?.isLarge ?? (isMapped && byteCount >= Self.largeByteCount) }

    /// Gives back the memory of whole pages in a range of a large file. Whoever reads them again, on any thread, finds the same
    /// bytes: the mapping is read-only, so the system has them in its cache or on the disk.
    public func release(_ range: Range<Int>) {
        guard isLarge, let base, !range.isEmpty else { return }
        let page = UInt(Machine.pageByteCount)
        let start = (UInt(bitPattern: base) + UInt(range.lowerBound)) / page * page
        // The last page is left to the range behind.
        let end = (UInt(bitPattern: base) + UInt(range.upperBound)) / page * page
        // Bounds: a mapping begins on a page, so the page of the first byte belongs to it.
        guard end > start, let address = UnsafeMutableRawPointer(bitPattern: start) else { return }
        madvise(address, Int(end - start), Int32(MADV_DONTNEED))
    }

    /// The whole file; the pointer is valid while `self` is.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withExtendedLifetime(self) { () throws(Failure) in
            try body(UnsafeRawBufferPointer(start: base, count: byteCount))
        }
    }
}
