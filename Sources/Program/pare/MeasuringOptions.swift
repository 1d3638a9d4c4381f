import ArgumentParser
import Glibc
import NeuralNetwork
import Workbench

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
    func meters(samples: Int? = nil, standsBack: Bool, classifier: Model? = nil) -> MeterSource {
        .evaluators(cacheByteCount: cache?.bytes, sampleLimit: samples, standsBack: standsBack, classifier: classifier)
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
        help: "Data to run the network on where a recipe chooses filters by apoz, thinet or fisher, or factors by norm: data. Default: random inputs.",
        completion: .file())
    var data: String?

    func choice() throws -> DataChoice { DataChoice(path: try MeasuringOptions.readable(data)) }
}

/// Where a recipe's reconstruction takes its samples from.
struct CalibrationOptions: ParsableArguments {
    @Option(
        help: "Data to reconstruct on, where the recipe says reconstruct, or random for random inputs. Default: --data; what is fitted is not measured on.",
        completion: .file())
    var calibration: String?

    /// What everything is chosen by that a recipe chooses by data: the samples to reconstruct on or, where none are named, `data`.
    func choosing(_ data: DataChoice) throws(Failure) -> DataChoice {
        switch calibration {
        case nil: data
        case "random"?: .random
        case let path?: DataChoice(path: try MeasuringOptions.readable(path))
        }
    }

    /// How to reconstruct; nil where the recipe does not say so, or where no data is named and the recipe can be followed without.
    func choice(_ opened: Opening.Configuration, data: String?) throws(Failure) -> Calibration? {
        guard let calibration = try known(opened, data: data) else {
            guard opened.reconstruct != nil else { return nil }
            throw Failure("the recipe reconstructs, which takes samples: name them with --data, or say --calibration random")
        }
        return calibration
    }

    /// The same; nil also where no data is named.
    func known(_ opened: Opening.Configuration, data: String?) throws(Failure) -> Calibration? {
        try Self.known(opened, data: data, calibration: calibration)
    }

    /// The same for data that was named. Generators draw random latents.
    static func known(_ opened: Opening.Configuration, data: String?, calibration: String? = nil) throws(Failure) -> Calibration? {
        guard let rule = opened.reconstruct else { return nil }
        let choice: DataChoice
        if calibration == "random" {
            choice = .random
        } else if let path = try MeasuringOptions.readable(calibration) ?? data {
            choice = .file(path)
        } else if DataChoice.random.isNatural(for: opened.model) {
            choice = .random
        } else {
            return nil
        }
        return try Opening.attempt { try Calibration(rule, on: choice, of: opened.model) }
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
