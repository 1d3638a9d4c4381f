import Compression
import NeuralNetwork
import Synchronization
import TensorCore

/// The open model with what the background has prepared of it; shared by all queues.
final class Workbench: Sendable {
    let model: Model
    let path: String
    /// Values of changed layers, as they were last measured.
    let values = ReplacedValues()
    private let state: Mutex<State>

    private struct State {
        var tables: [LayerTables?]
        /// Magnitudes of the layers that were last on screen, the newest last.
        var magnitudes: [(layer: Int, map: MagnitudeMap)] = []
        /// Where each layer stands in what is wanted: 0 is on screen.
        var ranks: [Int]
        /// What measures the model, and what on.
        var meter: (any QualityMeter)?
        var data: DataChoice?
    }

    /// Maps are large, so only those of the last layers on screen are kept.
    private static let keptMaps = 4

    init(model: Model, path: String) {
        self.model = model
        self.path = path
        let count = model.layers.count
        state = Mutex(State(tables: Array(repeating: nil, count: count), ranks: Array(0..<count)))
    }

    func weights(of layer: Int) -> Tensor { model.tensors[model.layers[layer].weight].tensor }

    func tables(of layer: Int) -> LayerTables? { state.withLock { $0.tables[layer] } }

    func keep(_ tables: LayerTables, of layer: Int) { state.withLock { $0.tables[layer] = tables } }

    func magnitudes(of layer: Int) -> MagnitudeMap? {
        state.withLock { state in state.magnitudes.first { $0.layer == layer }?.map }
    }

    func keep(_ map: MagnitudeMap, of layer: Int) {
        state.withLock { state in
            state.magnitudes.removeAll { $0.layer == layer }
            state.magnitudes.append((layer, map))
            if state.magnitudes.count > Self.keptMaps { state.magnitudes.removeFirst() }
        }
    }

    /// Takes a new order in which the layers are wanted.
    func prioritise(_ order: [Int]) {
        state.withLock { state in
            for (rank, layer) in order.enumerated() where state.ranks.indices.contains(layer) { state.ranks[layer] = rank }
        }
    }

    var meter: (any QualityMeter)? { state.withLock { $0.meter } }

    /// The data the model is measured on, where it has a path.
    var dataPath: String? { state.withLock { $0.data?.path } }

    func keep(_ meter: any QualityMeter, on data: DataChoice) {
        state.withLock { state in
            state.meter = meter
            state.data = data
        }
    }

    func rank(of layer: Int) -> Int { state.withLock { $0.ranks[layer] } }
}
