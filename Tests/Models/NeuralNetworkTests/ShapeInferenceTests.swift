import NeuralNetwork
import TensorCore
import Testing

@Suite("Shapes of single nodes")
struct ShapeInferenceTests {
    @Test("Constants given as real numbers have the shape of their attribute")
    func realConstants() throws {
        let scalar = Node(operation: "Constant", outputs: ["y"], attributes: ["value_float": .float(1.5)])
        #expect(try scalar.outputShapes(operatorSet: 13, inputs: []) == [[]])
        let vector = Node(operation: "Constant", outputs: ["y"], attributes: ["value_floats": .floats([1, 2, 3])])
        #expect(try vector.outputShapes(operatorSet: 13, inputs: []) == [[3]])
    }

    @Test(
        "Resized extents are reckoned in float32",
        arguments: [(10, 0.7, 7), (10, 0.3, 3), (7, 1.7, 11), (5, 0.6, 3), (3, 2, 6)] as [(Int, Float, Int)])
    func resizedExtents(_ extent: Int, _ scale: Float, _ expected: Int) throws {
        let resize = Node(operation: "Resize", inputs: ["x", "", "scales"], outputs: ["y"])
        let shapes = try resize.outputShapes(
            operatorSet: 13,
            inputs: [InputFact(shape: [extent]), nil, InputFact(shape: [1], constant: Tensor([scale], shape: [1]))])
        #expect(shapes == [[expected]])
    }
}
