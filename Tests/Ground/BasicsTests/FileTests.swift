import Basics
import Glibc
import Testing

struct CannotWrite: Error {}

func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "w") else { throw CannotWrite() }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw CannotWrite() }
}

func remove(_ path: String) { unlink(path) }

@Suite("Mapped files")
struct MappedFileTests {
    @Test("A file's bytes are those that were written")
    func contents() throws {
        let path = "/tmp/pare-mapped-\(UInt64.random(in: 0 ... .max))"
        defer { remove(path) }
        for bytes in [[], [1], Array(repeating: UInt8(9), count: 10_000)] as [[UInt8]] {
            try write(bytes, to: path)
            let file = try MappedFile(path: path)
            #expect(file.byteCount == bytes.count)
            #expect(file.withUnsafeBytes { Array($0) } == bytes)
        }
    }

    @Test("What is no regular file is refused by kind")
    func refusals() {
        #expect(throws: MappedFile.Failure.isDirectory(path: "/tmp")) { try MappedFile(path: "/tmp") }
        #expect(throws: MappedFile.Failure.notRegular(path: "/dev/null")) { try MappedFile(path: "/dev/null") }
        #expect(throws: MappedFile.Failure.cannotOpen(path: "/none", code: ENOENT)) { try MappedFile(path: "/none") }
    }
}

@Suite("Replaced files")
struct ReplacementTests {
    @Test("Pieces and padding make up the file, which appears when it is placed")
    func pieces() throws {
        let path = "/tmp/pare-replaced-\(UInt64.random(in: 0 ... .max))"
        defer { remove(path) }
        var file = try AtomicFile.Replacement(path: path)
        try file.append([1, 2])
        try file.pad(to: 2)
        try file.pad(to: 5)
        try file.append([])
        try file.append([3])
        #expect(file.byteCount == 6)
        try file.sync()
        #expect(access(path, F_OK) != 0)
        try file.place()
        #expect(try MappedFile(path: path).withUnsafeBytes { Array($0) } == [1, 2, 0, 0, 0, 3])
    }

    @Test("A replacement that is dropped leaves the old file and no other, and one that is placed follows a link")
    func dropped() throws {
        let folder = "/tmp/pare-replaced-\(UInt64.random(in: 0 ... .max))"
        mkdir(folder, 0o700)
        try write([9], to: folder + "/a")
        symlink("a", folder + "/link")
        defer {
            for name in ["/a", "/link"] { remove(folder + name) }
            // Fails where anything is left.
            #expect(rmdir(folder) == 0)
        }
        chmod(folder + "/a", 0o640)
        do {
            var file = try AtomicFile.Replacement(path: folder + "/link")
            try file.append([1])
        }
        #expect(try MappedFile(path: folder + "/a").withUnsafeBytes { Array($0) } == [9])
        var file = try AtomicFile.Replacement(path: folder + "/link")
        try file.append([2])
        try file.place()
        #expect(try MappedFile(path: folder + "/a").withUnsafeBytes { Array($0) } == [2])
        var status = stat()
        #expect(lstat(folder + "/link", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        #expect(stat(folder + "/a", &status) == 0 && status.st_mode & 0o777 == 0o640)
    }
}

@Suite("Seeded random numbers")
struct SeededRandomTests {
    @Test("The sequence is SplitMix64's")
    func sequence() {
        // The first outputs of the reference implementation for the seed 1234567.
        var random = SeededRandom(seed: 1_234_567)
        #expect(
            (0..<5).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test("Uniform and normal numbers have the moments they should")
    func moments() {
        var random = SeededRandom(seed: 3)
        let uniform = (0..<100_000).map { _ in random.uniform(-1, 3) }
        #expect(uniform.allSatisfy { $0 >= -1 && $0 < 3 })
        #expect(abs(uniform.reduce(0, +) / 100_000 - 1) < 0.02)
        let normal = (0..<100_000).map { _ in random.normal() }
        #expect(abs(normal.reduce(0, +) / 100_000) < 0.02)
        #expect(abs(normal.reduce(0) { $0 + $1 * $1 } / 100_000 - 1) < 0.03)
    }
}

@Suite("What killed processes leave")
struct LeftoverTests {
    /// A process that is gone.
    private func deadProcess() throws -> pid_t {
        var process = pid_t()
        var words: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
        defer { free(words[0]) }
        try #require(posix_spawnp(&process, "true", nil, nil, &words, environ) == 0)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        return process
    }

    @Test("A write removes temporary files of dead processes beside its file, and of nobody else")
    func removal() throws {
        var template = Array("/tmp/pare-leftovers-XXXXXX".utf8CString)
        let folder = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
        let dead = try deadProcess()
        let left = [".a.yaml.\(dead)-1.tmp", ".a.yaml.\(dead)-4294967295.tmp"]
        let others = [
            ".a.yaml.\(getpid())-1.tmp", ".b.yaml.\(dead)-1.tmp", ".a.yaml.\(dead).tmp", ".a.yaml.x-1.tmp", "a.yaml.\(dead)-1.tmp",
            ".a.yaml.\(dead)-2.tmp", ".a.yaml.-1-1.tmp",
        ]
        for name in left + others { try write([1], to: folder + "/" + name) }
        // Somebody in another container, whose processes have other numbers, still writes this one.
        let held = open(folder + "/.a.yaml.\(dead)-2.tmp", O_RDONLY)
        #expect(flock(held, LOCK_EX) == 0)
        try AtomicFile.write([1, 2, 3], to: folder + "/a.yaml")
        for name in left { #expect(access(folder + "/" + name, F_OK) != 0, "\(name)") }
        for name in others + ["a.yaml"] {
            #expect(unlink(folder + "/" + name) == 0, "\(name)")
        }
        close(held)
        #expect(rmdir(folder) == 0)
    }
}

@Suite("Cancellation")
struct CancellationTests {
    @Test("A token throws once it is cancelled")
    func check() throws {
        let token = CancellationToken()
        try token.check()
        token.cancel()
        #expect(token.isCancelled)
        #expect(throws: Cancelled()) { try token.check() }
    }
}

@Suite("Conditional replacement")
struct ConditionalReplacementTests {
    @Test("A file is replaced only where it is wanted at the last moment, and nothing else is left")
    func condition() throws {
        let folder = "/tmp/pare-condition-\(UInt64.random(in: 0 ... .max))"
        mkdir(folder, 0o700)
        defer { rmdir(folder) }
        let path = folder + "/a"
        defer { remove(path) }
        try #expect(AtomicFile.write([1], to: path) { true })
        try #expect(!AtomicFile.write([2], to: path) { false })
        #expect(try MappedFile(path: path).withUnsafeBytes { Array($0) } == [1])
    }
}
