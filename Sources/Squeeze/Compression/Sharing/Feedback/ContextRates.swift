import Glibc

/// What the levels of a layer would cost in bits by the context model, as it stands at the beginning of a row.
struct ContextRates {
    /// Levels are below this, on either side of zero.
    let levelCount: Int
    /// Bits, times the price of a bit: by class, quantizer and magnitude.
    private var rates: [Float]
    /// The row that a class's rates were worked out in.
    private var rows: [Int]
    private let price: Double

    init(levelCount: Int, price: Double) {
        self.levelCount = levelCount
        self.price = price
        rates = [Float](repeating: 0, count: ContextModel.classCount * 2 * levelCount)
        rows = [Int](repeating: -1, count: ContextModel.classCount)
    }

    /// Calls `body` with the rates of a class: those of the first quantizer, then those of the second.
    mutating func with(_ magnitudeClass: Int, of model: ContextModel, row: Int, _ body: (UnsafePointer<Float>) -> Void) {
        if rows[magnitudeClass] != row {
            rows[magnitudeClass] = row
            for quantizer in 0..<2 { workOut(magnitudeClass, quantizer, model) }
        }
        rates.withUnsafeBufferPointer { rates in
            // Bounds: each class has 2 × levelCount rates.
            guard let base = rates.baseAddress else { return }
            body(base + magnitudeClass * 2 * levelCount)
        }
    }

    private mutating func workOut(_ magnitudeClass: Int, _ quantizer: Int, _ model: ContextModel) {
        let base = ContextModel.firstBin(magnitudeClass, quantizer)
        let place = (magnitudeClass * 2 + quantizer) * levelCount
        func bits(_ bin: Int, _ bit: Int) -> Double {
            let chance = Double(model.expectations[base + 2 * bin].probability) / Double(AdaptiveBit.one)
            return -log2(bit == 1 ? chance : 1 - chance)
        }
        let starts = MagnitudeBuckets.starts
        // Of not having ended before a bucket, the sign included.
        var soFar = 0.0
        for bucket in 0..<63 where starts[bucket] < levelCount {
            let bin = min(bucket, 39)
            let here = soFar + bits(bin, 0) + (bucket > 0 ? 1 : 0)
            soFar += bits(bin, 1)
            let width = MagnitudeBuckets.widthBits(bucket)
            for part in 0..<min(1 << width, levelCount - starts[bucket]) {
                var own = here
                let kind = min(bucket - 8, 11)
                if width > 0 { own += bits(40 + kind, part >> (width - 1) & 1) }
                if width > 1 { own += bits(52 + kind, part >> (width - 2) & 1) }
                if width > 2 { own += Double(width - 2) }
                rates[place + starts[bucket] + part] = Float(own * price)
            }
        }
    }
}

/// Writes nothing: a model that is driven by it only learns.
struct SilentCoder: BinaryCoder {
    private let rates = AdaptiveBit.rates

    @inline(__always)
    mutating func code(_ bit: Int, _ expectation: inout AdaptiveBit) -> Int {
        expectation.learn(bit, rates)
        return bit
    }

    @inline(__always)
    mutating func code(_ bit: Int, probability: UInt32) -> Int { bit }

    @inline(__always)
    mutating func codeEvenly(_ bits: Int, count: Int) -> Int { bits }
}
