import TensorCore

extension ArrayDescription {
    var byteCount: Int { shape.count * elementType.byteCount }

    /// The array in rows and little-endian: `storage` itself where it lies so, a rearranged copy otherwise.
    func tensor(from storage: TensorStorage) -> Tensor {
        // Up to one axis that is longer than 1, both orders are the same.
        let isTransposed = isFortranOrder && shape.dimensions.count { $0 > 1 } > 1
        guard isBigEndian || isTransposed, shape.count > 0 else {
            return Tensor(shape: shape, elementType: elementType, storage: storage)
        }
        let bytes = storage.withUnsafeBytes { source in
            switch elementType.byteCount {
            case 1: rearranged(source, isTransposed, as: UInt8.self)
            case 2: rearranged(source, isTransposed, as: UInt16.self)
            case 4: rearranged(source, isTransposed, as: UInt32.self)
            default: rearranged(source, isTransposed, as: UInt64.self)
            }
        }
        return Tensor(shape: shape, elementType: elementType, storage: .owned(bytes))
    }

    /// Elements as patterns of their size, bytes swapped where they are big-endian.
    private func rearranged<Pattern: FixedWidthInteger>(
        _ source: UnsafeRawBufferPointer, _ isTransposed: Bool, as _: Pattern.Type
    ) -> [UInt8] {
        let size = MemoryLayout<Pattern>.size
        var strides: [Int] = []
        var stride = 1
        for extent in shape.dimensions {
            strides.append(stride)
            stride *= extent
        }
        return [UInt8](unsafeUninitializedCapacity: source.count) { buffer, initializedCount in
            // Bounds: the source holds `shape.count` patterns; `from` is a sum of index × stride below that count.
            let target = UnsafeMutableRawBufferPointer(buffer)
            var index = [Int](repeating: 0, count: shape.rank)
            var from = 0
            for to in 0..<shape.count {
                let pattern = source.loadUnaligned(fromByteOffset: from * size, as: Pattern.self)
                target.storeBytes(of: isBigEndian ? pattern.byteSwapped : pattern, toByteOffset: to * size, as: Pattern.self)
                guard isTransposed else {
                    from += 1
                    continue
                }
                var axis = shape.rank - 1
                while axis >= 0 {
                    index[axis] += 1
                    from += strides[axis]
                    if index[axis] < shape[axis] { break }
                    from -= strides[axis] * shape[axis]
                    index[axis] = 0
                    axis -= 1
                }
            }
            initializedCount = source.count
        }
    }
}
