import Basics
import TensorCore

/// One array as `numpy.save` writes it.
///
///     93 N U M P Y  major  minor │ header's length, 2 bytes (version 1) or 4 │ header │ elements
public enum NPYFile {
    private static let signature: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
    /// NumPy's own limit is 10,000 bytes.
    private static let headerLimit = 1 << 20

    /// Whether the file begins as NPY files do.
    public static func isNPY(_ file: MappedFile) -> Bool {
        file.withUnsafeBytes { $0.starts(with: signature) }
    }

    /// Reads a file: mapped where its elements lie row by row in this machine's byte order, converted otherwise.
    public static func read(_ file: MappedFile) throws(ArrayFileError) -> Tensor {
        try read(.mapped(file, 0..<file.byteCount), of: file, member: nil)
    }

    /// Reads an array from the bytes of a file or of an archive's member.
    static func read(_ storage: TensorStorage, of file: MappedFile, member: String?) throws(ArrayFileError) -> Tensor {
        let result = storage.withUnsafeBytes { bytes -> Result<(ArrayDescription, start: Int), ArrayDescription.Fault> in
            do throws(ArrayDescription.Fault) {
                return .success(try describe(bytes))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let (description, start)):
            return description.tensor(from: storage.dropFirst(start, count: description.byteCount))
        case .failure(let fault):
            let place = fault.offset.map { " (byte \($0))" } ?? ""
            throw ArrayFileError(file, member: member, fault.what + place)
        }
    }

    /// What the array is and where its elements start; they end within the bytes.
    private static func describe(
        _ bytes: UnsafeRawBufferPointer
    ) throws(ArrayDescription.Fault) -> (ArrayDescription, start: Int) {
        guard bytes.starts(with: signature) else { throw .init(what: "is not an NPY array") }
        guard bytes.count >= 10 else { throw .init(what: "is cut off within its header", offset: bytes.count) }
        let version = bytes[6]
        let prefix: Int
        let headerLength: Int
        switch version {
        case 1:
            prefix = 10
            headerLength = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
        case 2, 3:
            guard bytes.count >= 12 else { throw .init(what: "is cut off within its header", offset: bytes.count) }
            prefix = 12
            headerLength = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
        default:
            throw .init(what: "is of version \(version) of the NPY format; 1, 2 and 3 are read")
        }
        guard headerLength <= headerLimit else {
            throw .init(what: "has a header of \(headerLength) bytes, too large for one")
        }
        let start = prefix + headerLength
        guard start <= bytes.count else { throw .init(what: "is cut off within its header", offset: bytes.count) }
        let description: ArrayDescription
        do throws(ArrayDescription.Fault) {
            description = try ArrayDescription(header: UnsafeRawBufferPointer(rebasing: bytes[prefix..<start]))
        } catch {
            throw .init(what: error.what, offset: error.offset.map { $0 + prefix })
        }
        let available = bytes.count - start
        guard description.byteCount <= available else {
            throw .init(
                what: "is cut off: \(description.shape) of \(description.elementType) takes \(description.byteCount) bytes, "
                    + "\(available) are there")
        }
        return (description, start)
    }
}

extension TensorStorage {
    /// `count` bytes behind the first `start`, which must be there.
    fileprivate func dropFirst(_ start: Int, count: Int) -> TensorStorage {
        switch self {
        case .mapped(let file, let range):
            .mapped(file, range.lowerBound + start..<range.lowerBound + start + count)
        case .owned(let bytes):
            .owned(Array(bytes[start..<start + count]))
        }
    }
}
