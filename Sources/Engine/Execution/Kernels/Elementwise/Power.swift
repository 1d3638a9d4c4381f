import CVectorMath
import Glibc
import TensorCore

extension KernelLibrary {
    /// The base's type is the result's; the exponent may be of another.
    static let power: Maker = { context throws(KernelFault) in
        let output = try context.output()
        let exponentType = try context.elementType(1)
        let loop = try StridedLoop(broadcasting: [try context.shape(0), try context.shape(1)], to: output.shape)
        if output.elementType == .float32, exponentType == .float32 {
            return Kernel(outputs: [output]) { inputs, outputs, _ in
                floatPower(loop, inputs.floats(0), inputs.floats(1), outputs[0].floatPointer)
            }
        }
        return Kernel(
            outputs: [output], run: try output.elementType.numbers(PowerBase(loop: loop, exponentType: exponentType)))
    }

    private static func floatPower(
        _ loop: StridedLoop, _ base: UnsafePointer<Float>, _ exponent: UnsafePointer<Float>,
        _ target: UnsafeMutablePointer<Float>
    ) {
        let (baseStep, exponentStep) = (loop.runStrides[0], loop.runStrides[1])
        loop.forEachRun { place, offsets in
            let (base, exponent, target) = (base + offsets[0], exponent + offsets[1], target + place)
            if exponentStep == 0, baseStep == 1, exponent[0] == 2 {
                pare_map(pare_square_function, base, target, loop.runCount, 0, 0)
            } else if exponentStep == 0, baseStep == 1, exponent[0] == 3 {
                for index in 0..<loop.runCount { target[index] = base[index] * base[index] * base[index] }
            } else if exponentStep == 0, baseStep == 1, exponent[0] == 0.5 {
                pare_map(pare_sqrt_function, base, target, loop.runCount, 0, 0)
            } else {
                for index in 0..<loop.runCount { target[index] = powf(base[index * baseStep], exponent[index * exponentStep]) }
            }
        }
    }

    private struct PowerBase: NumberGeneric {
        var loop: StridedLoop
        var exponentType: ElementType

        func make<Number: KernelNumber>(_ type: Number.Type) throws(KernelFault) -> Kernel.Body {
            try exponentType.numbers(PowerExponent<Number>(loop: loop))
        }
    }

    private struct PowerExponent<Base: KernelNumber>: NumberGeneric {
        var loop: StridedLoop

        func make<Exponent: KernelNumber>(_ type: Exponent.Type) -> Kernel.Body {
            { [loop] inputs, outputs, _ in
                let base = inputs.given(0).bytes.assumingMemoryBound(to: Base.self)
                let exponent = inputs.given(1).bytes.assumingMemoryBound(to: type)
                let target = outputs[0].bytes.assumingMemoryBound(to: Base.self)
                loop.forEachRun { place, offsets in
                    for index in 0..<loop.runCount {
                        let value = pow(
                            base[offsets[0] + index * loop.runStrides[0]].number,
                            exponent[offsets[1] + index * loop.runStrides[1]].number)
                        target[place + index] = Base(number: value)
                    }
                }
            }
        }
    }
}
