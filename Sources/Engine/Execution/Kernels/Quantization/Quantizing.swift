import NeuralNetwork
import TensorCore

extension KernelLibrary {
    /// Operators between real numbers and integers of few bits.
    static let quantizing: [String: Maker] = [
        "QuantizeLinear": quantize, "DequantizeLinear": dequantize, "DynamicQuantizeLinear": quantizeDynamically,
    ]

    /// round(x / scale) + zero point, within the range of the type.
    private static let quantize: Maker = { context throws(KernelFault) in
        let type = try context.input(0).type
        let isInteger = type.elementType == .int32
        guard isInteger || type.elementType == .float32 else {
            throw KernelFault("element type \(type.elementType) of input 0 is not supported")
        }
        _ = try context.floatShape(1)
        var target = ElementType.uint8
        if let number = context.integer("output_dtype"), number != 0 {
            guard let given = ElementType(onnxNumber: number) else { throw KernelFault("data type \(number) is not supported") }
            target = given
        }
        if context.hasInput(2) { target = try context.elementType(2) }
        let parameters = try QuantizationParameters(context, values: type.shape, scale: 1, zeroPoint: 2)
        let writer = try QuantizedWriter(target, saturates: context.flag("saturate", default: true))
        let reader = try QuantizedReader(target)
        let count = type.shape.count
        return Kernel(outputs: [ValueType(elementType: target, shape: type.shape)]) { inputs, outputs, _ in
            let scales = inputs.floats(1)
            let points = inputs.optional(2)?.bytes
            let source = inputs.given(0).bytes
            for index in 0..<count {
                let place = parameters.index(of: index)
                let value =
                    isInteger
                    ? Float(source.load(fromByteOffset: index * 4, as: Int32.self))
                    : source.load(fromByteOffset: index * 4, as: Float.self)
                writer.write(
                    value / scales[place], zeroPoint: points.map { reader.number($0, place) } ?? 0, to: outputs[0].bytes, index)
            }
        }
    }

    /// (x − zero point) · scale.
    private static let dequantize: Maker = { context throws(KernelFault) in
        let type = try context.input(0).type
        let reader = try QuantizedReader(type.elementType)
        _ = try context.floatShape(1)
        if context.hasInput(2), try context.elementType(2) != type.elementType {
            throw KernelFault("a zero point of \(try context.elementType(2)) does not fit values of \(type.elementType)")
        }
        let parameters = try QuantizationParameters(context, values: type.shape, scale: 1, zeroPoint: 2)
        let count = type.shape.count
        return Kernel(outputs: [ValueType(elementType: .float32, shape: type.shape)]) { inputs, outputs, _ in
            let (source, target) = (inputs.given(0).bytes, outputs[0].floatPointer)
            let scales = inputs.floats(1)
            let points = inputs.optional(2)?.bytes
            for index in 0..<count {
                let place = parameters.index(of: index)
                let value = reader.number(source, index) - (points.map { reader.number($0, place) } ?? 0)
                target[index] = value * scales[place]
            }
        }
    }

    /// To uint8 over the range of the values and 0; also gives the scale and the zero point.
    private static let quantizeDynamically: Maker = { context throws(KernelFault) in
        let shape = try context.floatShape(0)
        let writer = try QuantizedWriter(.uint8)
        let outputs = [
            ValueType(elementType: .uint8, shape: shape), ValueType(elementType: .float32, shape: []),
            ValueType(elementType: .uint8, shape: []),
        ]
        return Kernel(outputs: outputs) { inputs, outputs, _ in
            let values = inputs.given(0).floats
            let least = values.reduce(0) { min($0, $1) }
            let greatest = values.reduce(0) { max($0, $1) }
            let scale = greatest == least ? 1 / 255 : (greatest - least) / 255
            let start = -least / scale
            let point = max(0, min(255, start)).rounded(.toNearestOrEven)
            for index in values.indices { writer.write(values[index] / scale, zeroPoint: point, to: outputs[0].bytes, index) }
            outputs[1].floatPointer[0] = scale
            outputs[2].bytes.storeBytes(of: UInt8(max(0, min(255, point.isNaN ? 0 : point))), as: UInt8.self)
        }
    }
}
