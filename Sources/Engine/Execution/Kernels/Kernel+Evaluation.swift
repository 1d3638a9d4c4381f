import TensorCore

extension ValueType {
    init(_ tensor: Tensor) { self.init(elementType: tensor.elementType, shape: tensor.shape) }
}

extension Kernel {
    /// Runs on whole tensors into new ones; nil where memory runs out.
    func evaluate(_ inputs: [Tensor?]) -> [Tensor]? {
        guard let scratch = AlignedBuffer(byteCount: scratchByteCount) else { return nil }
        var held: [AlignedBuffer] = []
        var views: [TensorView?] = []
        for input in inputs {
            guard let input else {
                views.append(nil)
                continue
            }
            guard let buffer = AlignedBuffer(byteCount: input.byteCount) else { return nil }
            input.storage.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { buffer.base.copyMemory(from: base, byteCount: bytes.count) }
            }
            held.append(buffer)
            views.append(TensorView(type: ValueType(input), bytes: UnsafeRawPointer(buffer.base)))
        }
        var results: [AlignedBuffer] = []
        for type in outputs {
            guard let buffer = AlignedBuffer(byteCount: type.byteCount) else { return nil }
            results.append(buffer)
        }
        run(views, zip(outputs, results).map { MutableTensorView(type: $0, bytes: $1.base) }, scratch.base)
        return withExtendedLifetime(held) {
            zip(outputs, results).map { type, buffer in
                let bytes = UnsafeRawBufferPointer(start: buffer.base, count: type.byteCount)
                return Tensor(shape: type.shape, elementType: type.elementType, storage: .owned(Array(bytes)))
            }
        }
    }
}
