import Glibc

/// How soon the explorer shows something, on a 500 MB model; settled, on GoogLeNet.
struct ResponseBenchmarks {
    let program: String
    /// Where the large model is kept.
    let folder: String

    static let names = [
        "first-frame", "key-to-frame", "slider-to-frame", "settled-key-to-frame", "settled-slider-to-frame", "idle",
    ]

    func run(_ name: String) throws -> Measurement {
        switch name {
        case "first-frame": try firstFrame()
        case "key-to-frame": try keyToFrame()
        case "slider-to-frame": try sliderToFrame()
        case "settled-key-to-frame": try settled(name: name, focus: "", keys: there("j") + there("k"))
        case "settled-slider-to-frame": try settled(name: name, focus: "4", keys: there("l") + there("h"))
        default: try idle()
        }
    }

    private func start(rows: UInt16, columns: UInt16) throws -> ExplorerProcess {
        try ExplorerProcess(program, arguments: [try LargeModel.path(in: folder)], rows: rows, columns: columns, folder: folder + "/home")
    }

    private func there(_ key: String) -> [String] { Array(repeating: key, count: 24) }

    private func firstFrame() throws -> Measurement {
        var seconds: [Double] = []
        for run in 0..<12 {
            let explorer = try start(rows: 40, columns: 120)
            let shown = try explorer.awaitFirstFrame(of: LargeModel.fileName)
            // The first run brings the program into memory.
            if run > 0 { seconds.append((shown - explorer.started) / .seconds(1)) }
        }
        let times = Times(seconds)
        return Measurement(
            name: "first-frame", pareSeconds: times.median, bar: "median pare_s <= 0.06", isMet: times.median <= 0.06,
            details: [("max_s", times.quantile(1))])
    }

    /// From a key that selects another layer to its frame: its name, and that of the layer
    /// left, come again with it, and with nothing else.
    private func keyToFrame() throws -> Measurement {
        let names = LargeModel.layerNames.map { Array($0.utf8) }
        return try response(name: "key-to-frame", keys: there("j") + there("k")) {
            explorer, key in
            explorer.forget()
            let pressed = ContinuousClock.now
            explorer.send(key)
            let shown = explorer.read(seconds: 2) { output in names.contains { output.contains($0) } }
            return shown.map { ($0 - pressed) / .seconds(1) }
        }
    }

    /// From a key that moves a slider to the last byte of the burst it brings; a frame of the progress display may be taken for
    /// it now and then.
    private func sliderToFrame() throws -> Measurement {
        try response(name: "slider-to-frame", keys: ["4"] + there("l") + there("h")) {
            explorer, key in
            explorer.forget()
            let pressed = ContinuousClock.now
            explorer.send(key)
            return explorer.read(seconds: 2) { !$0.isEmpty }.map { ($0 - pressed) / .seconds(1) }
        }
    }

    /// Types `keys` one after another, each when the last one's frame is there, while the layers are being prepared: so in
    /// several processes, from the first frame on.
    private func response(
        name: String, keys: [String], _ press: (ExplorerProcess, String) -> Double?
    ) throws -> Measurement {
        var seconds: [Double] = []
        var (busy, elapsed) = (0.0, 0.0)
        for _ in 0..<4 {
            let explorer = try start(rows: 50, columns: 200)
            _ = try explorer.awaitFirstFrame(of: LargeModel.fileName)
            let before = ProcessCounters(of: explorer.processID)
            let begun = ContinuousClock.now
            for key in keys {
                guard let latency = press(explorer, key) else { throw BenchmarkFailure("no frame within 2 s of the key \(key)") }
                seconds.append(latency)
            }
            elapsed += begun.secondsUntilNow
            busy += ProcessCounters(of: explorer.processID).processorSeconds - before.processorSeconds
        }
        let times = Times(seconds)
        let p95 = times.quantile(0.95)
        return Measurement(
            name: name, pareSeconds: p95, bar: "p95 pare_s <= 0.016 at 200x50 while preparing", isMet: p95 <= 0.016,
            details: [
                ("median_s", times.median), ("max_s", times.quantile(1)), ("keys", Double(seconds.count)),
                ("busy_cores", busy / elapsed),
            ])
    }

    /// From a key to the last byte of the frame that it brings, when nothing else is going on: each is pressed once all is quiet.
    private func settled(name: String, focus: String, keys: [String]) throws -> Measurement {
        let data = getenv("PARE_TEST_DATA").map { String(cString: $0) } ?? ""
        let model = (data.isEmpty ? "../shared" : data) + "/models/googlenet.onnx"
        guard access(model, R_OK) == 0 else { throw BenchmarkFailure("no \(model)") }
        let explorer = try ExplorerProcess(program, arguments: [model], rows: 40, columns: 120, folder: folder + "/home")
        _ = try explorer.awaitFirstFrame(of: "googlenet.onnx")
        explorer.awaitQuiet(milliseconds: 2_000)
        explorer.send(focus)
        explorer.awaitQuiet(milliseconds: 200)
        var seconds: [Double] = []
        // The first time around brings what is measured once for each layer.
        for (round, key) in (keys + keys + keys).enumerated() {
            let pressed = ContinuousClock.now
            explorer.send(key)
            guard let shown = explorer.readBurst() else { throw BenchmarkFailure("no frame within 2 s of the key \(key)") }
            if round >= keys.count { seconds.append((shown - pressed) / .seconds(1)) }
            explorer.awaitQuiet(milliseconds: 50)
        }
        let times = Times(seconds)
        let p95 = times.quantile(0.95)
        return Measurement(
            name: name, pareSeconds: times.median, bar: "median pare_s <= 0.0005 and p95_s <= 0.004 at 120x40",
            isMet: times.median <= 0.0005 && p95 <= 0.004,
            details: [("p95_s", p95), ("max_s", times.quantile(1)), ("keys", Double(seconds.count))])
    }

    /// Wake-ups in ten seconds once nothing is left to do.
    private func idle() throws -> Measurement {
        let explorer = try start(rows: 50, columns: 200)
        _ = try explorer.awaitFirstFrame(of: LargeModel.fileName)
        // Worker threads of a finished queue leave after some seconds of their own: wait for seven quiet ones.
        let begun = ContinuousClock.now
        var last = ProcessCounters(of: explorer.processID)
        var quietSince = ContinuousClock.now
        while quietSince.secondsUntilNow < 7 {
            guard begun.secondsUntilNow < 120 else { throw BenchmarkFailure("not idle after two minutes") }
            while explorer.read(withinMilliseconds: 200) {}
            let now = ProcessCounters(of: explorer.processID)
            if now != last { (last, quietSince) = (now, .now) }
        }
        let prepared = begun.secondsUntilNow - 7
        let before = ProcessCounters(of: explorer.processID)
        let start = ContinuousClock.now
        while start.secondsUntilNow < 10 { _ = explorer.read(withinMilliseconds: 1_000) }
        let after = ProcessCounters(of: explorer.processID)
        let wakeUps = after.contextSwitches - before.contextSwitches
        return Measurement(
            name: "idle", pareSeconds: after.processorSeconds - before.processorSeconds, bar: "wake_ups = 0 in 10 s (pare_s: processor time)",
            isMet: wakeUps == 0,
            details: [("wake_ups", Double(wakeUps)), ("threads", Double(after.threads)), ("idle_after_s", prepared)])
    }
}
