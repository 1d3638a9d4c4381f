import TerminalUI
import TestNetworks

@testable import Explorer
@testable import Workbench

extension TestApp {
    /// A state other than the one that a test is about.
    struct Absent: Error {}

    /// The explorer with a small network that is measured on random samples.
    static func withBars(
        _ meters: MeterSource = .evaluators(sampleLimit: 24, standsBack: false), size: Size = Size(width: 120, height: 34)
    ) throws -> TestApp {
        let folder = TestFolder()
        return try opening(Bars.classifier(), path: folder.path + "/net.onnx", size: size, folder: folder, meters: meters)
    }

    /// Where a person is on the trade-off, which is open.
    func tradeoff() throws -> TradeoffPlace {
        guard case .tradeoff(let place)? = state.overlay else { throw Absent() }
        return place
    }
}
