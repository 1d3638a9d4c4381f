import ArrayFiles
import Basics
import Datasets
import Glibc
import TensorCore
import Testing

/// Files the tests compare with, committed beside them.
let goldens = String(#filePath.prefix(through: #filePath.lastIndex(of: "/") ?? #filePath.startIndex)) + "Goldens/"

/// A folder that is removed with the value.
final class TemporaryFolder {
    let path: String
    private var files: [String] = []
    private var folders: [String] = []

    init() {
        var template = Array("/tmp/pare-tests-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) } + "/"
    }

    deinit {
        for name in files { unlink(path + name) }
        for name in folders.reversed() { rmdir(path + name) }
        rmdir(path)
    }

    /// Writes a file, whose name may begin with a folder's, and returns its path.
    @discardableResult
    func write(_ bytes: [UInt8], _ name: String) -> String {
        if let slash = name.lastIndex(of: "/"), case let folder = String(name[..<slash]), !folders.contains(folder) {
            mkdir(path + folder, 0o755)
            folders.append(folder)
        }
        if !files.contains(name) { files.append(name) }
        let file = fopen(path + name, "w")
        precondition(file != nil, "cannot write \(path + name)")
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        return path + name
    }

    @discardableResult
    func write(_ text: String, _ name: String) -> String { write(Array(text.utf8), name) }
}

/// A whole file.
func bytes(of path: String) throws -> [UInt8] { try MappedFile(path: path).withUnsafeBytes { Array($0) } }

/// An array of a golden archive.
func golden(_ archive: String, _ name: String) throws -> Tensor {
    try NPZFile(MappedFile(path: goldens + archive)).array(named: name)
}

extension Tensor {
    var bytes: [UInt8] { storage.withUnsafeBytes { Array($0) } }
}

extension DataSet {
    func source() throws -> any SampleSource {
        guard case .samples(let source) = content else { throw DataSetError(what: "not samples") }
        return source
    }
}

extension SampleSource {
    /// Samples as an array, and those that could not be read.
    func values(_ samples: Range<Int>) -> (values: [Float], skipped: [Int]) {
        var skipped: [Int] = []
        let values = [Float](unsafeUninitializedCapacity: samples.count * shape.count) { buffer, initializedCount in
            initializedCount = samples.count * shape.count
            buffer.initialize(repeating: .nan)
            skipped = read(samples, into: UnsafeMutableBufferPointer(rebasing: buffer[..<initializedCount]))
        }
        return (values, skipped)
    }
}

/// The message of the error that opening throws; nil where it opens.
func failure(_ path: String) -> String? {
    do throws(DataSetError) {
        _ = try DataSet.open(path: path)
        return nil
    } catch {
        return error.message
    }
}
