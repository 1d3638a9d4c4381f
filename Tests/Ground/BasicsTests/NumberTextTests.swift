import Basics
import Testing

@Suite("Numbers as text")
struct NumberTextTests {
    @Test("A change has its sign, and of nothing before it is the new count")
    func change() {
        #expect(NumberText.change(from: 1_000, to: 500) == "−50.0 %")
        #expect(NumberText.change(from: 492_000, to: 500_000) == "+1.6 %")
        #expect(NumberText.change(from: 400, to: 600, digits: 0) == "+50 %")
        #expect(NumberText.change(from: 7, to: 7) == "0.0 %")
        #expect(NumberText.change(from: 0, to: 7_680) == "+\(NumberText.count(7_680))")
        #expect(NumberText.change(from: 0, to: 0) == NumberText.count(0))
    }
}
