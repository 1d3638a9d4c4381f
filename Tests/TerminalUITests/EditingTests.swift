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

    @Test("Typing narrows the list, Enter chooses, Escape leaves")
    func picking() {
        var picker = Picker([PickerItem("Save recipe", detail: "w"), PickerItem("Open model"), PickerItem("Sort by size")])
        let narrowed = picker.handle(.character("s"))
        #expect(narrowed == .changed && picker.matches.count == 2)
        let chosen = [Key.down, .enter].map { picker.handle($0) }
        #expect(chosen == [.changed, .chosen(2)])
        let lost = [Key.character("z"), .character("q"), .enter, .function(3), .escape].map { picker.handle($0) }
        #expect(lost == [.changed, .changed, .ignored, .ignored, .cancelled])
        #expect(picker.selectedItem == nil)
    }

    @Test("The list shows details, and rows answer to clicks")
    func drawing() {
        var picker = Picker([PickerItem("Save recipe", detail: "w"), PickerItem("Open model"), PickerItem("Undo")])
        picker.select(1)
        var grid = CellGrid(width: 20, height: 5)
        picker.draw(into: &grid, in: grid.bounds, with: look)
        #expect(grid.rowText(0) == "▸                3/3")
        #expect(grid.rowText(2) == "  Save recipe      w")
        #expect(grid.rowText(3) == "▸ Open model")
        #expect(picker.hitTest(Point(x: 4, y: 3), in: grid.bounds) == .row(1))
        #expect(picker.hitTest(Point(x: 4, y: 0), in: grid.bounds) == .query)
    }
}
