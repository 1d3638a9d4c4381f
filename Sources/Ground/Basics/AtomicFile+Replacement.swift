import Glibc

extension AtomicFile {
    /// A file that is written piece by piece and takes its place in one step; dropped before, it leaves no trace.
    ///
    /// Where the file system can, the file has no name until it is whole, so that not even a killed process leaves one behind.
    public struct Replacement: ~Copyable {
        private let descriptor: Int32
        private let temporary: String
        /// Whether the file has its temporary name already.
        private var isNamed: Bool
        private let target: (folder: String, name: String)
        private var isPlaced = false
        private var isSynced = false
        /// Bytes written so far.
        public private(set) var byteCount = 0

        /// Makes the temporary file beside `path`.
        public init(path: String) throws(Failure) {
            let target = try writableTarget(path)
            removeLeftovers(of: target.name, in: target.folder)
            let temporary = target.folder + "/" + temporaryName(of: target.name)
            if let nameless = Self.makeNameless(in: target.folder) {
                descriptor = nameless
                isNamed = false
            } else {
                descriptor = try Self.make(temporary, in: target.folder)
                isNamed = true
            }
            // Held to the end, however that comes: who gets the lock knows that nobody writes here any more.
            _ = SystemCalls.lock(descriptor, LOCK_EX | LOCK_NB)
            self.temporary = temporary
            self.target = (target.folder, target.name)
            // The file system may know no modes; that is no reason to lose the contents.
            if let mode = target.mode { _ = SystemCalls.fchmod(descriptor, mode & 0o7777) }
        }

        /// A file without a name in a folder; nil where the file system knows none, or where it could not be given one later.
        private static func makeNameless(in folder: String) -> Int32? {
            // `O_TMPFILE`, a macro that Swift does not import.
            let descriptor = SystemCalls.open(folder, O_WRONLY | O_DIRECTORY | 0o20000000 | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { return nil }
            guard SystemCalls.access(link(to: descriptor), F_OK) == 0 else {
                close(descriptor)
                return nil
            }
            return descriptor
        }

        private static func link(to descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

        private static func make(_ path: String, in folder: String) throws(Failure) -> Int32 {
            let descriptor = SystemCalls.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else {
                let code = errno
                throw Failure(description: code == ENOENT ? "the folder \(folder) does not exist" : systemWords(code))
            }
            return descriptor
        }

        deinit {
            close(descriptor)
            if !isPlaced, isNamed { unlink(temporary) }
        }

        public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
            try AtomicFile.append(bytes, to: descriptor)
            byteCount += bytes.count
        }

        public mutating func append(_ bytes: [UInt8]) throws(Failure) {
            try bytes.withUnsafeBufferPointer { bytes throws(Failure) in try append(UnsafeRawBufferPointer(bytes)) }
        }

        /// Fills with zeros up to `offset`, which must not lie before the end.
        public mutating func pad(to offset: Int) throws(Failure) {
            precondition(offset >= byteCount, "padding to \(offset) behind \(byteCount) bytes")
            while byteCount < offset { try append([UInt8](repeating: 0, count: min(offset - byteCount, 1 << 16))) }
        }

        /// Writes over what was appended before, from `offset` on; the bytes must end before the end.
        public mutating func overwrite(_ bytes: [UInt8], at offset: Int) throws(Failure) {
            precondition(offset >= 0 && offset + bytes.count <= byteCount, "writing over the end of \(byteCount) bytes")
            var done = 0
            while done < bytes.count {
                let count = bytes.withUnsafeBytes { region in
                    // Bounds: `done` is below the number of bytes.
                    SystemCalls.pwrite(descriptor, region.baseAddress.map { $0 + done }, region.count - done, offset + done)
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw failure() }
                done += count
            }
        }

        /// Has the system put the bytes on the disk, so that what can fail has failed before anything is replaced.
        public mutating func sync() throws(Failure) {
            guard SystemCalls.fsync(descriptor) == 0 else { throw failure() }
            isSynced = true
        }

        /// Puts the file in its place.
        public consuming func place() throws(Failure) {
            if !isSynced { try sync() }
            if !isNamed {
                guard SystemCalls.linkat(Self.link(to: descriptor), temporary) == 0 else {
                    throw failure()
                }
                isNamed = true
            }
            guard SystemCalls.rename(temporary, target.folder + "/" + target.name) == 0 else { throw failure() }
            isPlaced = true
            syncFolder(target.folder)
        }
    }
}
