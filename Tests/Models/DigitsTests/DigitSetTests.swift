import Digits
import Testing

@Suite("Digits")
struct DigitSetTests {
    let set = DigitSet(count: 300, seed: 7)

    @Test("A seed draws the same bytes on every machine")
    func bytesAreThoseOfTheSeed() {
        #expect(checksum(set.labels) == 16_483_844_991_974_932_161)
        #expect(checksum(set.bytes) == 466_173_879_157_080_662)
    }

    @Test("A smaller set begins a larger one")
    func smallerSetIsAPrefix() {
        let few = DigitSet(count: 20, seed: 7)
        #expect(few.labels == Array(set.labels.prefix(20)))
        #expect(few.bytes == Array(set.bytes.prefix(few.bytes.count)))
    }

    @Test("Another seed draws other digits")
    func seedsDiffer() {
        let other = DigitSet(count: 300, seed: 8)
        #expect(other.labels != set.labels)
        #expect(other.bytes != set.bytes)
    }

    @Test("Every digit is drawn, in dark ink on a mostly empty paper")
    func everyDigitIsDrawn() {
        #expect(Set(set.labels) == Set(0...9))
        for index in 0..<set.count {
            let ink = set[index].reduce(0) { $0 + Int($1) }
            #expect((9_000..<110_000).contains(ink), "digit \(index), a \(set.labels[index])")
            #expect((set[index].max() ?? 0) > 128, "digit \(index), a \(set.labels[index])")
        }
    }

    @Test("A digit lies in the middle of its picture", arguments: 0..<10)
    func digitsAreCentred(digit: Int) throws {
        var (ink, x, y) = (0.0, 0.0, 0.0)
        for index in 0..<set.count where set.labels[index] == digit {
            for (place, grey) in set[index].enumerated() {
                ink += Double(grey)
                x += Double(grey) * Double(place % DigitSet.side)
                y += Double(grey) * Double(place / DigitSet.side)
            }
        }
        #expect(abs(x / ink - 13.5) < 2)
        #expect(abs(y / ink - 13.5) < 3)
    }

    @Test("Pictures of one digit differ from each other, and less than from other digits'")
    func digitsResembleTheirOwnKind() {
        let images = (0..<set.count).map { blurred(Array(set[$0])) }
        var right = 0
        for index in images.indices {
            let nearest = images.indices.filter { $0 != index }.min {
                distance(images[$0], images[index]) < distance(images[$1], images[index])
            }
            guard let nearest else { continue }
            #expect(set[nearest] != set[index])
            right += set.labels[nearest] == set.labels[index] ? 1 : 0
        }
        // Chance would give 10 %; the nearest of 299 neighbours gives 76 %.
        #expect(right > 210)
    }

    @Test("The tensor holds the greys divided by 255 as (count, 1, 28, 28)")
    func tensorHoldsTheGreys() {
        let few = DigitSet(count: 2, seed: 7)
        #expect(few.images.shape == [2, 1, 28, 28])
        #expect(few.images.floats() == few.bytes.map { Float($0) / 255 })
        #expect(DigitSet(count: 0, seed: 7).images.shape == [0, 1, 28, 28])
    }

    /// FNV-1a (Fowler, Noll, Vo), 64 bits.
    private func checksum(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// Means of 4 × 4 pixels: what a picture looks like from a distance.
    private func blurred(_ image: [UInt8]) -> [Int] {
        var means = [Int](repeating: 0, count: 49)
        for (place, grey) in image.enumerated() { means[place / 112 * 7 + place % 28 / 4] += Int(grey) }
        return means
    }

    private func distance(_ a: [Int], _ b: [Int]) -> Int {
        var sum = 0
        for index in a.indices { sum += (a[index] - b[index]) * (a[index] - b[index]) }
        return sum
    }
}
