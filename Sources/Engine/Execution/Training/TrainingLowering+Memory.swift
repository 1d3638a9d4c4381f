import NeuralNetwork

extension TrainingLowering {
    /// A new place, written by the step that comes next.
    mutating func place(byteCount: Int) -> Int {
        slots.append(Slot(byteCount: byteCount, first: steps.count, last: steps.count))
        return slots.count - 1
    }

    mutating func place(like value: ValueID) -> Int { place(byteCount: type(value).byteCount) }

    /// A place that keeps what is in it from pass to pass; zeros at first.
    mutating func permanent(byteCount: Int) -> Int {
        slots.append(Slot(byteCount: byteCount, first: -1, last: .max))
        return slots.count - 1
    }

    mutating func hold(_ value: ValueID, _ slot: Int, layout: Layout? = nil) {
        locations[value] = [Location(layout: normalized(layout, dimensions(value)), slot: slot)]
    }

    func normalized(_ layout: Layout?, _ dimensions: [Int]) -> Layout? {
        layout.flatMap { $0 == Layout.rowMajor(dimensions) ? nil : $0 }
    }

    /// The value, dense and row-major.
    mutating func plain(_ value: ValueID) throws(ExecutionError) -> Int {
        if let found = locations[value]?.first(where: { $0.layout == nil }) { return found.slot }
        if let literal = trace.values[value].literal {
            let slot = permanent(byteCount: type(value).byteCount)
            literals.append((slot, literal))
            locations[value] = [Location(layout: nil, slot: slot)]
            return slot
        }
        guard let layout = Layout.rowMajor(dimensions(value)), let location = locations[value]?.first else {
            throw ExecutionError("\(title): \(trace.values[value].name) cannot be rearranged")
        }
        let slot = try reordered(location, dimensions(value), to: layout)
        locations[value]?.append(Location(layout: nil, slot: slot))
        return slot
    }

    /// The layout a value was first made in; nil for other element types than float32 and ranks oneDNN does not know.
    func layout(of value: ValueID) -> Layout? {
        guard type(value).elementType == .float32 else { return nil }
        return locations[value]?.first?.layout ?? .rowMajor(dimensions(value))
    }

    /// The value in a layout that an operation asks for.
    mutating func argument(_ value: ValueID, in layout: Layout) throws(ExecutionError) -> Int {
        guard let wanted = normalized(layout, dimensions(value)) else { return try plain(value) }
        if locations[value] == nil { _ = try plain(value) }
        if let found = locations[value]?.first(where: { $0.layout == wanted }) { return found.slot }
        guard let location = locations[value]?.first else {
            throw ExecutionError("\(title): \(trace.values[value].name) is not there")
        }
        let slot = try reordered(location, dimensions(value), to: wanted)
        locations[value]?.append(Location(layout: wanted, slot: slot))
        return slot
    }

    mutating func reordered(_ location: Location, _ dimensions: [Int], to layout: Layout) throws(ExecutionError) -> Int {
        guard let source = location.layout ?? .rowMajor(dimensions) else {
            throw ExecutionError("\(title): a value has too many axes to rearrange")
        }
        return try reorder(location.slot, from: source, to: layout)
    }

    /// Emits a copy into another layout; the same slot where there is nothing to do.
    mutating func reorder(_ slot: Int, from source: Layout, to layout: Layout) throws(ExecutionError) -> Int {
        if source == layout { return slot }
        guard let operation = Operation.reorder(from: source, to: layout) else {
            throw ExecutionError("\(title): a value cannot be rearranged")
        }
        let target = place(byteCount: layout.byteCount)
        emit(operation, [(.source, slot), (.destination, target)])
        return target
    }
}
