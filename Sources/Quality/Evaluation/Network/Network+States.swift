import Datasets
import Execution
import TensorCore

extension Network {
    /// Whether a run that starts before `step` reads what a workload loads: data, and all but carried states where these are
    /// fed from elsewhere.
    func readsLoaded(from step: Int, feedsStates: Bool) -> Bool {
        program.inputs.indices.contains { input in
            program.readsInput(input, from: step) && !(feedsStates && states.contains { $0.input == input })
        }
    }

    /// Lets a run begin without a past.
    func clearStates(of instance: Instance) {
        for state in states { instance.input(state.input).initializeMemory(as: UInt8.self, repeating: 0) }
    }

    /// Fills all inputs but data and carried states.
    func fillRest(_ instance: Instance, seed: UInt64) {
        for input in startInputs { instance.input(input).initializeMemory(as: UInt8.self, repeating: 0) }
        for input in oneInputs { instance.input(input).fillOnes(program.inputs[input].elementType) }
        for input in randomInputs { RandomInput.fill(instance.input(input), of: program, input, seed: seed &* 131 &+ UInt64(input)) }
    }

    /// Sets the states of some sequences of a batch to zero.
    func clear(_ sequences: Range<Int>, of input: Int, in bytes: UnsafeMutableRawBufferPointer) {
        let port = program.inputs[input]
        guard let axis = plan.batchAxes[port.name], let places = SampleAxis(port.shape, axis: axis, samples: batch) else { return }
        let width = port.elementType.byteCount
        for sequence in sequences {
            for piece in places.pieces(of: sequence) {
                UnsafeMutableRawBufferPointer(rebasing: bytes[piece.lowerBound * width..<piece.upperBound * width])
                    .initializeMemory(as: UInt8.self, repeating: 0)
            }
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    fileprivate func fillOnes(_ type: ElementType) {
        switch type {
        case .float32: for index in 0..<count / 4 { storeBytes(of: 1, toByteOffset: index * 4, as: Float.self) }
        case .int64: for index in 0..<count / 8 { storeBytes(of: 1, toByteOffset: index * 8, as: Int64.self) }
        case .int32: for index in 0..<count / 4 { storeBytes(of: 1, toByteOffset: index * 4, as: Int32.self) }
        default: initializeMemory(as: UInt8.self, repeating: 1)
        }
    }
}
