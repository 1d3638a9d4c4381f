import Execution

extension Network {
    /// Whether a run that starts before `step` reads data or random numbers.
    func readsData(from step: Int) -> Bool {
        ([dataInput].compactMap { $0 } + randomInputs).contains { program.readsInput($0, from: step) }
    }

    /// Sets the states of some sequences of a batch to zero.
    func clear(_ sequences: Range<Int>, of input: Int, in bytes: UnsafeMutableRawBufferPointer) {
        let shape = program.inputs[input].shape.dimensions
        guard let axis = shape.lastIndex(of: batch) ?? shape.firstIndex(of: batch) else { return }
        // States are layers × sequences × units, as ONNX has them: the sequence is the axis before the last.
        let position = shape.count >= 2 && shape[shape.count - 2] == batch ? shape.count - 2 : axis
        let inner = shape[(position + 1)...].reduce(4, *)
        let outer = shape[..<position].reduce(1, *)
        for block in 0..<outer {
            for sequence in sequences {
                let start = (block * batch + sequence) * inner
                UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + inner]).initializeMemory(as: UInt8.self, repeating: 0)
            }
        }
    }
}
