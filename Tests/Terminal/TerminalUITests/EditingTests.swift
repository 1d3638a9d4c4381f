import Testing

@testable import TerminalUI

private let look = Appearance(theme: .terminal)

@Suite("Text field and picker")
struct EditingTests {
    @Test("Keys edit as in a shell")
    func editing() {
        var field = TextField("conv2 sparsity")
        for key in [Key.control("w"), .character("x"), .home, .delete, .character("C"), .end, .backspace] {
            let isUnderstood = field.handle(key)
            #expect(isUnderstood)
        }
        #expect(field.text == "Conv2 ")
        let isBack = field.handle(Key(.left, .alt))
        #expect(isBack && field.cursor == 0)
        let isCut = field.handle(.control("k"))
        #expect(isCut && field.text.isEmpty)
        let foreign = [Key.up, .control("p"), .function(1)].map { field.handle($0) }
        #expect(foreign == [false, false, false])
        field.insert("a\nb\u{1B}c")
        #expect(field.text == "a bc")
    }

    @Test("The cursor stays in sight however long the text", arguments: 1...8)
    func scrolling(width: Int) {
        var field = TextField("inception_3a/3x3")
        for _ in 0..<20 {
            var grid = CellGrid(width: width, height: 1)
            field.draw(into: &grid, in: grid.bounds, with: look)
            let reversed = grid.row(0).filter { $0.style.attributes.contains(.reverse) }
            #expect(reversed.count == 1)
            _ = field.handle(.left)
        }
    }

    @Test("A click puts the cursor at the character")
    func clicking() {
        var field = TextField("a漢b")
        field.placeCursor(at: Point(x: 3, y: 0), in: Rect(x: 0, y: 0, width: 9, height: 1))
        #expect(field.cursor == 2)
    }

}
