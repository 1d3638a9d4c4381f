import TensorCore

/// The class of each sample.
enum Labels {
    /// Reads labels from an array of whole numbers, one a sample, or of one-hot rows.
    static func read(_ tensor: Tensor, path: String) throws(DataSetError) -> [Int] {
        let rows = tensor.shape.rank == 0 ? 1 : tensor.shape[0]
        let width = rows == 0 ? 1 : tensor.count / rows
        guard tensor.shape.rank > 0, tensor.shape.rank <= 2, tensor.elementType != .boolean || width > 1 else {
            throw DataSetError(path: path, what: "labels of shape \(tensor.shape) are not one number a sample")
        }
        let numbers = tensor.numbers()
        guard width > 1 else {
            var labels: [Int] = []
            labels.reserveCapacity(rows)
            for (sample, number) in numbers.enumerated() {
                guard let label = Int(exactly: number) else {
                    throw DataSetError(path: path, what: "the label of sample \(sample) is \(number), not a whole number")
                }
                labels.append(label)
            }
            return labels
        }
        var labels: [Int] = []
        labels.reserveCapacity(rows)
        for sample in 0..<rows {
            let row = numbers[sample * width..<(sample + 1) * width]
            guard let one = row.firstIndex(of: 1), row.count(where: { $0 != 0 }) == 1 else {
                throw DataSetError(
                    path: path,
                    what: "labels of shape \(tensor.shape) are neither one number a sample nor one-hot rows "
                        + "(sample \(sample))")
            }
            labels.append(one - row.startIndex)
        }
        return labels
    }

    /// Checks that there is one a sample, and that each is a class; `classCount` 0 where the classes are not known.
    static func check(_ labels: [Int], sampleCount: Int, classCount: Int, path: String) throws(DataSetError) {
        guard labels.count == sampleCount else {
            throw DataSetError(
                path: path, what: "\(labels.count) labels for \(sampleCount) samples",
                remedy: "use the labels that belong to these images")
        }
        for (sample, label) in labels.enumerated() {
            if label < 0 {
                throw DataSetError(path: path, what: "the label of sample \(sample) is \(label), below 0")
            }
            if classCount > 0, label >= classCount {
                throw DataSetError(
                    path: path,
                    what: "the label of sample \(sample) is \(label), but there are \(classCount) classes, from 0 on",
                    remedy: "check classes")
            }
        }
    }
}

extension Tensor {
    /// All elements as float64.
    fileprivate func numbers() -> [Double] {
        guard elementType == .float64 || elementType == .int64 || elementType == .uint64 else {
            // Every other type that occurs has labels that float32 holds exactly, up to 2²⁴.
            return [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
                if let base = buffer.baseAddress { readNumbers(0..<count, into: base) }
                initializedCount = count
            }.map(Double.init)
        }
        return storage.withUnsafeBytes { bytes in
            (0..<count).map { index in
                switch elementType {
                case .int64: Double(bytes.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
                case .uint64: Double(bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
                default: bytes.loadUnaligned(fromByteOffset: index * 8, as: Double.self)
                }
            }
        }
    }
}
