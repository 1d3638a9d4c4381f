import CZlib
import TensorCore

/// Named arrays as `numpy.savez` writes them: a ZIP archive of NPY members.
public struct NPZFile: Sendable {
    private let file: MappedFile
    private let members: [ZIPDirectory.Member]

    /// Reads the archive's directory and checks it against the file; arrays are read when they are asked for.
    public init(_ file: MappedFile) throws(ArrayFileError) {
        self.file = file
        members = try file.withUnsafeBytes { bytes throws(ArrayFileError) in
            do throws(ZIPDirectory.Fault) {
                return try ZIPDirectory(bytes).members.filter { $0.name.hasSuffix(Self.suffix) }
            } catch {
                throw ArrayFileError(file, member: error.member.map(shown), error.what)
            }
        }
    }

    private static let suffix = ".npy"

    /// Whether the file begins as ZIP archives do.
    public static func isArchive(_ file: MappedFile) -> Bool {
        file.withUnsafeBytes { $0.starts(with: [0x50, 0x4b, 0x03, 0x04]) || $0.starts(with: [0x50, 0x4b, 0x05, 0x06]) }
    }

    /// The arrays' names, without `.npy`, in the order of the archive.
    public var names: [String] { members.map { String($0.name.dropLast(Self.suffix.count)) } }

    /// Reads one array: mapped where it is stored as it is, inflated and compared with its checksum otherwise.
    public func array(named name: String) throws(ArrayFileError) -> Tensor {
        guard let member = members.first(where: { $0.name == name + Self.suffix }) else {
            let known = names.isEmpty ? "it holds no arrays" : "it holds \(names.map(shown).joined(separator: ", "))"
            throw ArrayFileError("\(file.path) has no array \(shown(name)); \(known)")
        }
        let storage: TensorStorage =
            switch member.method {
            case .stored: .mapped(file, member.data)
            case .deflated: .owned(try inflated(member))
            }
        return try NPYFile.read(storage, of: file, member: shown(name))
    }

    private func inflated(_ member: ZIPDirectory.Member) throws(ArrayFileError) -> [UInt8] {
        func fault(_ what: String) -> ArrayFileError { ArrayFileError(file, member: shown(member.name), what) }
        return try file.withUnsafeBytes { bytes throws(ArrayFileError) in
            // Room for one byte more than the directory says shows a stream that goes on.
            var content = [UInt8](repeating: 0, count: member.byteCount + 1)
            var count = 0
            do throws(InflateFault) {
                var stream = try InflateStream(UnsafeRawBufferPointer(rebasing: bytes[member.data]), wrapping: .none)
                if try stream.fill(&content, &count) == .filled { throw .tooLarge }
            } catch {
                switch error {
                case .truncated: throw fault("is cut off: its deflated bytes have no end")
                case .tooLarge: throw fault("inflates to more than the \(member.byteCount) bytes it says it has")
                case .corrupt(let words, let offset): throw fault("is damaged: \(words) near byte \(offset) of it")
                case .outOfMemory: throw fault("needs more memory to inflate than there is")
                }
            }
            guard count == member.byteCount else {
                throw fault("inflates to \(count) bytes, not to the \(member.byteCount) it says it has")
            }
            content.removeLast()
            let checksum = content.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
            guard checksum == UInt(member.checksum) else { throw fault("is damaged: its checksum does not agree") }
            return content
        }
    }
}
