import ArgumentParser
import Datasets
import TensorCore

/// Shapes of inputs that a file leaves open.
struct InputOptions: ParsableArguments {
    @Option(
        name: .customLong("input"), parsing: .singleValue,
        help: ArgumentHelp(
            "The shape of an input whose extents are open, such as images=1x3x640x640; may be repeated. Extents that neither this nor the data gives are assumed, and told.",
            valueName: "name=1x3x640x640"))
    var inputs: [InputArgument] = []

    func validate() throws {
        if let twice = inputs.map(\.input.name).first(where: { name in inputs.count { $0.input.name == name } > 1 }) {
            throw ValidationError("--input gives the shape of \(twice) twice")
        }
    }

    /// The shapes by name: what is given here, then what the description of data says.
    func shapes(data: String?) throws(Failure) -> [String: Shape] {
        var shapes: [String: Shape] = [:]
        if let data {
            do throws(DataSetError) { shapes = try DataSet.inputShapes(path: data) } catch { throw Failure(error.message) }
        }
        for argument in inputs { shapes[argument.input.name] = argument.input.shape }
        return shapes
    }
}

/// An input and its shape as they are written on the command line.
struct InputArgument: ExpressibleByArgument {
    let input: InputShape

    init?(argument: String) {
        guard let input = InputShape(argument) else { return nil }
        self.input = input
    }
}
