import Testing

@testable import Execution

@Suite("Floating-point numbers of 8 bits")
struct ShortFloatTests {
    @Test("Every number is the pattern it was read of", arguments: [ShortFloat.e4m3, .e5m2].indices)
    func roundTrip(_ index: Int) {
        let format = [ShortFloat.e4m3, .e5m2][index]
        for pattern in UInt8.min...UInt8.max {
            let number = format.number(pattern)
            if number.isNaN {
                #expect(format.pattern(number, saturates: true) & 0x7f == format.notANumber)
            } else {
                #expect(format.pattern(number, saturates: false) == pattern)
            }
        }
    }

    @Test("Numbers are rounded to the nearest, ties to even, and held or not where they are too large")
    func rounding() {
        #expect(ShortFloat.e4m3.number(0x7e) == 448)
        #expect(ShortFloat.e5m2.number(0x7b) == 57_344)
        #expect(ShortFloat.e4m3.pattern(1.0625, saturates: true) == ShortFloat.e4m3.pattern(1, saturates: true))
        #expect(ShortFloat.e4m3.pattern(1.1875, saturates: true) == ShortFloat.e4m3.pattern(1.25, saturates: true))
        #expect(ShortFloat.e4m3.pattern(1e6, saturates: true) == 0x7e)
        #expect(ShortFloat.e4m3.pattern(1e6, saturates: false) == 0x7f)
        #expect(ShortFloat.e5m2.pattern(-1e6, saturates: false) == 0xfc)
        #expect(ShortFloat.e4m3.number(0x01) == 0x1p-9)
        #expect(ShortFloat.e4m3.pattern(0x1p-11, saturates: true) == 0)
    }
}
