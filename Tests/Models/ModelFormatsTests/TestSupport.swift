import Basics
import Glibc
import ModelFormats
import NeuralNetwork
import Synchronization
import Testing

/// Files the tests compare with, committed beside them.
enum Goldens {
    static let folder = String(#filePath.prefix(through: #filePath.lastIndex(of: "/") ?? #filePath.startIndex)) + "Goldens/"

    /// Lines of a tab-separated file.
    static func rows(_ path: String) throws -> [[String]] {
        let text = String(decoding: try bytes(folder + path), as: UTF8.self)
        return text.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        try MappedFile(path: path).withUnsafeBytes { Array($0) }
    }
}

/// The folder of real models; nil where it is absent.
let sharedModels: String? = {
    let root = getenv("PARE_TEST_DATA").map { String(cString: $0) } ?? "../shared"
    let folder = root + "/models/"
    return access(folder + "googlenet.onnx", R_OK) == 0 ? folder : nil
}()

/// A folder that is removed with the value.
final class TemporaryFolder {
    let path: String

    init() {
        var template = Array("/tmp/pare-tests-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) } + "/"
    }

    deinit {
        for name in names { unlink(path + name) }
        rmdir(path)
    }

    private var names: [String] = []

    /// The path of a file that somebody else writes.
    func reserve(_ name: String) -> String {
        if !names.contains(name) { names.append(name) }
        return path + name
    }

    /// Writes a file and returns its path.
    func write(_ bytes: [UInt8], _ name: String) -> String {
        let path = reserve(name)
        let file = fopen(path, "w")
        precondition(file != nil, "cannot write \(path)")
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        return path
    }
}

/// Counts calls from any thread.
final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    var count: Int { value.load(ordering: .sequentiallyConsistent) }

    func increment() { value.add(1, ordering: .sequentiallyConsistent) }
}

/// Opens bytes as a file of the given name.
func open(_ bytes: [UInt8], as name: String) throws(ModelFileError) -> Model {
    let folder = TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    return try ModelFile.open(path: folder.write(bytes, name))
}

/// The message of the error that opening throws.
func message(_ body: () throws(ModelFileError) -> Model) -> String? {
    do throws(ModelFileError) {
        _ = try body()
        return nil
    } catch { return error.message }
}

/// Protobuf's wire format, written by hand where a library would not write it so.
struct Wire {
    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func number(_ field: Int, _ value: Int) -> [UInt8] {
        varint(UInt64(field) << 3) + varint(UInt64(bitPattern: Int64(value)))
    }

    static func message(_ field: Int, _ content: [UInt8]) -> [UInt8] {
        varint(UInt64(field) << 3 | 2) + varint(UInt64(content.count)) + content
    }

    static func text(_ field: Int, _ content: String) -> [UInt8] { message(field, Array(content.utf8)) }

    static func float(_ field: Int, _ value: Float) -> [UInt8] {
        varint(UInt64(field) << 3 | 5) + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    }

    /// A model with one graph of the given fields.
    static func model(_ graph: [UInt8]) -> [UInt8] {
        number(1, 8) + message(7, graph) + message(8, text(1, "") + number(2, 13))
    }

    static func node(_ operation: String, _ inputs: [String], _ outputs: [String], name: String = "", _ more: [UInt8] = [])
        -> [UInt8]
    {
        message(
            1,
            inputs.flatMap { text(1, $0) } + outputs.flatMap { text(2, $0) } + text(3, name) + text(4, operation) + more)
    }

    /// An input or output of float32.
    static func value(_ field: Int, _ name: String, _ extents: [Int]) -> [UInt8] {
        let shape = extents.flatMap { message(1, number(1, $0)) }
        return message(field, text(1, name) + message(2, message(1, number(1, 1) + message(2, shape))))
    }
}
