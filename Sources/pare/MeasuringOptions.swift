import ArgumentParser
import Explorer
import Glibc
import NeuralNetwork

/// Options of the commands that measure quality.
struct MeasuringOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "Data to measure quality on: a YAML description, IDX, CIFAR binary, NPZ, text, or a folder of images.",
        completion: .file())
    var data: String?

    @Option(help: "Memory for cached activations, such as 2G. Default: 16 times the model's weights, at least 256M, at most a sixteenth of the machine's.")
    var cache: ByteCount?

    /// What comes from the options, on at most so many samples; `standsBack` where a person works beside it.
    func meters(
        samples: Int? = nil, standsBack: Bool, behind share: Double? = nil, classifier: Model? = nil
    ) -> MeterSource {
        if let share { return .evaluators(cacheByteCount: cache?.bytes, sampleLimit: samples, behind: share, classifier: classifier) }
        return .evaluators(cacheByteCount: cache?.bytes, sampleLimit: samples, standsBack: standsBack, classifier: classifier)
    }

    /// The data that is named, which must be there; more is found out when it is opened.
    func path() throws(Failure) -> String? { try Self.readable(data) }

    static func readable(_ data: String?) throws(Failure) -> String? {
        guard let data else { return nil }
        guard access(data, R_OK) == 0 else { throw Failure("\(data): \(String(cString: strerror(errno)))") }
        return data
    }
}

/// What recipes are applied by that choose filters by activations.
struct ActivityOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "Data to run the network on where a recipe chooses filters by apoz or thinet. Default: random inputs.",
        completion: .file())
    var data: String?

    func choice() throws -> DataChoice { DataChoice(path: try MeasuringOptions.readable(data)) }
}

/// Where a recipe's reconstruction takes its samples from.
struct CalibrationOptions: ParsableArguments {
    @Option(help: "Data to reconstruct on, where the recipe says reconstruct. Default: the first samples of --data.", completion: .file())
    var calibration: String?

    @Option(help: "The share of --data, from its beginning, to reconstruct on; quality is measured on the rest.")
    var calibrationShare: Double?

    func validate() throws {
        guard let calibrationShare else { return }
        guard calibrationShare > 0, calibrationShare < 1 else {
            throw ValidationError("--calibration-share lies between 0 and 1, not at \(calibrationShare)")
        }
        guard calibration == nil else { throw ValidationError("--calibration-share divides --data: it excludes --calibration") }
    }

    /// How to reconstruct; nil where the recipe does not say so.
    func choice(_ opened: Opening.Configuration, data: String?) throws(Failure) -> Calibration? {
        guard let rule = opened.reconstruct else { return nil }
        guard let path = try MeasuringOptions.readable(calibration) ?? data else {
            throw Failure("the recipe reconstructs, which takes samples: name them with --data")
        }
        return Calibration(rule: rule, data: DataChoice(path: path), share: calibrationShare)
    }
}

/// A number of bytes as it is written on the command line: `800M`, `1.5G`, `2GiB`.
struct ByteCount: ExpressibleByArgument {
    let bytes: Int

    init?(argument: String) {
        let digits = argument.prefix { $0.isNumber || $0 == "." }
        let units: [String: Double] = ["": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12]
        let binary: [String: Double] = ["ki": 0x1p10, "mi": 0x1p20, "gi": 0x1p30, "ti": 0x1p40]
        var suffix = argument.dropFirst(digits.count).lowercased()
        if suffix.hasSuffix("b") { suffix.removeLast() }
        guard let number = Double(digits), let unit = units[suffix] ?? binary[suffix] else { return nil }
        let bytes = number * unit
        guard bytes >= 0, bytes < 0x1p62 else { return nil }
        self.bytes = Int(bytes)
    }
}
