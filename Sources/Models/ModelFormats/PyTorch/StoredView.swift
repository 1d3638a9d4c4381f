import TensorCore

/// A tensor's elements within a storage, checked to lie there: extents and strides, outermost first.
struct StoredView {
    let elementType: ElementType
    let shape: Shape
    private let strides: [Int]
    /// First element, from the storage's beginning.
    private let offset: Int

    /// Why a view does not fit its storage.
    struct Fault: Error {
        var expected: String
        var found: String
    }

    /// Checks a view against the storage's `byteCount`.
    init(_ tensor: PickledTensor, elementType: ElementType, byteCount: Int) throws(Fault) {
        self.elementType = elementType
        guard tensor.extents.count == tensor.strides.count, let shape = Shape(checking: tensor.extents),
            !shape.count.multipliedReportingOverflow(by: elementType.byteCount).overflow
        else {
            throw Fault(
                expected: "of a possible shape",
                found: "extents \(tensor.extents.prefix(16).map { $0 }), strides \(tensor.strides.prefix(16).map { $0 })")
        }
        self.shape = shape
        // An axis of one element is never stepped along, whatever its stride says.
        strides = zip(tensor.extents, tensor.strides).map { $0 > 1 ? $1 : 0 }
        let available = byteCount / elementType.byteCount
        let base = tensor.storage.view?.lowerBound ?? 0
        let limit = min(tensor.storage.view?.upperBound ?? available, available)
        guard let offset = Self.sum(base, tensor.offset, 1), tensor.offset >= 0, offset <= limit else {
            throw Fault(expected: "within \(available.grouped) elements", found: "from element \(tensor.offset.grouped) on")
        }
        self.offset = offset
        guard shape.count > 0 else { return }
        var last: Int? = offset
        for (extent, stride) in zip(shape.dimensions, strides) {
            guard stride >= 0 else { throw Fault(expected: "of strides of at least 0", found: "\(stride)") }
            last = last.flatMap { Self.sum($0, extent - 1, stride) }
        }
        guard let last, last < limit else {
            throw Fault(
                expected: "within \(available.grouped) elements",
                found: "up to element \(last.map(\.grouped) ?? "2⁶³")")
        }
    }

    private static func sum(_ start: Int, _ count: Int, _ step: Int) -> Int? {
        let (product, isTooLarge) = count.multipliedReportingOverflow(by: step)
        let (sum, overflow) = start.addingReportingOverflow(product)
        return isTooLarge || overflow ? nil : sum
    }

    private var byteCount: Int { shape.count * elementType.byteCount }

    /// Whether the elements lie row by row without gaps.
    private var isContiguous: Bool {
        var expected = 1
        for (extent, stride) in zip(shape.dimensions, strides).reversed() where extent > 1 {
            if stride != expected { return false }
            expected *= extent
        }
        return true
    }

    /// The tensor: a part of `storage` as it is where it can be, gathered when it is first read otherwise.
    func tensor(in storage: TensorStorage, isBigEndian: Bool) -> TensorSource {
        func there(_ storage: TensorStorage) -> TensorSource {
            TensorSource(Tensor(shape: shape, elementType: elementType, storage: storage))
        }
        guard shape.count > 0 else { return there(.owned([])) }
        let start = offset * elementType.byteCount
        let isSwapped = isBigEndian && elementType.byteCount > 1
        switch storage {
        case .mapped(let file, let range) where isContiguous && !isSwapped:
            return there(.mapped(file, range.lowerBound + start..<range.lowerBound + start + byteCount))
        case .owned where isContiguous && !isSwapped && start == 0 && storage.byteCount == byteCount:
            return there(storage)
        default:
            return TensorSource(
                shape: shape, elementType: elementType,
                deferred: DeferredBytes(byteCount: byteCount) { gathered(from: storage, isSwapped: isSwapped) })
        }
    }

    private func gathered(from storage: TensorStorage, isSwapped: Bool) -> [UInt8] {
        storage.withUnsafeBytes { source in
            switch elementType.byteCount {
            case 1: gathered(source, isSwapped, as: UInt8.self)
            case 2: gathered(source, isSwapped, as: UInt16.self)
            case 4: gathered(source, isSwapped, as: UInt32.self)
            default: gathered(source, isSwapped, as: UInt64.self)
            }
        }
    }

    private func gathered<Pattern: FixedWidthInteger>(
        _ source: UnsafeRawBufferPointer, _ isSwapped: Bool, as _: Pattern.Type
    ) -> [UInt8] {
        let size = MemoryLayout<Pattern>.size
        return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initializedCount in
            // Bounds: `from` is `offset` + Σ index × stride, whose greatest value was checked against the storage.
            let target = UnsafeMutableRawBufferPointer(buffer)
            var index = [Int](repeating: 0, count: shape.rank)
            var from = offset
            for to in 0..<shape.count {
                let pattern = source.loadUnaligned(fromByteOffset: from * size, as: Pattern.self)
                target.storeBytes(of: isSwapped ? pattern.byteSwapped : pattern, toByteOffset: to * size, as: Pattern.self)
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
            initializedCount = byteCount
        }
    }
}
