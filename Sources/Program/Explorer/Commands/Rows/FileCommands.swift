extension CommandGroup {
    static let files = CommandGroup(
        "Files",
        [
            Command(
                "open", "Open a model or a recipe", .keys("o"), finds: "load file browse onnx", needsModel: false, asks: { $0.browse(for: .model) }),
            Command(
                "data", "Choose the data that quality is measured on", .keys("d"), finds: "dataset evaluate", needsModel: false,
                asks: { $0.browse(for: .data) }),
            .inputShapes,
            Command("save", "Save the recipe", .keys("w", hint: Hint("save", 190)), finds: "write yaml", asks: { $0.save() }),
            Command("saveAs", "Save the recipe under another name", .keys("W"), finds: "write yaml", does: { $0.askForName() }),
            Command(
                "export", "Write the compressed network", .keys("X"), finds: "export save compress file pare onnx safetensors npz",
                does: { $0.askForExport() }),
            Command("start", "Go to the start screen", .keys("O"), finds: "recent demo home", needsModel: false, does: { $0.isAtStart = true }),
        ])
}

extension Command {
    /// A message names its key.
    static let inputShapes = Command(
        "inputShapes", "Give the shapes of the network's inputs", .keys("I"), finds: "dimensions extents batch", does: { $0.askForInputShapes() })
}
