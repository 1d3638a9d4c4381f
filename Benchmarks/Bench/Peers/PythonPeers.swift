import Glibc
import TensorCore

/// Other programs' implementations, run by Python in a virtual environment of the benchmarks' own.
struct PythonPeers {
    /// `Benchmarks/peers`: the scripts and their requirements.
    let scripts: String
    /// Where the environment is made.
    let environment: String

    /// Runs a script on a tensor's numbers, written to a file of raw float32. Gives the script's one line of `name value` pairs.
    func run(_ script: String, on weights: Tensor, arguments: [String], folder: String) throws -> [String: Double] {
        try prepare()
        let input = folder + "/peer-input.f32"
        guard let file = fopen(input, "wb") else { throw BenchmarkFailure("cannot write \(input)") }
        let written = weights.storage.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
        guard fclose(file) == 0, written == weights.byteCount else { throw BenchmarkFailure("cannot write all of \(input)") }
        defer { unlink(input) }
        return try run(script, arguments: [input] + arguments)
    }

    /// Runs a script. Gives its one line of `name value` pairs.
    func run(_ script: String, arguments: [String]) throws -> [String: Double] {
        try prepare()
        let output = try shell([environment + "/bin/python", scripts + "/" + script] + arguments)
        let words = output.split(whereSeparator: \.isWhitespace)
        var result: [String: Double] = [:]
        for index in stride(from: 0, to: words.count - 1, by: 2) { result[String(words[index])] = Double(words[index + 1]) }
        return result
    }

    /// Makes the environment, once for each list of requirements: a copy of that is the mark, and written last.
    private func prepare() throws {
        let mark = environment + "/ready"
        let requirements = scripts + "/requirements.txt"
        guard (try? shell(["cmp", "-s", requirements, mark])) == nil else { return }
        do {
            _ = try shell(["python3", "-m", "venv", environment])
            _ = try shell([environment + "/bin/python", "-m", "pip", "install", "--quiet", "-r", requirements])
            _ = try shell(["cp", requirements, mark])
        } catch {
            throw BenchmarkFailure("no peer: the Python environment could not be made (python3-venv missing, or offline)")
        }
    }

    private func shell(_ words: [String]) throws -> String {
        let command = words.map { "'" + $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'" }
        guard let pipe = popen(command.joined(separator: " ") + " 2>/dev/null </dev/null", "r") else {
            throw BenchmarkFailure("cannot start \(words[0])")
        }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = fread(&chunk, 1, chunk.count, pipe)
            guard count > 0 else { break }
            output += chunk.prefix(count)
        }
        guard pclose(pipe) == 0 else { throw BenchmarkFailure("\(words.prefix(2).joined(separator: " ")) failed") }
        return String(decoding: output, as: UTF8.self)
    }
}
