import Basics
import Glibc
import Testing

/// Each system call that writing a file makes fails once.
@Suite("Files that cannot be written")
struct FaultTests {
    private func contents(_ path: String) throws -> [UInt8]? {
        guard access(path, F_OK) == 0 else { return nil }
        return try MappedFile(path: path).withUnsafeBytes { Array($0) }
    }

    private func names(_ folder: String) -> [String] {
        guard let listing = opendir(folder) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
                })
        }
        return names.filter { !$0.hasPrefix(".") || $0.hasSuffix(".tmp") }
    }

    @Test("Whichever call fails, the old file or the new one is there, whole, and no other", arguments: [ENOSPC, EIO, EACCES, EROFS])
    func everyCall(code: Int32) throws {
        let folder = "/tmp/pare-fault-\(UInt64.random(in: 0 ... .max))"
        mkdir(folder, 0o700)
        defer { rmdir(folder) }
        let path = folder + "/a"
        defer { unlink(path) }
        let (old, new) = ([UInt8](repeating: 1, count: 300), [UInt8](repeating: 2, count: 200_000))
        for isThere in [true, false] {
            var number = 1
            var failures = 0
            var tried: Set<SystemCalls.Name> = []
            while true {
                unlink(path)
                if isThere { try AtomicFile.write(old, to: path) }
                let (calls, failure) = SystemCalls.withFault(number, code: code) {
                    var file = try AtomicFile.Replacement(path: path)
                    try file.append(new)
                    try file.overwrite([2, 2], at: 0)
                    try file.place()
                }
                let what = "call \(number) of \(calls)"
                let found = try contents(path)
                if let failure {
                    failures += 1
                    #expect(found == (isThere ? old : nil), "\(what)")
                    #expect(!message(for: failure).isEmpty && !message(for: failure).contains("\n"))
                } else {
                    #expect(found == new, "\(what)")
                }
                #expect(names(folder) == (found == nil ? [] : ["a"]), "\(what)")
                guard number <= calls.count else { break }
                tried.insert(calls[number - 1])
                number += 1
            }
            #expect(failures >= 5)
            #expect(tried.isSuperset(of: [.open, .write, .pwrite, .fsync, .rename, .stat]))
        }
    }

    @Test("A write that depends on what is there keeps to that")
    func conditional() throws {
        let folder = "/tmp/pare-fault-\(UInt64.random(in: 0 ... .max))"
        mkdir(folder, 0o700)
        defer { rmdir(folder) }
        let path = folder + "/a"
        defer { unlink(path) }
        var number = 1
        while true {
            unlink(path)
            try AtomicFile.write([1], to: path)
            let (calls, failure) = SystemCalls.withFault(number) { try AtomicFile.write([2], to: path) { true } }
            #expect(try contents(path) == (failure == nil ? [2] : [1]))
            guard number <= calls.count else { break }
            number += 1
        }
        #expect(number > 6)
    }
}
