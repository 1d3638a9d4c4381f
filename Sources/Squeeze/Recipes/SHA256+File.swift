import Basics
import Glibc

extension SHA256 {
    /// The digest of a file, read in pieces of 1 MiB; nil once `isCancelled` says so. Keep it off the main thread.
    public static func hexDigest(
        ofFile path: String, isCancelled: () -> Bool = { false }
    ) throws(RecipeError) -> String? {
        func failure(_ code: Int32) -> RecipeError {
            RecipeError(path: path, fault: .cannotRead(reason: systemWords(code)))
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        var digest = SHA256()
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while !isCancelled() {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(errno) }
            if count == 0 { return digest.hexDigest() }
            chunk.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return nil
    }
}
