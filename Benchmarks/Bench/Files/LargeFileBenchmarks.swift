/// Files larger than memory should have to hold: how soon the explorer shows one, and how much memory compressing one takes.
///
/// A script makes the files, runs the program and reads from the system what it took at most, mapped files included.
struct LargeFileBenchmarks {
    static let opening = "open-14GB"
    static let compressing = "peak-memory"
    static let names = [opening, compressing]

    let program: String
    let peers: PythonPeers
    let folder: String

    func run(_ name: String) throws -> Measurement {
        let isOpening = name == Self.opening
        let found = try peers.run(
            "../studies/large_files.py", arguments: [program, folder, "--only", isOpening ? "open" : "compress"])
        guard let seconds = found["seconds"], let peak = found["peak_bytes"] else {
            throw BenchmarkFailure("large_files.py gave no figures")
        }
        return Measurement(
            name: name, pareSeconds: seconds,
            bar: isOpening ? "pare_s <= 0.1, peak_bytes <= 1e8" : "peak_bytes <= 1e9",
            isMet: isOpening ? seconds <= 0.1 && peak <= 1e8 : peak <= 1e9, details: [("peak_bytes", peak)])
    }
}
