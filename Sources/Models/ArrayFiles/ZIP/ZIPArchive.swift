import Basics
import CZlib
import TensorCore

/// The files in a ZIP archive, whose directory was checked against it.
public struct ZIPArchive: Sendable {
    let file: MappedFile
    let members: [ZIPDirectory.Member]
    private let places: [String: Int]

    /// Reads the archive's directory; members are read when they are asked for.
    public init(_ file: MappedFile) throws(ArrayFileError) {
        self.file = file
        let members = try file.withUnsafeBytes { bytes throws(ArrayFileError) in
            do throws(ZIPDirectory.Fault) {
                return try ZIPDirectory(bytes).members
            } catch {
                throw ArrayFileError(file, member: error.member.map(shown), error.what)
            }
        }
        self.members = members
        var places: [String: Int] = [:]
        for (index, member) in members.enumerated() { places[member.name] = index }
        self.places = places
    }

    /// Whether the file begins as ZIP archives do.
    public static func isArchive(_ file: MappedFile) -> Bool {
        file.withUnsafeBytes { $0.starts(with: [0x50, 0x4b, 0x03, 0x04]) || $0.starts(with: [0x50, 0x4b, 0x05, 0x06]) }
    }

    /// The members' names, in the order of the archive's directory.
    public var names: [String] { members.map(\.name) }

    /// Bytes that all members together take when they are inflated, at most `Int.max`.
    public var inflatedByteCount: Int {
        members.reduce(0) { sum, member in
            let (next, overflow) = sum.addingReportingOverflow(member.byteCount)
            return overflow ? Int.max : next
        }
    }

    /// Bytes of a member's content; nil where there is no such member.
    public func byteCount(of name: String) -> Int? { places[name].map { members[$0].byteCount } }

    /// Bytes a member takes in the file, which are fewer where it is deflated; nil where there is no such member.
    public func storedByteCount(of name: String) -> Int? { places[name].map { members[$0].data.count } }

    /// A member's content: mapped where it is stored as it is, inflated and compared with its checksum otherwise.
    public func content(of name: String) throws(ArrayFileError) -> TensorStorage {
        guard let place = places[name] else { throw ArrayFileError(file, "has no member \(shown(name))") }
        let member = members[place]
        return switch member.method {
        case .stored: .mapped(file, member.data)
        case .deflated: .owned(try inflated(member))
        }
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
