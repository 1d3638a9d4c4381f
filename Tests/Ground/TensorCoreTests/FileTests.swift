import Basics
import Glibc
import Synchronization
import TensorCore
import Testing

struct CannotWrite: Error {}

func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "w") else { throw CannotWrite() }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw CannotWrite() }
}

func remove(_ path: String) { unlink(path) }

extension DeferredBytesTests {
    private final class Count: Sendable {
        let value = Mutex(0)
        func add() { value.withLock { $0 += 1 } }
        var now: Int { value.withLock { $0 } }
    }

    @Test("Bytes are worked out once while there is room for them, and anew after larger ones took it")
    func room() throws {
        let count = Count()
        let small = DeferredBytes(byteCount: 3) {
            count.add()
            return [1, 2, 3]
        }
        #expect(try small.read() == [1, 2, 3])
        #expect(try small.read() == [1, 2, 3])
        #expect(count.now == 1)
        let size = 90 << 20
        let large = (0..<3).map { number in DeferredBytes(byteCount: size) { Array(repeating: UInt8(number), count: size) } }
        for (number, deferred) in large.enumerated() { #expect(try deferred.read().last == UInt8(number)) }
        #expect(try small.read() == [1, 2, 3])
        #expect(count.now == 2)
        for (number, deferred) in large.enumerated() { #expect(try deferred.read().first == UInt8(number)) }
    }

    @Test("Bytes larger than all the room, and bytes that are not kept, are worked out for every reader")
    func notKept() throws {
        let count = Count()
        let large = DeferredBytes(byteCount: 257 << 20) {
            count.add()
            return Array(repeating: 7, count: 257 << 20)
        }
        #expect(try large.read().count == large.read().count)
        #expect(count.now == 2)
        let passing = DeferredBytes(byteCount: 1, isKept: false) {
            count.add()
            return [1]
        }
        #expect(try passing.read() == passing.read())
        #expect(count.now == 4)
    }

    @Test("Pieces are taken where there are any, until the bytes are there")
    func pieces() throws {
        let deferred = DeferredBytes(byteCount: 4) { body in
            try [UInt8(1), 2].withUnsafeBytes(body)
            try [UInt8(3), 4].withUnsafeBytes(body)
        } make: {
            [1, 2, 3, 4]
        }
        func gathered() throws -> [[UInt8]] {
            var found: [[UInt8]] = []
            try SourceBytes.deferred(deferred).forEachPiece { (piece: UnsafeRawBufferPointer) throws(UnreadableTensor) in
                found.append(Array(piece))
            } unreadable: {
                $0
            }
            return found
        }
        #expect(try gathered() == [[1, 2], [3, 4]])
        _ = try deferred.read()
        #expect(try gathered() == [[1, 2, 3, 4]])
        let bytes = SourceBytes.deferred(DeferredBytes(byteCount: 1) { [1] })
        #expect(throws: CannotWrite.self) {
            try bytes.forEachPiece { (_: UnsafeRawBufferPointer) throws(CannotWrite) in
                throw CannotWrite()
            } unreadable: { _ in
                CannotWrite()
            }
        }
    }
}

@Suite("Large files")
struct LargeFileTests {
    @Test("Memory of a large file's pages is given back behind a pass, and they read the same again")
    func release() throws {
        let path = "/tmp/pare-large-\(UInt64.random(in: 0 ... .max))"
        defer { remove(path) }
        let descriptor = open(path, O_RDWR | O_CREAT, 0o600)
        // A hole, but for a number at each end.
        let byteCount = 300 << 20
        #expect(ftruncate(descriptor, off_t(byteCount)) == 0)
        var number = Float(3)
        #expect(pwrite(descriptor, &number, 4, 4) == 4)
        #expect(pwrite(descriptor, &number, 4, off_t(byteCount - 4)) == 4)
        close(descriptor)
        let file = try MappedFile(path: path)
        #expect(file.isLarge)
        let tensor = Tensor(shape: Shape([byteCount / 4]), elementType: .float32, storage: .mapped(file, 0..<byteCount))
        for _ in 0..<2 {
            var sum = 0.0
            tensor.forEachChunk { _, chunk in sum += chunk.reduce(0.0) { $0 + Double($1) } }
            #expect(sum == 6)
            #expect(residentBytes(of: path) < 64 << 20)
        }
        var sum = 0
        tensor.storage.forEachPiece { sum += $0.count }
        #expect(sum == byteCount)
    }

    /// Bytes of a mapped file that are in memory; other tests' do not count.
    private func residentBytes(of path: String) -> Int {
        guard let file = fopen("/proc/self/smaps", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4096)
        var isOfFile = false
        var total = 0
        while fgets(&line, Int32(line.count), file) != nil {
            let text = line.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if text.contains("-"), text.first?.isHexDigit == true { isOfFile = text.contains(path) }
            if isOfFile, text.hasPrefix("Rss:") { total += (Int(text.split(separator: " ")[1]) ?? 0) << 10 }
        }
        return total
    }
}
